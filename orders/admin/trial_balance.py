"""The trial balance of any days: each account's opening, debits, credits and closing, and that all of it is zero."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.admin import exports
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.formats import list_of
from orders.admin.guard import demand
from orders.admin.span_form import SpanForm
from orders.admin.spreadsheets import Cell
from orders.models import LedgerAccount, Transfer
from orders.models.scope import merchants_of
from orders.services import spans, trial_balance
from orders.services.spans import Span
from orders.services.trial_balance import Line

COLUMNS = ("account", "kind", "owner", "asset", "opening", "debits", "credits", "closing")
MOST_SHOWN = 500


def page(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    demand(request, "orders.view_ledgeraccount", "orders.view_transfer")
    form = _form(request)
    rows = _rows(request, form.span)
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": _("Trial balance"),
        "form": form,
        # Only the whole of the books sums to zero.
        "totals": trial_balance.totals(rows) if merchants_of(staff(request)) is None else None,
        "rows": [(row, drill(row.account, form.span)) for row in rows[:MOST_SHOWN]],
        "left_out": max(0, len(rows) - MOST_SHOWN),
        "export_url": f"{reverse('admin:orders_trial_balance_export')}?{request.GET.urlencode()}",
        "may_export": staff(request).has_perm("orders.export_books"),
    }
    return TemplateResponse(request, "admin/orders/ledgeraccount/trial_balance.html", context)


def export(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponseBase:
    demand(request, "orders.view_ledgeraccount", "orders.view_transfer")
    form = _form(request)
    rows = _rows(request, form.span)
    first, last, zone = (form.value(name) for name in ("first", "last", "zone"))
    return exports.answer(
        admin,
        request,
        None,
        name=f"trial-balance-{first}-{last}",
        columns=COLUMNS,
        rows=lambda: _cells(rows),
        count=len(rows),
        facts={"from": str(first), "to": str(last), "zone": zone},
        back=f"{reverse('admin:orders_trial_balance')}?{request.GET.urlencode()}",
    )


def _form(request: HttpRequest) -> SpanForm:
    zone = timezone.get_current_timezone_name()
    today = spans.today(timezone.now(), zone)
    return SpanForm(request, first=today.replace(day=1), last=today, zone=zone)


def _rows(request: HttpRequest, span: Span) -> list[Line]:
    accounts = LedgerAccount.objects.visible_to(staff(request))
    return [row for row in trial_balance.lines(span, accounts) if not row.is_still]


def _cells(rows: Sequence[Line]) -> Iterator[Sequence[Cell]]:
    for row in rows:
        account = row.account
        owner = account.merchant or account.provider_account
        figures = (row.opening, row.debits, row.credits, row.closing)
        yield (
            account.key,
            account.kind,
            str(owner or "house"),
            account.asset,
            *map(exports.units, figures),
        )


def drill(account: LedgerAccount, span: Span) -> str:
    """The list of the transfers that a line is the sum of."""
    first, last = timezone.localtime(span.since), timezone.localtime(span.until - timedelta(microseconds=1))
    moments = {
        "created_at_from_0": f"{first:%Y-%m-%d}",
        "created_at_from_1": f"{first:%H:%M:%S}",
        "created_at_to_0": f"{last:%Y-%m-%d}",
        "created_at_to_1": f"{last:%H:%M:%S.%f}",
    }
    return f"{list_of(Transfer)}?{urlencode({'account': account.key, **moments})}"
