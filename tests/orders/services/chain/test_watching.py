"""Blocks, payments and orders together: what settles, what waits for a person, and when an order has expired."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders.models import (
    AccountKind,
    ApiCredential,
    Asset,
    Backfill,
    Callback,
    ChainCursor,
    Merchant,
    Order,
    Payment,
    ScannedBlock,
    Wallet,
    WatchedAddress,
)
from orders.services import (
    arrivals,
    attaching,
    backfilling,
    invariants,
    leadership,
    ledger,
    merchants,
    settlement,
    watching,
)
from orders.services.leadership import LeaseLost
from orders.services.watching import WrongChain
from orders.states import OrderStatus
from providers.base import InboundPayment, Kind
from tests.chain import PAYER, Chain, Json, address_of, block_id, call, paid, trx, usdt_log
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, Place, Send
from tests.orders.services.chain.conftest import AMOUNT, OwnPlace
from tests.reader import Reader

CUSTOMER = address_of("customer")


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def status(order: Order) -> str:
    return fresh(order).status


def whole() -> None:
    assert invariants.broken(now=NOW + timedelta(minutes=5)) == []


def balance(merchant: Merchant, kind: AccountKind = AccountKind.DEPOSITS, asset: Asset = Asset.USDT) -> int:
    return ledger.balance_of(ledger.merchant_account(merchant, kind, asset))


# --- settling ----------------------------------------------------------------------------------------------------


def test_a_deposit_is_paid_booked_and_called_back_in_one_block(
    reader: Reader, deposit: OwnPlace, merchant: Merchant, v2a_credential: ApiCredential
) -> None:
    order = deposit(
        callback_url="http://127.0.0.1:9/cb", callback_format="crossingpay_v2a", credential=v2a_credential
    )
    assert (order.status, order.watcher) == (OrderStatus.WAITING, "own")
    number = reader.chain.grow(2)
    reader.chain.add(paid(1, ADDRESS, AMOUNT, sender=CUSTOMER))
    assert reader.read() == 1
    payment = Payment.objects.get()
    assert (payment.order, payment.block_number, payment.log_index) == (order, number + 1, 0)
    assert (payment.from_address, payment.paid_at) == (CUSTOMER, reader.chain.time_of(number + 1))
    assert status(order) == OrderStatus.SUCCEEDED
    assert balance(merchant) == AMOUNT
    assert Callback.objects.get().payload["txid"] == payment.txid
    whole()


def test_a_monitored_address_is_not_in_our_books(
    reader: Reader, monitor: OwnPlace, merchant: Merchant
) -> None:
    order = monitor()
    reader.chain.grow(2)
    reader.chain.add(paid(1, ADDRESS, AMOUNT))
    reader.read()
    assert (status(order), balance(merchant)) == (OrderStatus.SUCCEEDED, 0)
    assert Payment.objects.get().merchant is None
    whole()


def test_no_upstream_is_asked_to_watch_as_well(reader: Reader, deposit: OwnPlace) -> None:
    order = deposit()
    assert (order.attempts.count(), order.next_action_at) == (0, None)
    whole()


@pytest.mark.parametrize("amount", [AMOUNT - 1, AMOUNT + 1, AMOUNT * 10])
def test_trap_under_and_over_payment_settle_nothing(reader: Reader, deposit: OwnPlace, amount: int) -> None:
    order = deposit()
    reader.chain.grow(2)
    reader.chain.add(paid(1, ADDRESS, amount))
    reader.read()
    payment = Payment.objects.get()
    assert (payment.status, status(order)) == ("unmatched", OrderStatus.WAITING)
    assert order.number in payment.reason
    assert ("short" if amount < AMOUNT else "over") in payment.reason
    assert ledger.balance_of(ledger.house(AccountKind.SUSPENSE, Asset.USDT)) == amount
    whole()


@pytest.mark.parametrize("seconds", [0, 1800])
def test_the_bounds_of_the_window_are_within(reader: Reader, deposit: OwnPlace, seconds: int) -> None:
    order = deposit()
    reader.chain.grow(1 + seconds // 3)
    number = reader.chain.add(paid(1, ADDRESS, AMOUNT))
    assert reader.chain.time_of(number) == NOW + timedelta(seconds=seconds)
    reader.read()
    assert status(order) == OrderStatus.SUCCEEDED


def test_trap_payment_in_time_scanned_late(reader: Reader, deposit: OwnPlace) -> None:
    """The watcher was down until long after the end; block time decides."""
    order = deposit()
    reader.chain.grow(5)
    reader.chain.add(paid(1, ADDRESS, AMOUNT))
    reader.chain.grow(2000)
    reader.read()
    assert status(order) == OrderStatus.SUCCEEDED


def test_trap_payment_really_late_is_kept_and_may_be_attached(
    reader: Reader, deposit: OwnPlace, merchant: Merchant, v2a_credential: ApiCredential, admin_user: User
) -> None:
    order = deposit(
        callback_url="http://127.0.0.1:9/cb", callback_format="crossingpay_v2a", credential=v2a_credential
    )
    reader.chain.grow(661)
    reader.read()
    assert status(order) == OrderStatus.FAILED
    reader.chain.add(paid(1, ADDRESS, AMOUNT))
    reader.read()
    payment = Payment.objects.get()
    assert "3 min" in payment.reason
    assert "after the order's window" in payment.reason
    attaching.attach(payment, order, reason="a slow exchange", user=admin_user, now=NOW)
    assert status(order) == OrderStatus.SUCCEEDED
    assert balance(merchant) == AMOUNT
    assert Callback.objects.get().event == "order.succeeded"
    with pytest.raises(attaching.NotAttachable):
        attaching.attach(payment, order, reason="again", user=admin_user, now=NOW)
    whole()


def test_trap_released_amount_a_late_payment_never_settles_the_next_order(
    reader: Reader, deposit: OwnPlace
) -> None:
    first = deposit()
    reader.chain.grow(700)
    reader.read()
    start = NOW + timedelta(minutes=40)
    second = deposit(window_start=start, window_end=start + timedelta(minutes=30), now=start)
    reader.chain.add(paid(1, ADDRESS, AMOUNT))  # 35 minutes after NOW: late for one, early for the other
    reader.read()
    assert (status(first), status(second)) == (OrderStatus.FAILED, OrderStatus.WAITING)
    assert Payment.objects.get().status == "unmatched"


def test_two_that_match_are_left_to_a_person(
    reader: Reader, place: Place, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database refuses such a pair; should it ever be there, nothing is guessed."""
    orders = [place(kind=Kind.MONITOR, amount_micro=AMOUNT + extra) for extra in (0, 5)]
    payments = [paid(1, ADDRESS, AMOUNT)]
    scene_rows = {(ADDRESS, AMOUNT): orders}
    orders[1].amount_micro = AMOUNT
    monkeypatch.setattr(arrivals, "_waiting", lambda wanted, at: scene_rows)
    reader.chain.grow(2)
    reader.chain.add(*payments)
    reader.read()
    assert [status(order) for order in orders] == [OrderStatus.WAITING] * 2
    assert "2 orders" in Payment.objects.get().reason


def test_trap_the_same_transaction_twice_is_one_payment(reader: Reader, deposit: OwnPlace) -> None:
    deposit()
    reader.chain.grow(2)
    number = reader.chain.add(paid(1, ADDRESS, AMOUNT))
    reader.read()
    backfilling.rescan(1000, number, reason="", now=NOW)
    assert reader.read() == 0
    payment = Payment.objects.get()
    payment.pk, payment.order, payment.status = None, None, "unmatched"
    with pytest.raises(IntegrityError), transaction.atomic():
        payment.save(force_insert=True)
    whole()


def test_trap_two_transfers_in_one_transaction_settle_two_orders(reader: Reader, deposit: OwnPlace) -> None:
    orders = [deposit(), deposit(amount_micro=7_000_000)]
    reader.chain.grow(2)
    logs = usdt_log(PAYER, ADDRESS, AMOUNT), usdt_log(PAYER, ADDRESS, 7_000_000)
    reader.chain.add(call(1, *logs))
    assert reader.read() == 2
    assert [status(order) for order in orders] == [OrderStatus.SUCCEEDED] * 2
    assert {payment.log_index for payment in Payment.objects.all()} == {0, 1}
    whole()


def test_paid_twice_settles_once(reader: Reader, deposit: OwnPlace, merchant: Merchant) -> None:
    order = deposit()
    reader.chain.grow(2)
    log = usdt_log(PAYER, ADDRESS, AMOUNT)
    reader.chain.add(call(1, log, log))
    reader.read()
    assert sorted(Payment.objects.values_list("status", flat=True)) == ["matched", "unmatched"]
    assert (
        Payment.objects.get(status="unmatched").reason == f"order {order.number}: another payment settled it"
    )
    assert balance(merchant) == AMOUNT
    whole()


FAKE = "39dd12a54e2bab7c82aa14a1e158b34263d2d510"
NOTHING: list[tuple[str, tuple[Json, Json]]] = [
    ("trap_fake_token", call(1, usdt_log(PAYER, ADDRESS, AMOUNT, contract=FAKE))),
    ("trap_reverted", call(1, usdt_log(PAYER, ADDRESS, AMOUNT), result="REVERT")),
    ("trap_out_of_energy", call(1, usdt_log(PAYER, ADDRESS, AMOUNT), result="OUT_OF_ENERGY")),
    ("trap_zero_value", call(1, usdt_log(PAYER, ADDRESS, 0))),
    ("to somebody else", paid(1, OTHER_ADDRESS, AMOUNT)),
]


@pytest.mark.parametrize("transaction", [each for _, each in NOTHING], ids=[name for name, _ in NOTHING])
def test_what_is_no_payment_leaves_no_trace(
    reader: Reader, deposit: OwnPlace, transaction: tuple[Json, Json]
) -> None:
    order = deposit()
    reader.chain.grow(2)
    reader.chain.add(transaction)
    assert reader.read() == 0
    assert (status(order), Payment.objects.count()) == (OrderStatus.WAITING, 0)


def test_trap_transfers_made_by_contracts_are_seen(reader: Reader, deposit: OwnPlace) -> None:
    order = deposit()
    reader.chain.grow(2)
    foreign = usdt_log(PAYER, ADDRESS, AMOUNT, contract=FAKE)
    reader.chain.add(call("router", foreign, usdt_log(PAYER, ADDRESS, AMOUNT)))
    reader.read()
    assert status(order) == OrderStatus.SUCCEEDED
    assert Payment.objects.get().log_index == 1


def test_trap_12_dust_is_kept_and_shown_to_nobody(reader: Reader, deposit: OwnPlace) -> None:
    deposit()
    reader.chain.grow(2)
    reader.chain.add(trx(1, ADDRESS, 8), paid(2, ADDRESS, 1))
    reader.read()
    assert {(row.status, row.reason) for row in Payment.objects.all()} == {("dismissed", "dust")}
    whole()


def test_the_smallest_amount_settles_when_it_is_what_was_asked(reader: Reader, deposit: OwnPlace) -> None:
    order = deposit(amount_micro=1)
    reader.chain.grow(2)
    reader.chain.add(paid(2, ADDRESS, 1))
    reader.read()
    assert status(order) == OrderStatus.SUCCEEDED


def test_trx_in_place_of_usdt_waits_for_a_person(reader: Reader, deposit: OwnPlace, admin_user: User) -> None:
    order = deposit()
    reader.chain.grow(2)
    reader.chain.add(trx(1, ADDRESS, AMOUNT))
    reader.read()
    payment = Payment.objects.get()
    assert (payment.asset, payment.log_index, payment.status) == ("TRX", -1, "unmatched")
    assert "paid in TRX" in payment.reason
    with pytest.raises(attaching.NotAttachable, match="TRX"):
        attaching.attach(payment, order, reason="", user=admin_user, now=NOW)
    assert settlement.dismiss(payment, reason="sent back", user=admin_user, now=NOW)
    whole()


def test_trap_14_what_we_send_ourselves_is_no_payment(
    reader: Reader, deposit: OwnPlace, merchant: Merchant
) -> None:
    deposit()
    merchants.set_top_up_address(merchant, OTHER_ADDRESS, user=None, now=NOW)
    reader.chain.grow(2)
    reader.chain.add(
        trx(1, ADDRESS, 5_000_000, sender=OTHER_ADDRESS), paid(2, ADDRESS, AMOUNT, sender=OTHER_ADDRESS)
    )
    assert reader.read() == 0
    whole()


# --- top-ups -----------------------------------------------------------------------------------------------------


def test_trx_at_a_top_up_address_is_credited_once(reader: Reader, merchant: Merchant) -> None:
    merchants.set_top_up_address(merchant, OTHER_ADDRESS, user=None, now=NOW)
    before = ledger.available_sun(merchant)
    number = reader.chain.add(trx(1, OTHER_ADDRESS, 25_000_000), trx(2, OTHER_ADDRESS, 1))
    reader.read()
    backfilling.rescan(number, number, reason="", now=NOW)
    reader.read()
    assert ledger.available_sun(merchant) == before + 25_000_001
    assert set(Payment.objects.values_list("status", "merchant")) == {("credited", merchant.pk)}
    whole()


def test_usdt_at_a_top_up_address_waits_for_a_person(reader: Reader, merchant: Merchant) -> None:
    merchants.set_top_up_address(merchant, OTHER_ADDRESS, user=None, now=NOW)
    before = ledger.available_sun(merchant)
    reader.chain.add(paid(1, OTHER_ADDRESS, AMOUNT))
    reader.read()
    assert (Payment.objects.get().status, ledger.available_sun(merchant)) == ("unmatched", before)
    whole()


# --- time, expiry and backfill -----------------------------------------------------------------------------------


def test_trap_9_expiry_goes_by_the_chain_and_not_by_the_clock(
    reader: Reader, deposit: OwnPlace, merchant: Merchant
) -> None:
    order = deposit()
    reader.chain.grow(602)  # the last block is exactly at the end of the window
    assert reader.chain.time_of(reader.chain.head) == order.window_end
    reader.read()
    assert status(order) == OrderStatus.WAITING
    reader.chain.add()
    reader.read()
    expired = fresh(order)
    assert expired.status == OrderStatus.FAILED
    assert "expired" in expired.reason
    assert ledger.held_sun(merchant) == 0
    assert Callback.objects.count() == 0
    whole()


def test_without_a_cursor_nothing_expires(chain: Chain, deposit: OwnPlace) -> None:
    order = deposit()
    reader = Reader(chain)
    assert watching.expire(reader.holder, leadership.cursor(), now=NOW + timedelta(days=9)) == 0
    chain.grow(3000)
    reader.start().read()
    assert status(order) == OrderStatus.WAITING, "no block was matched against it: it is not even admitted"
    chain.add()
    reader.read(backfills=False)
    assert status(order) == OrderStatus.WAITING, "its window has not been read"
    reader.read()
    assert status(order) == OrderStatus.FAILED
    whole()


def test_a_start_in_the_past_is_read_again_before_anything_expires(reader: Reader, monitor: OwnPlace) -> None:
    reader.chain.grow(10)
    number = reader.chain.add(paid(1, ADDRESS, AMOUNT))
    reader.chain.grow(2000)
    reader.read()
    assert Payment.objects.count() == 0, "nobody waited there"
    late = NOW + timedelta(minutes=90)
    order = monitor(window_end=NOW + timedelta(hours=1), now=late)
    reader.chain.add()
    reader.read(backfills=False)
    backfill = Backfill.objects.get(order=order)
    assert backfill.first_number <= 1002 <= number <= backfill.last_number == reader.chain.head - 1
    assert status(order) == OrderStatus.WAITING
    assert reader.read() == 1
    assert status(order) == OrderStatus.SUCCEEDED
    whole()


def test_an_order_that_a_placement_committed_behind_the_cursor_is_admitted_and_read_again(
    reader: Reader, monitor: OwnPlace
) -> None:
    """A slow placement: its window begins now, but blocks of it were processed before its commit was seen."""
    reader.chain.grow(3)
    reader.chain.add(paid(1, ADDRESS, AMOUNT))
    reader.read()
    order = monitor()  # from NOW, which the cursor has passed
    assert fresh(order).watched_from is None
    number = reader.chain.add()
    reader.read()
    assert fresh(order).watched_from == number
    assert status(order) == OrderStatus.SUCCEEDED
    whole()


def test_an_order_placed_ahead_of_the_cursor_needs_no_backfill(reader: Reader, deposit: OwnPlace) -> None:
    order = deposit()
    reader.chain.add()
    reader.read()
    assert fresh(order).watched_from == reader.chain.head
    assert Backfill.objects.count() == 0


def test_a_payment_of_the_queue_settles_an_order_placed_for_it_since(
    reader: Reader, deposit: OwnPlace, merchant: Merchant
) -> None:
    deposit(amount_micro=5)
    reader.chain.grow(3)
    reader.chain.add(paid(1, ADDRESS, AMOUNT))
    reader.read()
    assert Payment.objects.get().status == "unmatched"
    order = deposit()
    reader.chain.add()
    assert reader.read() == 0
    assert (Payment.objects.get().order, status(order)) == (order, OrderStatus.SUCCEEDED)
    assert balance(merchant) == AMOUNT
    assert ledger.balance_of(ledger.house(AccountKind.SUSPENSE, Asset.USDT)) == 0
    whole()


def test_a_backfill_skips_what_held_no_usdt_and_a_rescan_nothing(reader: Reader, monitor: OwnPlace) -> None:
    reader.chain.grow(4)
    number = reader.chain.add(paid(1, OTHER_ADDRESS, 5))
    reader.chain.grow(4)
    reader.read()
    order = monitor()
    reader.chain.add()
    reader.read(backfills=False)
    numbers = [each.number for each in backfilling.wanted(Backfill.objects.get(order=order), size=9)[0]]
    assert numbers == [number]
    rescan = backfilling.rescan(1001, 1005, reason="", now=NOW)
    assert [each.number for each in backfilling.wanted(rescan, size=9)[0]] == [1001, 1002, 1003, 1004, 1005]
    assert backfilling.wanted(rescan, size=2)[1] == 1003


@pytest.mark.parametrize(("first", "last"), [(0, 5), (9, 8), (1, 99_999), (1, 40_000)])
def test_a_range_that_is_none_is_refused(reader: Reader, first: int, last: int) -> None:
    with pytest.raises(backfilling.NotScannable):
        backfilling.rescan(first, last, reason="", now=NOW)


def test_blocks_are_never_reckoned_later_than_they_are() -> None:
    assert watching.first_block_since(1000, NOW, NOW) == 1000
    assert watching.first_block_since(1000, NOW, NOW - timedelta(seconds=3)) == 999
    assert watching.first_block_since(1000, NOW, NOW - timedelta(seconds=4)) == 998
    assert watching.first_block_since(10, NOW, NOW - timedelta(days=1)) == 1


# --- the cursor --------------------------------------------------------------------------------------------------


def test_blocks_are_kept_and_follow_each_other(reader: Reader) -> None:
    reader.chain.add(paid(1, OTHER_ADDRESS, 5))
    reader.chain.grow(2)
    reader.read()
    rows = list(
        ScannedBlock.objects.order_by("number").values_list("number", "transactions", "usdt_transfers")
    )
    assert rows == [(1001, 1, 1), (1002, 0, 0), (1003, 0, 0)]
    whole()


def test_a_block_that_concerns_nobody_is_kept_like_any_other(reader: Reader, deposit: OwnPlace) -> None:
    """On PostgreSQL it is one statement; one that concerns an order is not passed that way."""
    deposit()
    assert pass_one(reader) > 1, "it admits the order"
    statements = pass_one(reader, paid(1, OTHER_ADDRESS, 5), trx(2, CUSTOMER, 7))
    assert (statements == 1) is (connection.vendor == "postgresql")
    assert pass_one(reader, paid(3, ADDRESS, 5)) > 1
    assert Payment.objects.count() == 1
    fields = ("number", "block_id", "parent_id", "transactions", "usdt_transfers", "undecodable", "block_at")
    headers = {number: block["block_header"]["raw_data"] for number, block in reader.chain.blocks.items()}
    assert list(ScannedBlock.objects.order_by("number").values_list(*fields)) == [
        (
            number,
            block_id(number),
            headers[number]["parentHash"],
            count,
            usdt,
            [],
            reader.chain.time_of(number),
        )
        for number, count, usdt in [(1001, 0, 0), (1002, 2, 1), (1003, 1, 1)]
    ]
    whole()


def pass_one(reader: Reader, *transactions: tuple[Json, Json]) -> int:
    """One more block; how many statements it took. What was wrong is wrong no more."""
    ChainCursor.objects.update(problem="no node answers", problem_since=NOW)
    number, cursor = reader.chain.add(*transactions), reader.cursor
    with CaptureQueriesContext(connection) as queries:
        watching.commit_block(reader.holder, cursor, reader.block(number), now=NOW)
    for row in (cursor, reader.cursor):
        assert (row.number, row.block_id, row.block_at) == (
            number,
            block_id(number),
            reader.chain.time_of(number),
        )
        assert (row.moved_at, row.problem, row.problem_since) == (NOW, "", None)
    assert reader.cursor.beat == cursor.beat + 1
    return len(queries)


def test_trap_5_the_cursor_never_jumps_repeats_or_goes_back(reader: Reader) -> None:
    reader.chain.grow(3)
    cursor = reader.cursor
    with pytest.raises(WrongChain):
        watching.commit_block(reader.holder, cursor, reader.block(1002), now=NOW)
    watching.commit_block(reader.holder, cursor, reader.block(1001), now=NOW)
    with pytest.raises(WrongChain):
        watching.commit_block(reader.holder, cursor, reader.block(1001), now=NOW)
    assert (reader.cursor.number, ScannedBlock.objects.count()) == (1001, 1)


@pytest.mark.parametrize("change", [{"parentHash": "ab" * 32}, {"timestamp": 0}])
def test_a_block_of_another_chain_or_clock_stops_everything(reader: Reader, change: Json) -> None:
    reader.chain.add()
    reader.chain.blocks[1001]["block_header"]["raw_data"] |= change
    with pytest.raises(WrongChain):
        reader.read()
    assert reader.cursor.number == 1000


def test_a_stale_cursor_or_holder_writes_nothing(reader: Reader, deposit: OwnPlace) -> None:
    order = deposit()
    reader.chain.grow(2)
    reader.chain.add(paid(1, ADDRESS, AMOUNT))
    stale = reader.cursor
    reader.read()
    paid_once = Payment.objects.count()
    for holder, cursor in ((reader.holder, stale), ("another", reader.cursor)):
        number = (cursor.number or 0) + 1
        block = reader.block(number) if number <= reader.chain.head else None
        if block is None:
            reader.chain.add(paid(2, ADDRESS, AMOUNT))
            block = reader.block(number)
        with pytest.raises(LeaseLost):
            watching.commit_block(holder, cursor, block, now=NOW)
    assert (Payment.objects.count(), status(order)) == (paid_once, OrderStatus.SUCCEEDED)


def test_a_failure_within_a_block_takes_all_of_it_back(
    reader: Reader, deposit: OwnPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = deposit()
    reader.chain.grow(2)
    reader.chain.add(paid(1, ADDRESS, AMOUNT))

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(watching, "_keep", fail)
    with pytest.raises(RuntimeError):
        reader.read()
    assert (reader.cursor.number, Payment.objects.count(), status(order)) == (1000, 0, OrderStatus.WAITING)
    monkeypatch.undo()
    reader.read()
    assert status(order) == OrderStatus.SUCCEEDED


# --- our node or an upstream -------------------------------------------------------------------------------------


def test_what_an_upstream_watches_is_left_to_it(
    reader: Reader, place: Place, send: Send, wallet: Wallet
) -> None:
    order = place(kind=Kind.MONITOR, watcher="upstream")
    reader.chain.grow(2)
    number = reader.chain.add(paid(1, ADDRESS, AMOUNT))
    reader.read()
    assert (Payment.objects.count(), status(order)) == (0, OrderStatus.NEW)
    told = InboundPayment(
        address=ADDRESS, amount_micro=AMOUNT, txid=reader.chain.infos[number][0]["id"], paid_at=NOW
    )
    settlement.receive(send(order).pk, told, now=NOW)
    backfilling.rescan(number, number, reason="", now=NOW)
    reader.read()
    assert (Payment.objects.count(), status(order)) == (1, OrderStatus.SUCCEEDED)
    whole()


def test_late_money_is_seen_for_a_while_and_not_for_ever(reader: Reader, monitor: OwnPlace) -> None:
    order = monitor()
    row = WatchedAddress.objects.get(address=ADDRESS)
    assert (row.since, row.until) == (NOW, NOW + timedelta(days=30, hours=1))
    monitor(amount_micro=5, window_start=NOW - timedelta(hours=3))
    monitor(amount_micro=6, window_end=NOW + timedelta(days=20))
    row.refresh_from_db()
    assert (row.since, row.until) == (NOW - timedelta(hours=3), NOW + timedelta(days=50))
    assert order.is_watched_by_us
