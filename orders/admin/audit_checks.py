"""The audit trail as a table, and the page that says whether it is as it was written."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.admin import formats, list_export, spreadsheets
from orders.admin.base import BackOfficeAdmin
from orders.admin.guard import demand, demand_all_merchants
from orders.models import AuditEntry, AuditSeal
from orders.sentences import read
from orders.services import audit_invariants

CHUNK = 2_000
MOST_FAULTS = 50
COLUMNS = (
    *("id", "time_utc", "person", "act", "refused", "object_type", "object_id", "object", "merchant"),
    *("before", "after", "ip", "user_agent"),
)


def _lines(rows: QuerySet[AuditEntry]) -> Iterator[Sequence[spreadsheets.Cell]]:
    for entry in rows.select_related("user", "merchant").iterator(chunk_size=CHUNK):
        yield (
            *(entry.pk, entry.created_at, str(entry.user or ""), entry.act),
            *("yes" if entry.refused else "no", entry.object_type, entry.object_id, entry.label),
            *(str(entry.merchant or ""), _json(entry.before), _json(entry.after)),
            *(entry.ip, entry.user_agent),
        )


def _json(values: dict[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""


TABLE = list_export.Table("audit-trail", COLUMNS, _lines)


def verify(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    """Reads the whole trail. The newest seal's digest is shown to be kept elsewhere."""
    demand(request, "orders.view_auditentry")
    demand_all_merchants(request)
    now = timezone.now()
    told = (problem for check in audit_invariants.CHECKS for problem in check(now))
    newest = AuditSeal.objects.first()
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Verify the audit trail"),
        "faults": [read(problem) for problem in islice(told, MOST_FAULTS)],
        "newest": newest,
        "sealed_at": formats.moment(newest.created_at) if newest else formats.NOTHING,
        "unsealed": AuditEntry.objects.filter(pk__gt=newest.last_id if newest else 0).count(),
        "back": formats.list_of(AuditEntry),
    }
    return TemplateResponse(request, "admin/orders/auditentry/verify.html", context)
