"""A merchant's statement of a month: on screen, and as CSV, XLSX and PDF."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import IO, Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin import detail, exports, formats, pdf
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.guard import demand
from orders.admin.pdf import Column
from orders.admin.span_form import MonthField
from orders.admin.spreadsheets import Cell
from orders.models import Merchant
from orders.services import spans, statements
from orders.services.statements import Movement, Statement
from providers.money import format_fixed

PERMISSIONS = ("orders.view_merchant", "orders.view_ledgeraccount", "orders.view_transfer")
MERCHANTS_PER_PAGE, MOST_SHOWN = 50, 200
COLUMNS = (
    *("time_utc", "time_local", "account", "asset", "what", "order", "merchant_order", "note"),
    *("change", "balance"),
)
PDF_COLUMNS = (
    *(Column("time", 13), Column("account", 9), Column("what", 12), Column("order", 12)),
    *(Column("merchant's order", 18), Column("note", 14)),
    *(Column("change", 11, True), Column("balance", 11, True)),
)


class ChooserForm(forms.Form):
    month = MonthField(label=gettext_lazy("Month"), required=False)
    q = forms.CharField(label=gettext_lazy("Merchant"), max_length=100, required=False)


def index(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    """All merchants with their files: one click each. The last whole month unless another is chosen."""
    demand(request, *PERMISSIONS)
    last = spans.month_before(timezone.localdate())
    form = ChooserForm({"month": f"{last:%Y-%m}", **request.GET.dict()})
    form.is_valid()
    month = form.cleaned_data.get("month") or last
    rows = Merchant.objects.visible_to(staff(request)).filter(
        name__icontains=form.cleaned_data.get("q") or ""
    )
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": _("Statements"),
        "form": form,
        "month": f"{month:%Y-%m}",
        "first": month,
        "merchants": Paginator(rows.order_by("name"), MERCHANTS_PER_PAGE).get_page(request.GET.get("page")),
        "may_export": staff(request).has_perm("orders.export_books"),
    }
    return TemplateResponse(request, "admin/orders/merchant/statements.html", context)


def page(admin: BackOfficeAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    of = _statement(admin, request, pk)
    month = f"{of.month:%Y-%m}"
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": _("Statement of %(merchant)s, %(month)s")
        % {
            "merchant": of.merchant,
            "month": formats.month(of.month),
        },
        "statement": of,
        "form": ChooserForm({"month": month}),
        "month": month,
        "codes": statements.by_code(of),
        "movements": list(islice(statements.movements(of), MOST_SHOWN)),
        "most": MOST_SHOWN,
        "before": spans.month_before(of.month),
        "after": spans.next_month(of.month),
        "may_export": staff(request).has_perm("orders.export_books"),
    }
    return TemplateResponse(request, "admin/orders/merchant/statement.html", context)


def export(admin: BackOfficeAdmin, request: HttpRequest, pk: int) -> HttpResponseBase:
    of = _statement(admin, request, pk)
    month = f"{of.month:%Y-%m}"
    return exports.answer(
        admin,
        request,
        of.merchant,
        name=f"statement-{of.merchant.pk}-{month}",
        columns=COLUMNS,
        rows=lambda: _cells(of),
        count=of.count,
        facts={"month": month, "zone": of.merchant.time_zone},
        pdf=lambda: _pdf(of),
        back=f"{reverse('admin:orders_statement', args=[of.merchant.pk])}?month={month}",
    )


def _statement(admin: BackOfficeAdmin, request: HttpRequest, pk: int) -> Statement:
    """Of the month in the address, else of the last whole one."""
    demand(request, *PERMISSIONS)
    merchant = detail.find(admin, request, Merchant.objects.visible_to(staff(request)), pk)
    form = ChooserForm(request.GET)
    form.is_valid()
    last = spans.month_before(spans.today(timezone.now(), merchant.time_zone))
    return statements.statement(merchant, form.cleaned_data.get("month") or last)


def _local(at: datetime, of: Statement) -> str:
    return at.astimezone(ZoneInfo(of.merchant.time_zone)).isoformat(timespec="seconds")


def _cells(of: Statement) -> Iterator[Sequence[Cell]]:
    """Opening, movements and closing of each account; openings and closings are not movements, and have no change."""
    moves = statements.movements(of)
    move = next(moves, None)
    for line in of.lines:
        kind, asset = line.account.kind, line.account.asset

        def mark(
            at: datetime, what: str, balance: int, kind: str = kind, asset: str = asset
        ) -> Sequence[Cell]:
            return (at, _local(at, of), kind, asset, what, "", "", "", None, exports.units(balance))

        yield mark(of.span.since, "opening", line.opening)
        while move is not None and move.account == line.account:
            yield _movement(move, of)
            move = next(moves, None)
        yield mark(of.span.until, "closing", line.closing)


def _movement(move: Movement, of: Statement) -> Sequence[Cell]:
    transfer, order = move.transfer, move.transfer.order
    return (
        *(transfer.created_at, _local(transfer.created_at, of), move.account.kind, move.account.asset),
        *(transfer.code, order.number if order else "", order.external_id if order else "", transfer.note),
        *(exports.units(move.change), exports.units(move.balance)),
    )


def _pdf(of: Statement) -> IO[bytes]:
    facts = [
        f"{of.month:%Y-%m}, {of.merchant.time_zone}: {_local(of.span.since, of)} - {_local(of.span.until, of)}",
        *(
            f"{line.account.kind} {line.account.asset}: opening {format_fixed(line.opening)}, "
            f"in {format_fixed(line.credits)}, out {format_fixed(line.debits)}, "
            f"closing {format_fixed(line.closing)}"
            for line in of.lines
        ),
    ]
    return pdf.written(f"Statement: {of.merchant}", facts, PDF_COLUMNS, _pdf_rows(of))


def _pdf_rows(of: Statement) -> Iterator[Sequence[str]]:
    for row in _cells(of):
        _, local, kind, asset, what, order, external, note, change, balance = map(str, row)
        shown = "" if change == "None" else change
        yield (local[:19].replace("T", " "), f"{kind} {asset}", what, order, external, note, shown, balance)
