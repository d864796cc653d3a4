"""Watcher, signer, worker and dispatcher are killed by SIGKILL at seeded moments while deposits arrive and are swept.

CHAIN_CRASH_BLOCKS, CHAIN_CRASH_ORDERS and CHAIN_CRASH_KILLS set the size; CHAIN_CRASH_SEED, printed, repeats a run's
choices (not its timing). The sandbox's node executes every transfer by the chain's rules, and counts.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db.models import Count, Sum
from django.test import override_settings
from django.utils import timezone

from orders.models import Asset, Order, Payment, ScannedBlock, Sweep, Transfer
from orders.services import invariants
from orders.states import FINAL_ORDER, OrderStatus
from orders.sweeps import ACTIVE_SWEEP, SweepStatus
from providers.base import Kind
from providers.money import format_units
from providers.sandbox.accounts import Dialect
from providers.tron import wallet_keys
from tests.flows.aftermath import check_callbacks, reread
from tests.flows.own_chain import NETWORK, OwnChain, OwnChainSandbox, until_all
from tests.flows.stack import Stack
from tests.flows.stories import LOG_TAIL, story, untold
from tests.flows.upstreams import Upstreams
from tests.reader import NODE
from tests.waiting import wait_until

BLOCKS = int(os.environ.get("CHAIN_CRASH_BLOCKS", "60"))
ORDERS = int(os.environ.get("CHAIN_CRASH_ORDERS", "30"))
KILLS = int(os.environ.get("CHAIN_CRASH_KILLS", "6"))
SEED = int(os.environ.get("CHAIN_CRASH_SEED") or random.randrange(10**6))
BLOCK_SECONDS = 0.3
WALLETS = 6
LATE_SECONDS = 1900  # past every window of half an hour
PROGRAMS = ["watch_chain", "sign_sweeps", "work", "deliver_callbacks"]
CHANCES = [4, 4, 2, 1]


@dataclass(frozen=True)
class Fate:
    """How an order is paid: by a transfer of the sandbox's `kind`, `short` by so many micro-USDT, or too late.
    `payments` is how many it makes."""

    kind: str = "usdt"
    short: int = 0
    is_late: bool = False
    payments: int = 1

    @property
    def settles(self) -> bool:
        return self.kind in {"usdt", "twice", "through_contract"} and not self.short and not self.is_late


FATES = [
    Fate(),
    Fate("through_contract"),
    Fate("twice", payments=2),
    Fate(short=10_000),
    Fate(is_late=True),
    Fate("fake", payments=0),
    Fate("reverted", payments=0),
    Fate("", payments=0),
]
WEIGHTS = [8, 2, 2, 1, 2, 1, 1, 1]


@pytest.fixture
def world(stack: Stack, upstreams: Upstreams, tmp_path: Path) -> Iterator[OwnChain]:
    """A sandbox of its own sells the energy and makes the blocks; merchants' inboxes are there too."""
    key = wallet_keys.generate()
    sandbox = OwnChainSandbox(tmp_path, block_seconds=BLOCK_SECONDS).start()
    own = {"TRON_NODES": [NODE], "TRON_NETWORK": NETWORK, "WALLET_PUBLIC_KEY": wallet_keys.public_of(key)}
    with override_settings(**own):
        upstreams.retire_accounts()
        there = Upstreams(sandbox)
        for dialect in (Dialect.ITRX, Dialect.TRONZAP):
            there.account(dialect, f"chain crash {dialect}")
        world = OwnChain(stack, sandbox, there, key)
        world.add_wallets(WALLETS)
        yield world
    for running in world.running.values():
        running.close()
    upstreams.retire_accounts()
    sandbox.stop()


def play(world: OwnChain, dice: random.Random) -> dict[int, Fate]:
    """Placements, payments in time and kills, each at a block of its own choice; then the late ones."""
    fates = dice.choices(FATES, WEIGHTS, k=ORDERS)
    first, placed = world.head, dict[int, Order]()
    acts: list[tuple[int, int, str, int]] = []
    for number in range(ORDERS):
        place_at = dice.randrange(BLOCKS // 2)
        acts.append((place_at, 0, "place", number))
        acts.append((place_at + dice.randrange(1, BLOCKS // 4), 1, "pay", number))
    acts += [(dice.randrange(BLOCKS), 2, "kill", number) for number in range(KILLS)]
    for block, _, act, number in sorted(acts):
        world.wait_for_block(first + block)
        if act == "place":
            placed[number] = world.place(dice.choice([Kind.DEPOSIT, Kind.DEPOSIT, Kind.MONITOR]), dice)
        elif act == "pay" and not fates[number].is_late:
            pay(world, placed[number], fates[number])
        elif act == "kill":
            [name] = dice.choices(PROGRAMS, CHANCES)
            world.kill(name)
            world.start(name)
    world.wait_for_block(world.head + 3)  # whatever was sent is in a block
    world.chain.control("clock", seconds=LATE_SECONDS)
    world.wait_for_block(world.head + 2)
    for number, fate in enumerate(fates):
        if fate.is_late:
            pay(world, placed[number], fate)
    return {placed[number].pk: fate for number, fate in enumerate(fates)}


def pay(world: OwnChain, order: Order, fate: Fate) -> None:
    if fate.kind:
        amount = format_units((order.amount_micro or 0) - fate.short)
        world.chain.pay(order.address, amount, kind=fate.kind)


def test_no_kill_loses_or_doubles_a_payment_a_callback_or_a_sweep(world: OwnChain) -> None:
    print(f"CHAIN_CRASH_SEED={SEED} BLOCKS={BLOCKS} ORDERS={ORDERS} KILLS={KILLS}")  # noqa: T201 - repeats the run
    for name in ("watch_chain", "sign_sweeps"):
        world.start(name)
    wait_until(lambda: ScannedBlock.objects.filter(cursor__network=NETWORK).exists())
    fates = play(world, random.Random(SEED))
    orders = list(Order.objects.filter(pk__in=fates))

    def unfinished() -> list[object]:
        open_orders = Order.objects.filter(pk__in=fates).exclude(status__in=FINAL_ORDER)
        sweeps = Sweep.objects.filter(merchant=world.customer.merchant, status__in=ACTIVE_SWEEP)
        return [*open_orders, *untold(list(fates)), *sweeps, *miscounted(orders, fates)]

    until_all(unfinished, seconds=600, story=lambda: tell(world, fates))
    wrong = [order.pk for order in reread(orders) if is_wrong(order, fates[order.pk])]
    assert wrong == [], "\n".join(map(story, wrong))
    check_callbacks(orders, world.customer, world.upstreams)
    check_payments(orders, fates)
    check_sweeps(world)
    assert invariants.broken(now=timezone.now()) == []


def is_wrong(order: Order, fate: Fate) -> bool:
    return order.status != (OrderStatus.SUCCEEDED if fate.settles else OrderStatus.FAILED)


def miscounted(orders: list[Order], fates: dict[int, Fate]) -> list[str]:
    """Addresses that have more or fewer payments than were made there."""
    made: Counter[str] = Counter()
    for order in orders:
        made[order.address] += fates[order.pk].payments
    usdt = Payment.objects.filter(address__in=made, asset=Asset.USDT)  # who activates a wallet sends it 1 sun
    kept = Counter(usdt.values_list("address", flat=True))
    return [
        f"{address}: {kept[address]} of {count}" for address, count in made.items() if kept[address] != count
    ]


def check_payments(orders: list[Order], fates: dict[int, Fate]) -> None:
    """Each transfer is kept once, settles at most one order, and is credited once."""
    here = Payment.objects.filter(address__in={order.address for order in orders})
    assert here.filter(status="matched").count() == sum(fate.settles for fate in fates.values())
    credited = Transfer.objects.filter(order__in=orders, code="deposit").values("order")
    twice = credited.annotate(count=Count("pk")).filter(count__gt=1)
    assert list(twice) == []


def check_sweeps(world: OwnChain) -> None:
    """What the node executed is what the books say: no transfer more, and no unit missing."""
    moved = world.transfers_to(world.cold)
    done = Sweep.objects.filter(merchant=world.customer.merchant, status=SweepStatus.DONE)
    assert Counter(moved) == Counter(done.values_list("amount_micro", flat=True))
    assert moved, "something was swept"
    arrived = Payment.objects.filter(merchant=world.customer.merchant, asset=Asset.USDT)
    left = sum(world.balance_micro(wallet.address) for wallet in world.wallets)
    assert arrived.aggregate(total=Sum("amount_micro"))["total"] == sum(moved) + left
    assert world.balance_micro(world.cold) == sum(moved) + 1_000_000


def tell(world: OwnChain, fates: dict[int, Fate]) -> str:
    open_orders = Order.objects.filter(pk__in=fates).exclude(status__in=FINAL_ORDER)
    sweeps = Sweep.objects.filter(merchant=world.customer.merchant, status__in=ACTIVE_SWEEP)
    lines = [
        f"{order} {order.kind} {order.address} {fates[order.pk]}"
        for order in Order.objects.filter(pk__in=fates)
    ]
    lines += [f"{fates[order.pk]}\n{story(order.pk)}" for order in open_orders[:5]]
    lines += [
        f"{sweep} {sweep.status} {sweep.reason}: {[e.text for e in sweep.events.all()]}" for sweep in sweeps
    ]
    return "\n\n".join([*lines, f"CHAIN_CRASH_SEED={SEED}", world.stack.logs()[-LOG_TAIL:]])
