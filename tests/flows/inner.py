"""A program of a chained flow's inner installation, run with its environment: `python -m tests.flows.inner WHAT`.

`prepare SANDBOX_URL WALLET` makes its database and a merchant, and prints the key pairs as JSON; `report` prints what
became of the merchant's orders, what it has left, and which invariants are broken.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - needs the settings
from django.utils import timezone  # noqa: E402

from orders.models import AccountKind, Asset, Custody, Dialect, Merchant, Order, Transfer  # noqa: E402
from orders.services import accounts, invariants, ledger, merchants, rotation, wallets  # noqa: E402
from providers.models import ProviderKind  # noqa: E402
from providers.sandbox.accounts import ITRX_MAIN, TRONZAP_MAIN  # noqa: E402

TOP_UP_SUN = 1_000_000_000
EARNED = ("capture", "fee")


def prepare(sandbox_url: str, wallet: str) -> dict[str, tuple[str, str]]:
    call_command("migrate", verbosity=0)
    now = timezone.now()
    for account in (ITRX_MAIN, TRONZAP_MAIN):
        accounts.add_account(
            kind=ProviderKind(account.dialect),
            label=account.name,
            base_url=sandbox_url,
            key=account.key,
            secret=account.secret,
            now=now,
        )
    merchant = merchants.create_merchant(name="The outer installation", time_zone="Asia/Shanghai", now=now)
    merchants.top_up(merchant, amount_sun=TOP_UP_SUN, reason="flows", now=now)
    wallets.add_wallet(merchant, address=wallet, label="", custody=Custody.OURS, now=now)
    issued = {dialect: rotation.issue(merchant, dialect, now=now) for dialect in Dialect.values}
    return {dialect: (each.key, each.secret) for dialect, each in issued.items()}


def report() -> dict[str, Any]:
    merchant = Merchant.objects.get()
    deposits = ledger.merchant_account(merchant, AccountKind.DEPOSITS, Asset.USDT)
    return {
        "orders": {order.external_id: _told(order) for order in Order.objects.all()},
        "spent_sun": TOP_UP_SUN - ledger.available_sun(merchant),
        "deposits_micro": ledger.balance_of(deposits),
        "broken": invariants.broken(now=timezone.now()),
    }


def _told(order: Order) -> dict[str, Any]:
    earned = Transfer.objects.filter(order=order, code__in=EARNED)
    last = order.attempts.last()
    return {
        "kind": order.kind,
        "status": order.status,
        "source": order.source,
        "earned_sun": sum(earned.values_list("amount", flat=True)),
        "txid": order.payment.txid if order.is_payment else last.txid if last else "",
        "callbacks": list(order.callbacks.values_list("status", flat=True)),
    }


CALLS: dict[str, Callable[..., object]] = {"prepare": prepare, "report": report}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(CALLS[sys.argv[1]](*sys.argv[2:])))
