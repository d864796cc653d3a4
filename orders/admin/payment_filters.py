"""Filters of the payments list."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from orders.admin.filters import MerchantFilter
from orders.models import Asset, Order, Payment, Wallet
from orders.services.candidates import PHRASES
from providers.base import PAYMENT_KINDS

REASONS = {
    "short": _("less than an order waits for"),
    "over": _("more than an order waits for"),
    "early": _("before the order's window"),
    "late": _("after the order's window"),
    "token": _("another token"),
    "closed": _("the order was paid or had ended"),
    "several": _("several orders wait for it"),
    "nobody": _("no order at this address"),
}


class TokenFilter(DropdownFilter):
    title = _("token")
    parameter_name = "token"

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, str]]:
        return Asset.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        if not self.value():
            return queryset
        return queryset.filter(asset=self.value()) if self.value() in Asset.values else queryset.none()


class ReasonFilter(DropdownFilter):
    """By the words that the matching rule uses."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: object) -> Iterable[tuple[str, object]]:
        return REASONS.items()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        if not self.value():
            return queryset
        found = Q(pk__in=[])
        for phrase in PHRASES.get(self.value(), ()):
            found |= Q(reason__contains=phrase)
        return queryset.filter(found)


class AnyMerchantFilter(MerchantFilter):
    """Also what arrived at an address where the merchant's orders wait, or at a wallet that somebody else holds."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        chosen = str(self.value() or "")
        if not chosen:
            return queryset
        if not (chosen.isascii() and chosen.isdigit()):
            return queryset.none()
        merchant = int(chosen)
        waited = Order.objects.filter(merchant=merchant, kind__in=PAYMENT_KINDS).values("address")
        held = Wallet.objects.filter(merchant=merchant).values("address")
        return queryset.filter(Q(merchant=merchant) | Q(address__in=waited) | Q(address__in=held))
