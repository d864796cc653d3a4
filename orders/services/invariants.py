"""The invariants of the design, asked of the live database. Each check returns sentences that name what is broken."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from orders import states
from orders.models import (
    Attempt,
    Backfill,
    Callback,
    CallbackFormat,
    CallbackHost,
    CallbackLog,
    ChainCursor,
    Circuit,
    CrossingPayFormat,
    Direction,
    LedgerAccount,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Transfer,
    TransferCode,
    Watcher,
)
from orders.models.ledger import MERCHANT_KINDS
from orders.models.orders import WATCHED
from orders.services import audit_invariants, periods, reckoning, sweep_invariants, tariffs
from orders.services.ledger import subtotals
from orders.states import FINAL_ORDER, LIVE_ATTEMPT, CallbackStatus, OrderStatus
from providers.base import PAYMENT_KINDS

SHOWN = 20
BLOCKS_CHECKED = 30_000  # a day
LATE = timedelta(minutes=15)


def broken(*, now: datetime) -> list[str]:
    """Empty when all hold. The checks read one after the other, so an order that moves between two of them may look
    broken: what is broken shows twice."""
    once = _look(now)
    return [problem for problem in _look(now) if problem in once] if once else []


def _look(now: datetime) -> list[str]:
    return [f"{name}: {problem}" for name, check in CHECKS for problem in check(now)]


def _few(rows: QuerySet[Order], problem: str) -> Iterator[str]:
    for order in rows[:SHOWN]:
        yield f"order {order.number} ({order.status}) {problem}"


def every_status_was_reached_legally(now: datetime) -> Iterator[str]:
    tables = {True: states.PAYMENT_ORDER, False: states.RESOURCE_ORDER}
    moves = OrderEvent.objects.exclude(new_status="")
    seen = moves.order_by().values_list("order__kind", "old_status", "new_status").distinct()
    for kind, old, new in seen:
        if new not in tables[kind in PAYMENT_KINDS].get(old, ()):
            yield f"a {kind} order went from {old} to {new}"


def status_is_the_last_event(now: datetime) -> Iterator[str]:
    last: dict[int, str] = {}
    moves = OrderEvent.objects.exclude(new_status="").order_by("id").values_list("order_id", "new_status")
    for order_id, status in moves.iterator():
        last[order_id] = status
    for order in Order.objects.only("status", "created_at").iterator():
        if order.status != last.get(order.pk, OrderStatus.NEW):
            yield f"order {order.number} is {order.status}, its timeline says {last.get(order.pk)}"


def every_balance_is_the_sum_of_its_transfers(now: datetime) -> Iterator[str]:
    received, paid_out = _sums("credit"), _sums("debit")
    for account in LedgerAccount.objects.filter(kind__in=MERCHANT_KINDS):
        total = received.get(account.pk, 0) - paid_out.get(account.pk, 0)
        if account.balance != total:
            yield f"{account} caches {account.balance}, its transfers say {total}"
        if (account.balance or 0) < -account.credit_limit:
            yield f"{account} is below its limit"


def _sums(side: str) -> dict[int, int]:
    return dict(Transfer.objects.order_by().values_list(side).annotate(total=Sum("amount")))


def both_sides_hold_one_asset(now: datetime) -> Iterator[str]:
    for transfer in Transfer.objects.exclude(debit__asset=F("credit__asset"))[:SHOWN]:
        yield f"transfer {transfer.pk} moves between two assets"


def every_order_is_charged_once(now: datetime) -> Iterator[str]:
    """Held at placement; when final, capture plus release equal the hold."""

    def amount(*codes: str) -> Sum:
        return Sum("transfers__amount", filter=Q(transfers__code__in=codes), default=0)

    rows = Order.objects.annotate(
        held=amount(TransferCode.HOLD),
        settled=amount(TransferCode.CAPTURE, TransferCode.FEE, TransferCode.RELEASE),
    )
    yield from _few(rows.exclude(held=F("price_sun")), "was not held its price")
    yield from _few(rows.filter(status__in=FINAL_ORDER).exclude(settled=F("held")), "is final, not settled")
    yield from _few(rows.exclude(status__in=FINAL_ORDER).exclude(settled=0), "is open, but settled")


def attempts_agree_with_their_order(now: datetime) -> Iterator[str]:
    live = Count("attempts", filter=Q(attempts__status__in=LIVE_ATTEMPT))
    won = Count("attempts", filter=Q(attempts__status="succeeded"))
    rows = Order.objects.annotate(live=live, won=won)
    yield from _few(rows.filter(watcher=Watcher.OWN, attempts__isnull=False), "is watched by us and sent")
    yield from _few(rows.filter(live__gt=1), "has two live attempts")
    yield from _few(rows.filter(won__gt=1), "was bought twice")
    yield from _few(rows.filter(status__in=FINAL_ORDER, live__gt=0), "is final with a live attempt")
    yield from _few(rows.filter(status=OrderStatus.NEW, live__gt=0), "is new with a live attempt")
    under_way = {OrderStatus.SENDING, OrderStatus.UNKNOWN, OrderStatus.ACCEPTED, OrderStatus.WAITING}
    sent = rows.exclude(watcher=Watcher.OWN)
    yield from _few(sent.filter(status__in=under_way, live=0), "is under way without a live attempt")


def every_cost_is_booked(now: datetime) -> Iterator[str]:
    booked = Count("transfers", filter=Q(transfers__code__in=["provider_cost", "loss"]))
    paid = Attempt.objects.filter(cost_sun__gt=0).annotate(booked=booked)
    for attempt in paid.filter(booked=0)[:SHOWN]:
        yield f"attempt {attempt.request_id} cost {attempt.cost_sun} sun, which is not booked"


def payments_and_orders_agree(now: datetime) -> Iterator[str]:
    for payment in Payment.objects.filter(status=PaymentStatus.MATCHED).exclude(order__status="succeeded"):
        yield f"payment {payment.txid} settled order {payment.order}, which has not succeeded"
    paid = Order.objects.filter(kind__in=PAYMENT_KINDS, status=OrderStatus.SUCCEEDED, payment=None)
    yield from _few(paid, "succeeded without a payment")


def every_final_order_has_its_callback(now: datetime) -> Iterator[str]:
    final = Order.objects.filter(status__in=FINAL_ORDER, callbacks=None)
    told = final.exclude(callback_format=CallbackFormat.NONE)
    # Whether the merchant wanted to be told of failures when it failed, no row remembers.
    silent = Q(callback_format__in=CrossingPayFormat.values, status=OrderStatus.FAILED)
    yield from _few(told.exclude(silent), "wants a callback and has none")


def callbacks_have_a_next_step(now: datetime) -> Iterator[str]:
    """Events of a host whose circuit is open wait for it, and staff see that."""
    paused = CallbackHost.objects.exclude(circuit=Circuit.CLOSED).values("host")
    late = Callback.objects.filter(status=CallbackStatus.PENDING, next_attempt_at__lt=now - LATE)
    for callback in late.exclude(host__in=paused)[:SHOWN]:
        yield f"callback {callback.event_id} should have been sent at {callback.next_attempt_at}"
    stuck = CallbackHost.objects.exclude(circuit=Circuit.CLOSED).filter(Q(probe_at=None) | Q(opened_at=None))
    for row in stuck[:SHOWN]:
        yield f"nobody will ever try {row.host}, whose circuit is {row.circuit}"


def callbacks_are_kept_or_have_ended(now: datetime) -> Iterator[str]:
    """Times and leases agree with the state, as far as no constraint sees to it (invariant 8)."""
    pending = Q(status=CallbackStatus.PENDING)
    for callback in Callback.objects.exclude(pending).exclude(leased_until=None)[:SHOWN]:
        yield f"callback {callback.event_id} is {callback.status}, and leased"
    early = Callback.objects.filter(pending, claimable_at__lt=F("next_attempt_at"))
    for callback in early[:SHOWN]:
        yield f"callback {callback.event_id} may be claimed before it is due"
    delivered = Q(status=CallbackStatus.DELIVERED)
    for callback in Callback.objects.filter(delivered, delivered_at=None)[:SHOWN]:
        yield f"callback {callback.event_id} is delivered at no time"


def every_try_is_logged(now: datetime) -> Iterator[str]:
    logged = Count("logs", filter=Q(logs__direction=Direction.OUT))
    rows = Callback.objects.annotate(logged=logged).exclude(logged=F("attempts"))
    for callback in rows[:SHOWN]:
        yield f"callback {callback.event_id} had {callback.attempts} tries, {callback.logged} are logged"
    told = CallbackLog.objects.filter(callback=OuterRef("pk"), verdict="delivered")
    for silent in Callback.objects.filter(~Exists(told), status=CallbackStatus.DELIVERED)[:SHOWN]:
        yield f"callback {silent.event_id} is delivered, and no try says so"


def open_orders_have_a_next_step(now: datetime) -> Iterator[str]:
    open_rows = Order.objects.exclude(status__in=FINAL_ORDER).exclude(WATCHED)
    yield from _few(open_rows.filter(next_action_at=None), "is open and will never move")
    late = now - LATE - timedelta(seconds=settings.CLAIM_SECONDS)
    yield from _few(open_rows.filter(next_action_at__lt=late), "should have moved long ago")


def what_arrived_is_in_the_books(now: datetime) -> Iterator[str]:
    """sum(received) = matched + unmatched + dismissed + credited; of what we hold, each part is posted once."""
    for sums in reckoning.arrived():
        if not sums.holds:
            yield f"the payments in {sums.asset} do not add up to {sums.received}"
    for row in reckoning.in_books():
        if not row.holds:
            yield f"{row.told} {row.asset} {row.name} in our wallets, {row.booked} are booked"


def the_blocks_form_one_chain(now: datetime) -> Iterator[str]:
    """The newest BLOCKS_CHECKED of each network, down from its cursor."""
    for cursor in ChainCursor.objects.exclude(number=None):
        number, block_id = cursor.number, cursor.block_id
        for block in cursor.blocks.order_by("-number")[:BLOCKS_CHECKED].iterator():
            if (block.number, block.block_id) != (number, block_id):
                yield f"{cursor.network}: block {number} is missing or not the parent of the next"
                break
            number, block_id = block.number - 1, block.parent_id


def passed_orders_are_ended(now: datetime) -> Iterator[str]:
    """By the clock of the chain; while a backfill reads their window they wait."""
    reading = Backfill.objects.filter(order=OuterRef("pk"), finished_at=None)
    for cursor in ChainCursor.objects.filter(network=settings.TRON_NETWORK).exclude(block_at=None):
        late = Order.objects.filter(~Exists(reading), WATCHED, watched_from__isnull=False)
        passed = late.filter(window_end__lt=(cursor.block_at or now) - LATE)
        yield from _few(passed, "should have expired long ago")


def windows_do_not_compete(now: datetime) -> Iterator[str]:
    waiting = Order.objects.filter(kind__in=PAYMENT_KINDS).exclude(status__in=FINAL_ORDER)
    fields = ("address", "amount_micro", "window_start", "window_end", "pk")
    rows = waiting.order_by("address", "amount_micro", "window_start", "pk").values_list(*fields)
    previous: tuple[object, ...] = ()
    for address, amount, start, end, pk in rows:
        if previous and previous[:2] == (address, amount) and start <= previous[2]:
            yield f"orders {previous[3]} and {pk} wait for the same amount at {address}"
        previous = (address, amount, end, pk)


def every_rate_can_be_told(now: datetime) -> Iterator[str]:
    for rate, problem in islice(tariffs.faults(), SHOWN):
        yield f"tariff rate {rate.pk} ({rate}): {problem}"


def closed_months_stay_as_they_are(now: datetime) -> Iterator[str]:
    yield from periods.faults()


def subtotals_are_the_sums_of_their_transfers(now: datetime) -> Iterator[str]:
    yield from subtotals.faults()


Check = Callable[[datetime], Iterator[str]]

CHECKS: list[tuple[str, Check]] = [
    (check.__name__.replace("_", " "), check)
    for check in (
        every_status_was_reached_legally,
        status_is_the_last_event,
        every_balance_is_the_sum_of_its_transfers,
        both_sides_hold_one_asset,
        every_order_is_charged_once,
        attempts_agree_with_their_order,
        every_cost_is_booked,
        payments_and_orders_agree,
        every_final_order_has_its_callback,
        callbacks_have_a_next_step,
        callbacks_are_kept_or_have_ended,
        every_try_is_logged,
        open_orders_have_a_next_step,
        what_arrived_is_in_the_books,
        the_blocks_form_one_chain,
        passed_orders_are_ended,
        windows_do_not_compete,
        every_rate_can_be_told,
        closed_months_stay_as_they_are,
        subtotals_are_the_sums_of_their_transfers,
        *sweep_invariants.CHECKS,
        *audit_invariants.CHECKS,
    )
]
