"""What a merchant's page shows beside the form."""

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from orders.admin import credential_state, formats
from orders.models import (
    AccountKind,
    ApiCredential,
    Approval,
    ApprovalStatus,
    CredentialUse,
    LedgerAccount,
    Merchant,
    Order,
    Wallet,
)

RECENT_ORDERS = 10
MOST_ROWS = 20


class Credential(NamedTuple):
    """`used_since`: from where, after it had been replaced."""

    row: ApiCredential
    badge: SafeString
    used_since: list[CredentialUse]
    may_rotate: bool


NAMES = {
    AccountKind.AVAILABLE: gettext_lazy("Available"),
    AccountKind.HELD: gettext_lazy("Held for open orders"),
    AccountKind.DEPOSITS: gettext_lazy("Deposits"),
}


def context(merchant: Merchant, user: User, *, now: datetime) -> dict[str, Any]:
    """Each part only for who may see it."""
    parts: dict[str, Any] = {"merchant": merchant, "balances": _balances(merchant)}
    parts["of_merchant"] = f"?merchant={merchant.pk}"  # `add` joins only texts
    parts["may"] = {name: user.has_perm(permission) for name, permission in BUTTONS.items()}
    if user.has_perm("orders.view_order"):
        parts["orders"] = merchant.orders.select_related("merchant")[:RECENT_ORDERS]
        parts["orders_url"] = formats.list_of(Order, merchant__id__exact=merchant.pk)
    if user.has_perm("orders.view_apicredential"):
        rows = list(merchant.credentials.all()[:MOST_ROWS])
        since = credential_state.used_since(rows)
        may_rotate = user.has_perm("orders.rotate_apicredential")
        parts["credentials"] = [
            Credential(
                row,
                credential_state.badge(row, now),
                since.get(row.pk, []),
                may_rotate and row.is_alive(now) and row.retires_at is None,
            )
            for row in rows
        ]
    if user.has_perm("orders.view_webhooksecret"):
        parts["webhook_secrets"] = [
            (secret, credential_state.badge(secret, now))
            for secret in merchant.webhook_secrets.all()[:MOST_ROWS]
        ]
        alive = [secret for secret, _ in parts["webhook_secrets"] if secret.is_alive(now)]
        parts["is_native_ready"] = bool(alive and merchant.default_callback_url)
        parts["may"]["issue_secret"] &= all(secret.retires_at for secret in alive)  # else it is rotated
    if user.has_perm("orders.view_wallet"):
        parts["wallets"] = merchant.wallets.all()[:MOST_ROWS]
        parts["wallets_url"] = formats.list_of(Wallet, merchant__id__exact=merchant.pk)
    if user.has_perm("orders.view_approval"):
        waiting = Approval.objects.filter(merchant=merchant, status=ApprovalStatus.PENDING)
        parts["approvals"] = waiting.filter(expires_at__gt=now)[:MOST_ROWS]
    return parts


BUTTONS = {
    "order": "orders.add_order",
    "top_up": "orders.top_up",
    "propose": "orders.propose_top_up",
    "adjust": "orders.adjust",
    "propose_adjustment": "orders.propose_adjustment",
    "issue": "orders.add_apicredential",
    "issue_secret": "orders.add_webhooksecret",
    "switch": "orders.change_merchant",
    "test": "orders.send_test_callback",
    "workbench": "orders.use_workbench",
    "wallet": "orders.add_wallet",
    "statement": "orders.view_transfer",
}


def _balances(merchant: Merchant) -> list[tuple[Promise, str, int]]:
    """Name, asset and amount of each of its ledger accounts."""
    rows = LedgerAccount.objects.filter(merchant=merchant, kind__in=NAMES).order_by("id")
    return [(NAMES[AccountKind(row.kind)], row.asset, row.balance or 0) for row in rows]
