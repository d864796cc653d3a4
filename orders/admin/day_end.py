"""The day-end: what came in, went out, was earned and spent, per merchant and provider, and each difference explained.
The margin page is the same money by kind of order, merchant and provider."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from orders.admin import exports
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.guard import demand
from orders.admin.span_form import DayForm, SpanForm
from orders.admin.spreadsheets import Cell
from orders.models import Discrepancy, Merchant, Order, OrderKind, Reconciliation
from orders.models.reconciliation import WAITING
from orders.services import margins, spans
from orders.services.day_end import DayEnd, day_end
from orders.services.margins import Margin
from providers.models import ProviderAccount

PERMISSIONS = ("orders.view_margin", "orders.view_transfer", "providers.view_provideraccount")
DAY_COLUMNS = ("section", "name", "figure", "asset", "amount")
MARGIN_COLUMNS = (
    *("kind", "merchant", "provider", "orders", "earned_trx", "cost_trx", "margin_trx", "margin_percent"),
)


def page(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    demand(request, *PERMISSIONS)
    form = _day_form(request)
    day, found = form.value("day"), day_end(form.span)
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": _("Day-end"),
        "form": form,
        "found": found,
        "sums": found.sums(),
        "differences": differences(day),
        "open": Discrepancy.objects.filter(state__in=WAITING).select_related("owner")[:50],
        "today": timezone.localdate(),
        "export_url": f"{reverse('admin:orders_day_end_export')}?{request.GET.urlencode()}",
        "may_export": staff(request).has_perm("orders.export_books"),
    }
    return TemplateResponse(request, "admin/orders/reconciliation/day_end.html", context)


def export(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponseBase:
    demand(request, *PERMISSIONS)
    form = _day_form(request)
    day = form.value("day")
    with translation.override("en"):
        rows = list(_day_rows(day_end(form.span), day))
    return exports.answer(
        admin,
        request,
        None,
        name=f"day-end-{day}",
        columns=DAY_COLUMNS,
        rows=lambda: rows,
        count=len(rows),
        facts={"day": str(day), "zone": form.value("zone")},
        back=reverse("admin:orders_day_end"),
    )


def _day_form(request: HttpRequest) -> DayForm:
    zone = timezone.get_current_timezone_name()
    return DayForm(request, day=spans.today(timezone.now(), zone), zone=zone)


def differences(day: date) -> dict[str, Any] | None:
    """The day's reconciliation, each line with the orders that explain it, and with what became of it where nothing
    did at first. None before it is done."""
    row = Reconciliation.objects.filter(day=day).first()
    if row is None:
        return None
    ids = {pk for line in row.lines for pk in line["orders"]}
    orders = {order.pk: order for order in Order.objects.filter(pk__in=ids)}
    pursued = _pursued(day)
    return {
        "row": row,
        "lines": [
            (
                line,
                [orders[pk] for pk in line["orders"] if pk in orders],
                EXPLAINED.get(line["explanation"], ""),
                pursued.get(line["subject"]),
            )
            for line in row.lines
        ],
    }


def _pursued(day: date) -> dict[str, Discrepancy]:
    """The newest of each subject that was open on the day."""
    rows = Discrepancy.objects.filter(first_day__lte=day, last_day__gte=day).select_related(
        "owner", "closed_by"
    )
    return {row.subject: row for row in rows.order_by("pk")}


EXPLAINED = {
    "in_flight": gettext_lazy("orders in flight at that moment"),
    "accepted": gettext_lazy("explained by a person before, at this amount"),
}


def _day_rows(found: DayEnd, day: date) -> Iterator[Sequence[Cell]]:
    for asset, sums in found.sums():
        for side, amount in sums.items():
            yield ("sums", "", side, asset, exports.units(amount))
    for event in found.events:
        yield ("events", event.side, event.code, event.asset, exports.units(event.amount))
    for merchant in found.merchants:
        for name in (
            "came_in_sun",
            "earned_sun",
            "cost_sun",
            "margin_sun",
            "fees_sun",
            "adjusted_sun",
            "balance_sun",
        ):
            figure = exports.units(getattr(merchant, name))
            yield ("merchants", merchant.merchant.name, name.removesuffix("_sun"), "TRX", figure)
        for name in ("deposits_micro", "swept_micro", "adjusted_micro", "deposited_micro"):
            figure = exports.units(getattr(merchant, name))
            yield ("merchants", merchant.merchant.name, name.removesuffix("_micro"), "USDT", figure)
    for provider in found.providers:
        for name in ("topped_up_sun", "spent_sun", "refunded_sun", "balance_sun"):
            figure = exports.units(getattr(provider, name))
            yield ("providers", provider.account.label, name.removesuffix("_sun"), "TRX", figure)
        yield ("providers", provider.account.label, "custody", "USDT", exports.units(provider.custody_micro))
    for line, orders, _words, pursued in (differences(day) or {"lines": []})["lines"]:
        for name in ("booked", "told", "difference"):
            yield ("reconciliation", line["name"], name, line["asset"], exports.units(line[name]))
        reason = pursued.reason if pursued else ""
        explained = " ".join([line["explanation"], *(order.number for order in orders), reason]).strip()
        yield ("reconciliation", line["name"], f"explanation: {explained}", line["asset"], None)


class MarginForm(SpanForm):
    by = forms.ChoiceField(
        label=pgettext_lazy("grouping", "By"),
        required=False,
        choices=[
            ("kind merchant provider", gettext_lazy("kind, merchant and provider")),
            ("kind", gettext_lazy("kind")),
            ("merchant", gettext_lazy("merchant")),
            ("provider", gettext_lazy("provider")),
        ],
    )
    field_order = ("first", "last", "zone", "by")


def margin_page(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    demand(request, *PERMISSIONS)
    form = _margin_form(request)
    rows = _named(form)
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": _("Margin"),
        "form": form,
        "by": form.value("by").split(),
        "rows": rows,
        "total": next(iter(margins.margins(form.span, by=())), Margin()),
        "export_url": f"{reverse('admin:orders_margin_export')}?{request.GET.urlencode()}",
        "may_export": staff(request).has_perm("orders.export_books"),
    }
    return TemplateResponse(request, "admin/orders/reconciliation/margin.html", context)


def margin_export(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponseBase:
    demand(request, *PERMISSIONS)
    form = _margin_form(request)
    rows = _named(form)
    first, last, zone, by = (form.value(name) for name in ("first", "last", "zone", "by"))
    return exports.answer(
        admin,
        request,
        None,
        name=f"margin-{first}-{last}",
        columns=MARGIN_COLUMNS,
        rows=lambda: (_margin_cells(*row) for row in rows),
        count=len(rows),
        facts={"from": str(first), "to": str(last), "zone": zone, "by": by},
        back=reverse("admin:orders_margin"),
    )


def _margin_form(request: HttpRequest) -> MarginForm:
    zone = timezone.get_current_timezone_name()
    today = spans.today(timezone.now(), zone)
    return MarginForm(request, first=today.replace(day=1), last=today, zone=zone, by=" ".join(margins.BY))


def _named(form: MarginForm) -> list[tuple[Margin, str, str, str]]:
    """Each row with the names of its kind, merchant and provider."""
    rows = margins.margins(form.span, by=form.value("by").split())
    merchants = Merchant.objects.in_bulk([row.merchant for row in rows if row.merchant])
    accounts = ProviderAccount.objects.in_bulk([row.provider for row in rows if row.provider])
    kinds = dict(OrderKind.choices) | {"sweep": _("sweep, TRX burnt")}
    return [
        (
            row,
            str(kinds.get(row.kind, row.kind)),
            str(merchants.get(row.merchant or 0, "")),
            str(accounts.get(row.provider or 0, "")),
        )
        for row in rows
    ]


def _margin_cells(row: Margin, kind: str, merchant: str, provider: str) -> Sequence[Cell]:
    figures = (row.earned_sun, row.cost_sun, row.margin_sun)
    return (row.kind, merchant, provider, row.orders, *map(exports.units, figures), row.percent)
