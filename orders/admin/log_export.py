"""The filtered callback log as a file: complete, or refused."""

from collections.abc import Iterator, Sequence

from django.contrib import messages
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.utils import timezone

from orders.admin import formats, resend_form, spreadsheets
from orders.admin.callback_lists import CallbackListAdmin
from orders.admin.guard import demand
from orders.models import CallbackLog

MOST_ROWS = 100_000
CHUNK = 2_000
COLUMNS = (
    *(
        "id",
        "time_utc",
        "direction",
        "test",
        "merchant",
        "order",
        "event",
        "event_id",
        "host",
        "url",
        "attempt",
    ),
    *("trigger", "verdict", "http_status", "note", "duration_ms", "resolved_ip", "tls", "next_attempt_utc"),
    *("credential", "provider_account"),
)


def answer(admin: CallbackListAdmin, request: HttpRequest) -> HttpResponseBase:
    """A POST, since it leaves a row on the audit trail. The format is in the form, the filter in the address."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    demand(request, "orders.view_callbacklog", "orders.export_callbacklog")
    kind = request.POST.get("format", "")
    changelist = admin.matching(request)
    if kind not in spreadsheets.CONTENT_TYPES or changelist is None:
        return HttpResponseBadRequest("Unknown format or filter.")
    rows = changelist.queryset
    count = rows.order_by()[: MOST_ROWS + 1].count()
    filters = resend_form.filters_in_words(changelist)
    facts = {"format": kind, "filters": filters}
    if count > MOST_ROWS:
        admin.audit(request, "export", None, after=facts, refused=True)
        messages.error(
            request, f"More than {MOST_ROWS:,} rows match: narrow the filter. Nothing was exported."
        )
        return HttpResponseRedirect(f"{formats.list_of(CallbackLog)}?{request.GET.urlencode()}")
    file, written = spreadsheets.written(kind, COLUMNS, _lines(rows))
    admin.audit(request, "export", None, after=facts | {"rows": written})
    name = f"callback-log-{timezone.now():%Y%m%dT%H%M%SZ}.{kind}"
    content_type = spreadsheets.CONTENT_TYPES[kind]
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


def _lines(rows: QuerySet[CallbackLog]) -> Iterator[Sequence[spreadsheets.Cell]]:
    related = ("merchant", "order", "callback", "credential", "account")
    for log in rows.select_related(*related).iterator(chunk_size=CHUNK):
        yield (
            *(log.pk, log.created_at, log.direction, "yes" if log.is_test else "no"),
            *(str(log.merchant or ""), log.order.number if log.order else ""),
            *((log.callback.event, log.callback.event_id) if log.callback else ("", "")),
            *(log.host, log.url, log.attempt_number, log.trigger, log.verdict, log.status, log.note),
            *(log.duration_ms, log.resolved_ip, log.tls, log.next_attempt_at),
            *(str(log.credential or ""), str(log.account or "")),
        )
