"""Wallets as the chain has them: read by a worker, a few at a time, and stored with the time of the reading."""

import time
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q, Sum

from orders.models import Custody, Payment, Sweep, TokenTerms, Wallet, WalletBalance
from orders.services import node_gate
from orders.services.wallet_nodes import NoNode, WalletNodes
from orders.sweeps import SweepStatus
from providers.errors import ProviderMisconfigured, ProviderUnavailable
from providers.tron.transfers import USDT
from providers.tron.wallet_node import WalletNode

# A day's reading of a thousand wallets costs four thousand requests (specs/tron.md 6.1: a nightly look at each).
EVERY = timedelta(days=1)
TERMS_EVERY = timedelta(hours=1)
SECONDS_A_TASK = 20.0
NO_ANSWER = (NoNode, ProviderUnavailable, ProviderMisconfigured)


def read_due(nodes: WalletNodes, *, clock: node_gate.Clock) -> int:
    """Of the wallets whose keys others have those longest unread first, and the terms of the token, as far as one
    task's time reaches; those that we hold are read for the books (orders.services.readings). A node that does not
    answer ends it: the next task tries again."""
    if not node_gate.has_node():
        return 0
    started, count = time.monotonic(), 0
    try:
        _read_terms_if_due(nodes, clock)
    except NO_ANSWER:
        return 0
    seen_before = Q(on_chain=None) | Q(on_chain__tried_at__lt=clock() - EVERY)
    theirs = Wallet.objects.exclude(custody=Custody.OURS)
    due = theirs.filter(seen_before).order_by(F("on_chain__tried_at").asc(nulls_first=True), "pk")
    for wallet in due[:1000].iterator():
        if time.monotonic() - started > SECONDS_A_TASK or read(wallet, nodes, clock=clock) is None:
            break
        count += 1
    return count


def read(wallet: Wallet, nodes: WalletNodes, *, clock: node_gate.Clock) -> WalletBalance | None:
    """Asks a node, so never inside a transaction. None when none answered: that is kept beside the last figures."""
    try:
        with nodes.node() as node:
            found: dict[str, object] = _look(wallet.address, node)
    except NO_ANSWER as error:
        failed = {"problem": str(error)[:255], "tried_at": clock()}
        WalletBalance.objects.update_or_create(wallet=wallet, defaults=failed)
        return None
    now = clock()
    told = found | {"read_at": now, "tried_at": now, "problem": ""}
    return WalletBalance.objects.update_or_create(wallet=wallet, defaults=told)[0]


def _look(address: str, node: WalletNode) -> dict[str, object]:
    means = node.means(address)
    return {
        "usdt_micro": node.usdt_balance(address),
        "trx_sun": means.trx_sun,
        "energy": means.energy,
        "bandwidth": means.bandwidth,
        "is_active": means.is_active,
        "is_blacklisted": node.is_blacklisted(address),
    }


def _read_terms_if_due(nodes: WalletNodes, clock: node_gate.Clock) -> None:
    old = TokenTerms.objects.filter(network=settings.TRON_NETWORK).first()
    if old is not None and clock() - old.read_at < TERMS_EVERY:
        return
    with nodes.node() as node:
        points, most = node.fee_terms()
        told: dict[str, object] = {
            "fee_basis_points": points,
            "most_fee_micro": most,
            "is_halted": node.is_halted(settings.USDT_CONTRACT),
        }
    now = clock()
    if old is not None and any(getattr(old, name) != value for name, value in told.items()):
        told["changed_at"] = now
    TokenTerms.objects.update_or_create(network=settings.TRON_NETWORK, defaults=told | {"read_at": now})


def booked_micro(wallets: Iterable[Wallet]) -> dict[int, int]:
    """Of each wallet that we hold: what we saw arrive less what our sweeps took out, in micro-USDT. What it held before
    it was ours to watch is not in it."""
    held = [wallet for wallet in wallets if wallet.custody == Custody.OURS]
    here = {wallet.address: wallet.pk for wallet in held}
    books = dict.fromkeys(here.values(), 0)
    came = (
        Payment.objects.filter(account=None, asset=USDT, address__in=here).order_by().values_list("address")
    )
    for address, total in came.annotate(total=Sum("amount_micro")):
        books[here[address]] += total
    done = Sweep.objects.filter(wallet__in=held, status=SweepStatus.DONE).order_by().values_list("wallet_id")
    for wallet_id, total in done.annotate(total=Sum("amount_micro")):
        books[wallet_id] -= total
    return books
