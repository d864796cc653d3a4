"""Each way a provider call can end, over a real loopback upstream, one step at a time with the clock in hand."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django_q.models import OrmQ

from orders.models import Attempt, Merchant, Order
from orders.services import fulfilment, invariants, ledger
from orders.states import AttemptStatus, OrderStatus
from providers.base import Kind
from providers.models import Health, ProviderAccount, ProviderCall
from tests.orders.conftest import ADDRESS, NOW, TXID, MakeAccount, Place
from tests.upstream import Upstream, serve


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serve() as server:
        yield server


@pytest.fixture
def spare() -> Iterator[Upstream]:
    with serve() as server:
        yield server


@pytest.fixture
def account(make_account: MakeAccount, upstream: Upstream) -> ProviderAccount:
    return at(make_account("tronzap", label="first", priority=1), upstream)


@pytest.fixture
def second(make_account: MakeAccount, spare: Upstream) -> ProviderAccount:
    return at(make_account("tronzap", label="second", priority=2), spare)


def at(account: ProviderAccount, upstream: Upstream) -> ProviderAccount:
    account.base_url = upstream.url
    account.save(update_fields=["base_url"])
    return account


def told(**fields: object) -> bytes:
    """TronZap's answer about a transaction, as far as it matters here."""
    result = {
        "id": "01k33rz57drtqgqcedyn9tvk04",
        "params": {"address": ADDRESS, "amounts": {"energy": 65000}, "duration": 1},
        "status": "new",
        "amount": 3.4,
    }
    return json.dumps({"code": 0, "result": result | fields}).encode()


def error(code: int) -> bytes:
    return json.dumps({"code": code, "key": "k", "request_id": "r", "error": "no"}).encode()


def step(order: Order, seconds: float = 0) -> Order:
    fulfilment.advance(order.pk, clock=lambda: NOW + timedelta(seconds=seconds))
    return Order.objects.get(pk=order.pk)


def test_accepted_polled_and_done(
    place: Place, account: ProviderAccount, upstream: Upstream, merchant: Merchant
) -> None:
    order = place()
    upstream.answer(told())
    order = step(order)
    assert order.status == OrderStatus.ACCEPTED
    sent = json.loads(upstream.received[0].body)
    assert sent["external_id"] == Attempt.objects.get().request_id
    upstream.answer(told(status="success", hash=TXID))
    order = step(order, 5)
    assert order.status == OrderStatus.SUCCEEDED
    assert Attempt.objects.get().txid == TXID
    assert ledger.available_sun(merchant) == 1_000_000_000 - 6_500_000
    assert ledger.balance_of(ledger.provider_ledger(account)) == 3_400_000
    assert [call.purpose for call in ProviderCall.objects.order_by("id")] != []
    assert invariants.broken(now=NOW) == []


@pytest.mark.parametrize("code", [2, 6, 13, 35])
def test_a_definite_no_moves_on_to_the_next_account(
    place: Place,
    account: ProviderAccount,
    second: ProviderAccount,
    upstream: Upstream,
    spare: Upstream,
    code: int,
) -> None:
    order = place()
    upstream.answer(error(code))
    assert step(order).status == OrderStatus.NEW
    spare.answer(told())
    assert step(order).status == OrderStatus.ACCEPTED
    statuses = list(Attempt.objects.order_by("id").values_list("account__label", "status"))
    assert statuses == [("first", "refused"), ("second", "accepted")]


def test_when_everybody_refuses_it_fails_and_releases(
    place: Place, account: ProviderAccount, upstream: Upstream, merchant: Merchant
) -> None:
    order = place()
    upstream.answer(error(2))
    step(order)
    order = step(order)
    assert (order.status, order.reason) == (OrderStatus.FAILED, "no provider account can take it")
    assert ledger.available_sun(merchant) == 1_000_000_000
    assert invariants.broken(now=NOW) == []


def test_a_chosen_account_is_the_only_one(
    place: Place, account: ProviderAccount, second: ProviderAccount, upstream: Upstream
) -> None:
    order = place(account_choice=account)
    upstream.answer(error(2))
    step(order)
    assert step(order).status == OrderStatus.FAILED


def test_a_bad_key_sets_the_account_aside(
    place: Place,
    account: ProviderAccount,
    second: ProviderAccount,
    upstream: Upstream,
    spare: Upstream,
) -> None:
    order = place()
    upstream.answer(error(1))
    step(order)
    account.refresh_from_db()
    assert account.health == Health.MISCONFIGURED
    assert order.events.get(is_alarm=True).text.startswith("first is misconfigured and set aside")
    spare.answer(told())
    assert step(order).status == OrderStatus.ACCEPTED


def test_the_words_of_a_refusal_raise_no_alarm(
    place: Place, make_account: MakeAccount, upstream: Upstream
) -> None:
    at(make_account("tronzap", label="once misconfigured"), upstream)
    order = place()
    upstream.answer(error(2))
    step(order)
    assert order.events.filter(text__startswith="once misconfigured refused").exists()
    assert not order.events.filter(is_alarm=True).exists()


def test_nothing_sent_waits_and_tries_again(
    place: Place, make_account: MakeAccount, upstream: Upstream
) -> None:
    account = make_account("tronzap")  # nobody listens at its port
    order = step(place())
    assert order.status == OrderStatus.NEW
    assert order.next_action_at is not None
    assert order.next_action_at > NOW
    assert Attempt.objects.get().status == AttemptStatus.UNAVAILABLE
    at(account, upstream)
    upstream.answer(told())
    assert step(order, 5).status == OrderStatus.ACCEPTED


def test_never_sent_before_the_deadline_fails(place: Place, make_account: MakeAccount) -> None:
    make_account("tronzap")
    order = place()
    step(order)
    assert step(order, 3600).status == OrderStatus.FAILED
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize("fault", ["cut", "html", "code500", "empty"])
def test_a_lost_answer_is_looked_up_and_found(
    place: Place, account: ProviderAccount, second: ProviderAccount, upstream: Upstream, fault: str
) -> None:
    order = place()
    lose(upstream, fault)
    order = step(order)
    assert order.status == OrderStatus.UNKNOWN
    upstream.answer(told(status="pending"))
    assert step(order, 5).status == OrderStatus.ACCEPTED
    assert upstream.received[-1].path == "/v1/transaction/check"
    assert Attempt.objects.count() == 1


def lose(upstream: Upstream, fault: str) -> None:
    match fault:
        case "cut":
            upstream.cut()
        case "html":
            upstream.answer(b"<html>oops</html>", 500)
        case "code500":
            upstream.answer(error(500))
        case "empty":
            upstream.answer(b"")


def test_never_arrived_takes_two_not_founds_past_the_grace(
    place: Place,
    account: ProviderAccount,
    second: ProviderAccount,
    upstream: Upstream,
    spare: Upstream,
    merchant: Merchant,
) -> None:
    order = place()
    upstream.cut()
    step(order)
    for seconds in (5, 299, 301):  # two within the grace count for nothing, one past it is not enough
        upstream.answer(error(20))
        assert step(order, seconds).status == OrderStatus.UNKNOWN
    assert ledger.held_sun(merchant) == 6_500_000
    upstream.answer(error(20))
    assert step(order, 306).status == OrderStatus.NEW
    spare.answer(told())
    assert step(order, 307).status == OrderStatus.ACCEPTED
    ids = set(Attempt.objects.values_list("request_id", flat=True))
    assert len(ids) == 2
    assert invariants.broken(now=NOW) == []


@pytest.mark.parametrize("answer", [b"<html>", error(35), error(1)])
def test_any_other_answer_to_a_look_up_leaves_it_unknown(
    place: Place, account: ProviderAccount, upstream: Upstream, answer: bytes
) -> None:
    order = place()
    upstream.cut()
    step(order)
    for seconds in (301, 306, 311):
        upstream.answer(answer)
        assert step(order, seconds).status == OrderStatus.UNKNOWN


def test_past_the_deadline_a_person_is_called_and_late_news_still_counts(
    place: Place, account: ProviderAccount, upstream: Upstream, merchant: Merchant
) -> None:
    order = place()
    upstream.answer(told())
    step(order)
    upstream.answer(told(status="pending"))
    order = step(order, 3600)
    assert order.status == OrderStatus.ATTENTION
    assert ledger.held_sun(merchant) == 6_500_000
    upstream.answer(told(status="success", hash=TXID))
    assert step(order, 4000).status == OrderStatus.SUCCEEDED


def test_accepted_and_then_not_found_stays_open(
    place: Place, account: ProviderAccount, upstream: Upstream
) -> None:
    order = place()
    upstream.answer(told())
    step(order)
    for seconds in (301, 306, 311):
        upstream.answer(error(20))
        assert step(order, seconds).status == OrderStatus.ACCEPTED


def test_found_but_for_another_address_is_not_ours(
    place: Place, account: ProviderAccount, upstream: Upstream
) -> None:
    order = place()
    upstream.cut()
    step(order)
    other = {"address": "TNfdtE7p8pEfTTbfRb88gikf2tt5ENc86b", "amounts": {"energy": 65000}, "duration": 1}
    upstream.answer(told(params=other))
    order = step(order, 5)
    assert order.status == OrderStatus.ATTENTION
    assert "TNfdtE7p8pEfTTbfRb88gikf2tt5ENc86b" in order.reason


def test_a_crash_while_sending_is_looked_up_never_sent_again(
    place: Place, account: ProviderAccount, upstream: Upstream
) -> None:
    order = place()
    fulfilment._begin(order.pk, now=NOW)  # and the process died here
    assert step(order, 5).status == OrderStatus.SENDING  # it may still be on the wire
    assert step(order, fulfilment.send_seconds()).status == OrderStatus.UNKNOWN
    upstream.answer(told(status="pending"))
    assert step(order, 60).status == OrderStatus.ACCEPTED
    assert [received.path for received in upstream.received] == ["/v1/transaction/check"]


def test_a_payment_order_without_query_is_repeated_identically_then_a_person_is_called(
    place: Place, make_account: MakeAccount, upstream: Upstream
) -> None:
    at(make_account("crossingpay"), upstream)
    order = place(kind=Kind.MONITOR)
    for seconds in (0, 5, 10):
        upstream.cut()
        assert step(order, seconds).status == OrderStatus.UNKNOWN
    assert step(order, 15).status == OrderStatus.ATTENTION
    bodies = [received.body for received in upstream.received]
    assert len(bodies) == 3
    assert len(set(bodies)) == 1


def test_the_sweep_enqueues_each_due_row_once(place: Place) -> None:
    place()
    OrmQ.objects.all().delete()
    assert fulfilment.enqueue_due(now=NOW) == 0
    late = NOW + timedelta(seconds=31)
    assert fulfilment.enqueue_due(now=late) == 1
    assert fulfilment.enqueue_due(now=late) == 0
    assert OrmQ.objects.count() == 1


def test_no_provider_is_called_inside_a_transaction(
    place: Place, account: ProviderAccount, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test itself runs in one transaction, so depth is counted from here."""
    from providers.tronzap.client import TronZapClient

    depths: list[int] = []
    original = TronZapClient.purchase

    def watched(self: TronZapClient, request: object) -> object:
        depths.append(len(transaction.get_connection().savepoint_ids))
        return original(self, request)  # type: ignore[arg-type]

    monkeypatch.setattr(TronZapClient, "purchase", watched)
    outside = len(transaction.get_connection().savepoint_ids)
    upstream.answer(told())
    step(place())
    assert depths == [outside]
