"""A merchant with deposit wallets, a chain and an upstream in the sandbox, and a signer in the test's hand.

Everything is real but the processes: `step` does what the signer's loop, a worker and the chain would do next.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils import timezone

from orders.models import ColdWallet, Custody, Merchant, Order, Sweep, Transfer, Wallet
from orders.services import approvals, arrivals, fulfilment, invariants, placing, sealing, sweeping, wallets
from orders.services.chain_facts import UNKNOWN
from orders.services.signer import Signer
from orders.states import FINAL_ORDER
from orders.sweeps import ACTIVE_SWEEP
from providers.base import Kind
from providers.errors import ProviderUnavailable
from providers.tron import addresses
from providers.tron.transfers import Transfer as ChainTransfer
from providers.tron.wallet_node import WalletNode
from tests.chain_process import PAYER, ChainProcess, well_known

COLD = well_known("cold wallet").address
DEPOSIT = well_known("deposit wallet")


@dataclass
class World:
    chain: ChainProcess
    merchant: Merchant
    signer: Signer
    people: tuple[User, User]
    node: WalletNode = field(init=False)
    offset: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        self.node = self.chain.node()

    def clock(self) -> datetime:
        return timezone.now() + self.offset

    def wait(self, seconds: float) -> None:
        """The clocks of the hosts and of the chain go forward."""
        self.offset += timedelta(seconds=seconds)
        self.chain.chain("clock", seconds=int(seconds))

    # --- what people and merchants do ------------------------------------------------------------------------

    def approve_cold_wallet(self, address: str = COLD) -> ColdWallet:
        asks, grants = self.people
        approval = approvals.propose_cold_wallet(
            self.merchant, address=address, label="cold", reason="sample", user=asks, now=self.clock()
        )
        approvals.grant(approval, user=grants, note="", now=self.clock())
        return ColdWallet.objects.get(approval=approval)

    def wallet(self, custody: Custody = Custody.OURS) -> Wallet:
        if custody == Custody.OURS:
            return wallets.import_wallet(self.merchant, private_key=DEPOSIT.key, label="", now=self.clock())
        return wallets.add_wallet(
            self.merchant, address=DEPOSIT.address, label="", custody=custody, now=self.clock()
        )

    def deposit(
        self, wallet: Wallet, amount: str = "100", *, paid: str | None = None, on_chain: bool = True
    ) -> Order:
        """Placed, paid, and read from a solid block. `amount` in USDT; `paid` where it is another, or "" for none."""
        micro = round(float(amount) * 1_000_000)
        arrived = micro if paid is None else round(float(paid or 0) * 1_000_000)
        start = self.clock()
        spec = placing.OrderSpec(
            kind=Kind.DEPOSIT,
            address=wallet.address,
            amount_micro=micro,
            window_start=start,
            window_end=start + timedelta(minutes=30),
        )
        order, _ = placing.place_order(self.merchant, spec, UNKNOWN, now=start)
        if on_chain and arrived:
            held = self.node.usdt_balance(wallet.address)
            self.chain.fund(wallet.address, usdt=f"{(held + arrived) / 1_000_000:.6f}")
        if arrived:
            self.arrive(wallet, arrived)
        return order

    def arrive(self, wallet: Wallet, amount_micro: int) -> str:
        """What the watcher books of a solid block."""
        txid = secrets.token_hex(32)
        receiver = addresses.to_hex(wallet.address)
        transfer = ChainTransfer(txid, 0, "USDT", PAYER.hex, receiver, amount_micro)
        at = self.clock() + timedelta(seconds=1)
        arrivals.book([transfer], number=7, at=at, now=at)
        return txid

    # --- what the processes do -------------------------------------------------------------------------------

    def look(self, sweep: Sweep) -> Sweep:
        """The signer takes it up, whenever it was due. A node that fails leaves it where it is."""
        now = self.clock()
        Sweep.objects.filter(pk=sweep.pk, next_action_at__isnull=False).update(next_action_at=now)
        with suppress(ProviderUnavailable):
            sweeping.advance(sweep.pk, self.node, self.signer, clock=self.clock)
        return self.reread(sweep)

    def reread(self, sweep: Sweep) -> Sweep:
        return Sweep.objects.select_related("order", "wallet").get(pk=sweep.pk)

    def work(self) -> None:
        for order in Order.objects.exclude(status__in=FINAL_ORDER).exclude(kind__in=["deposit", "monitor"]):
            fulfilment.advance(order.pk, clock=self.clock)

    def step(self, sweep: Sweep, *, blocks: int = 1) -> Sweep:
        sweep = self.look(sweep)
        self.work()
        self.wait(3)
        self.chain.produce(blocks)
        return sweep

    def run(self, sweep: Sweep, until: str, *, steps: int = 40) -> Sweep:
        for _ in range(steps):
            if sweep.status == until:
                return sweep
            sweep = self.step(sweep)
        story = [event.text for event in sweep.events.all()]
        raise AssertionError(f"{sweep.status} ({sweep.reason}) and not {until}: {story}")

    # --- what is checked -------------------------------------------------------------------------------------

    def usdt(self, address: str) -> int:
        return self.node.usdt_balance(address)

    def posted(self, code: str) -> int:
        return int(Transfer.objects.filter(code=code).aggregate(total=Sum("amount", default=0))["total"])

    def check(self) -> None:
        sealing.seal(now=self.clock())
        broken = invariants.broken(now=self.clock())
        assert broken == [], broken


def the_sweep(wallet: Wallet) -> Sweep:
    """The active one, else the last."""
    rows = Sweep.objects.filter(wallet=wallet)
    found = rows.filter(status__in=ACTIVE_SWEEP).first() or rows.first()
    assert found is not None
    return found
