"""An installation that watches the sandbox's chain and sweeps what arrives, all of it by real processes."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from django.contrib.auth.models import User
from django.utils import timezone

from orders.models import ChainCursor, Order, Sweep, SweepPolicy, Wallet
from orders.services import approvals, wallets
from orders.sweeps import ACTIVE_SWEEP
from providers.base import Kind
from providers.tron.addresses import to_hex
from tests.chain_process import ChainProcess, well_known
from tests.flows.customer import Customer
from tests.flows.stack import Stack
from tests.flows.upstreams import Upstreams
from tests.processes import Running
from tests.providers.sandbox.tron.caller import Chain
from tests.waiting import wait_until

NETWORK = "crashes"


class OwnChainSandbox(ChainProcess):
    """Its chain goes by the clock, quickly."""

    def __init__(self, data_dir: Path, *, block_seconds: float) -> None:
        super().__init__(data_dir)
        self._block_seconds = block_seconds

    def start(self) -> "OwnChainSandbox":
        super().start()
        self.settings(delay_seconds=0.5)
        self.chain("settings", block_seconds=str(self._block_seconds), lag_blocks=3)
        return self


@dataclass
class OwnChain:
    stack: Stack
    sandbox: OwnChainSandbox
    upstreams: Upstreams
    wallet_key: str
    customer: Customer = field(init=False)
    wallets: list[Wallet] = field(init=False)
    cold: str = field(init=False)
    running: dict[str, Running] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chain = Chain(self.sandbox.url)
        self.customer = Customer.create(f"Merchant of crashes {uuid4().hex[:8]}", self.upstreams)
        self.cold = well_known(f"cold {uuid4().hex}").address
        self._approve(self.cold)
        # A first transfer to an address without USDT costs twice the energy, and a child order buys what it needs.
        self.sandbox.fund(self.cold, active=True, usdt="1")
        SweepPolicy.objects.create(
            merchant=self.customer.merchant, minimum_micro=1, most_price_sun=10**9, payer="merchant"
        )

    def _approve(self, address: str) -> None:
        asks, grants = (User.objects.create(username=uuid4().hex[:12], is_staff=True) for _ in range(2))
        approval = approvals.propose_cold_wallet(
            self.customer.merchant,
            address=address,
            label="cold",
            reason="flows",
            user=asks,
            now=timezone.now(),
        )
        approvals.grant(approval, user=grants, note="", now=timezone.now())

    def add_wallets(self, count: int) -> None:
        keys = [well_known(f"wallet {number} {uuid4().hex}").key for number in range(count)]
        self.wallets = [
            wallets.import_wallet(self.customer.merchant, private_key=key, label="", now=timezone.now())
            for key in keys
        ]

    # --- programs ---------------------------------------------------------------------------------------------

    def start(self, name: str) -> None:
        """watch_chain, sign_sweeps, work or deliver_callbacks."""
        own = {"TRON_NODE_URL": self.sandbox.url, "TRON_REQUESTS_PER_SECOND": "0", "TRON_NETWORK": NETWORK}
        if name == "work":
            self.stack.start_worker()
        elif name == "deliver_callbacks":
            self.stack.start_dispatcher()
        else:
            keys = {"WALLET_KEYS": self.wallet_key} if name == "sign_sweeps" else {}
            self.running[name] = self.stack.start(name, **own, **keys)

    def kill(self, name: str) -> None:
        """SIGKILL. What its successor would wait out is cut short: the silence of a dead watcher and the claim of a
        dead signer are measured elsewhere."""
        if name == "work":
            self.stack.stop_worker()
        elif name == "deliver_callbacks":
            self.stack.stop_dispatcher()
        else:
            self.running.pop(name).kill_group()
        if name == "watch_chain":
            ChainCursor.objects.filter(network=NETWORK).update(holder="")
        if name == "sign_sweeps":
            claimed = Sweep.objects.filter(status__in=ACTIVE_SWEEP, next_action_at__isnull=False)
            claimed.update(next_action_at=timezone.now())

    # --- the chain --------------------------------------------------------------------------------------------

    @property
    def head(self) -> int:
        return int(self.chain.status()["head"])

    def wait_for_block(self, number: int) -> None:
        wait_until(lambda: self.head >= number)

    def balance_micro(self, address: str) -> int:
        return self.sandbox.node().usdt_balance(address)

    def transfers_to(self, address: str) -> list[int]:
        """What the node counts: every executed USDT transfer from a wallet of ours to it, in micro-USDT."""
        ours, found, query = {to_hex(wallet.address) for wallet in self.wallets}, [], {"limit": "200"}
        while True:
            page = self.chain.get(
                f"/v1/accounts/{address}/transactions/trc20", only_to="true", **query
            ).json()
            found += [int(row["value"]) for row in page["data"] if to_hex(row["from"]) in ours]
            if "fingerprint" not in page["meta"]:
                return found
            query["fingerprint"] = page["meta"]["fingerprint"]

    # --- orders -----------------------------------------------------------------------------------------------

    def place(self, kind: Kind, dice: random.Random) -> Order:
        own = dice.choice(self.wallets).address
        return self.customer.place(kind, own if kind == Kind.DEPOSIT else well_known(uuid4().hex).address)


def until_all(condition: Callable[[], list[object]], *, seconds: float, story: Callable[[], str]) -> None:
    """Until nothing is left of what `condition` lists; else the test fails with the story."""
    try:
        wait_until(lambda: not condition(), seconds=seconds)
    except AssertionError:
        raise AssertionError(f"still there: {condition()[:10]}\n{story()}") from None
