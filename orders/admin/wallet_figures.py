"""What the chain said of wallets, on their own pages and on the balances page; and having them read again."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.admin import formats
from orders.models import TokenTerms, Wallet, WalletBalance
from orders.services import wallet_balances

WALLETS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """`booked_micro`: of wallets that we hold, what our books say is there; None of others."""

    wallet: Wallet
    found: WalletBalance | None
    booked_micro: int | None

    @property
    def difference_micro(self) -> int | None:
        if self.booked_micro is None or self.found is None or self.found.read_at is None:
            return None
        return self.found.usdt_micro - self.booked_micro


def rows(wallets: Sequence[Wallet]) -> list[Row]:
    booked = wallet_balances.booked_micro(wallets)
    return [Row(wallet, found(wallet), booked.get(wallet.pk)) for wallet in wallets]


def page(request: HttpRequest, user: User) -> tuple[list[Row], "Page[Wallet]"]:
    wallets = (
        Wallet.objects.visible_to(user)
        .select_related("merchant", "on_chain")
        .order_by("merchant__name", "pk")
    )
    part = Paginator(wallets, WALLETS_PER_PAGE).get_page(request.GET.get("wallets"))
    return rows(list(part)), part


def found(wallet: Wallet) -> WalletBalance | None:
    """With `on_chain` selected by the list it asks nothing more."""
    row: WalletBalance | None = getattr(wallet, "on_chain", None)
    return row


def read(wallet: Wallet) -> WalletBalance | None:
    """Only with figures."""
    row = found(wallet)
    return row if row is not None and row.read_at is not None else None


def state(row: WalletBalance | None) -> str:
    """What a person should know before money goes there."""
    if row is None or row.read_at is None:
        return formats.badge(_("not read yet"))
    if row.is_blacklisted:
        return formats.badge(_("frozen by USDT"), "danger")
    return formats.badge(_("active"), "success") if row.is_active else formats.badge(_("not activated"))


def terms() -> list[TokenTerms]:
    return list(TokenTerms.objects.all())
