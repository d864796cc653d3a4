"""Transfers that arrived: which order they settled, and the queue of those that settled none."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import display
from unfold.contrib.filters.admin import (
    MultipleChoicesDropdownFilter,
    RelatedDropdownFilter,
)
from unfold.paginator import InfinitePaginator

from orders.admin import acts, badges, detail, formats
from orders.admin.base import ReadOnlyAdmin, staff
from orders.admin.guard import demand
from orders.admin.moment_filter import MomentFilter
from orders.admin.order_acts import ReasonForm
from orders.admin.order_filters import MOST_COUNTED
from orders.admin.order_search import TXID, by_number
from orders.models import Order, Payment, PaymentStatus
from orders.services import settlement

RELATED = ("account", "order__merchant", "hinted_order__merchant", "decided_by")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("paid", "state", "amount", "to", "transaction", "order_link", "told_by", "why")
    list_filter = (
        ("status", MultipleChoicesDropdownFilter),
        ("account", RelatedDropdownFilter),
        ("paid_at", MomentFilter),
    )
    list_select_related = RELATED
    list_before_template = "admin/orders/payment/list_before.html"
    search_fields = ("txid",)
    search_help_text = "Transaction hash, address or order number"
    sortable_by = ()
    paginator = InfinitePaginator

    class Media:
        css = {"all": ["backoffice/orders.css"]}

    def get_urls(self) -> list[URLPattern]:
        dismiss = self.admin_site.admin_view(self.dismiss_view)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pk>/dismiss/", dismiss, name="orders_payment_dismiss"), *urls]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        waiting = Payment.objects.visible_to(staff(request)).filter(status=PaymentStatus.UNMATCHED)
        chosen = request.GET.getlist("status__exact")
        extra = {
            "unmatched_count": waiting.order_by()[:MOST_COUNTED].count(),
            "is_queue": chosen == [PaymentStatus.UNMATCHED],
            "is_all": not chosen,
        }
        response: HttpResponseBase = super().changelist_view(request, extra | (extra_context or {}))
        return response

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Payment], search_term: str
    ) -> tuple[QuerySet[Payment], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        txid = term.lower().removeprefix("0x")
        if TXID.fullmatch(txid):
            return queryset.filter(txid=txid), False
        number = by_number(term)
        if number is None:
            return queryset.filter(address=term), False
        orders = Order.objects.filter(number)
        return queryset.filter(Q(order__in=orders) | Q(hinted_order__in=orders)), False

    @display(description="block time")
    def paid(self, payment: Payment) -> str:
        order = payment.order or payment.hinted_order
        return formats.moment(payment.paid_at, order.merchant.time_zone if order else "")

    @display(description="state")
    def state(self, payment: Payment) -> SafeString:
        return badges.state(payment)

    @display(description="amount")
    def amount(self, payment: Payment) -> str:
        return formats.money(payment.amount_micro, payment.asset)

    @display(description="address")
    def to(self, payment: Payment) -> str:
        return formats.copyable(payment.address, f"{payment.address[:6]}…{payment.address[-6:]}")

    @display(description="transaction")
    def transaction(self, payment: Payment) -> str:
        return badges.chain_hash(payment.txid)

    @display(description="order")
    def order_link(self, payment: Payment) -> str:
        """The one it settled, or else the one it was reported for."""
        return formats.link(payment.order or payment.hinted_order)

    @display(description="told by")
    def told_by(self, payment: Payment) -> str:
        return str(payment.account or "our node")

    @display(description="why")
    def why(self, payment: Payment) -> str:
        return payment.reason

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        payment = self._find(request, object_id)
        order = payment.order or payment.hinted_order
        waits = payment.status == PaymentStatus.UNMATCHED
        return detail.page(
            self,
            request,
            "admin/orders/payment/page.html",
            payment,
            payment=payment,
            zone=order.merchant.time_zone if order else "",
            may_dismiss=waits and staff(request).has_perm("orders.dismiss_payment"),
        )

    def dismiss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        payment = self._find(request, pk)
        demand(request, "orders.dismiss_payment")
        form = ReasonForm(request.POST or None)

        def dismiss() -> acts.Told:
            reason = form.cleaned_data["reason"]
            if not settlement.dismiss(payment, reason=reason, user=staff(request), now=timezone.now()):
                raise ValidationError("It is not in the queue any more.")
            return acts.Told("The payment is dismissed.")

        act = acts.Act(
            title="Dismiss the payment",
            button="Dismiss",
            note="It leaves the queue and settles no order. The money itself does not move.",
            facts=[
                ("Transaction", badges.chain_hash(payment.txid)),
                ("Amount", formats.money(payment.amount_micro, payment.asset)),
                ("Reported for", formats.link(payment.hinted_order)),
                ("Why it is here", payment.reason),
            ],
            is_danger=True,
        )
        return acts.page(self, request, payment, form, act, dismiss)

    def _find(self, request: HttpRequest, key: str | int) -> Payment:
        rows: QuerySet[Payment] = self.get_queryset(request).select_related(*RELATED)
        return detail.find(self, request, rows, key)
