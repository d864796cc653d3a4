"""Every fault an upstream can commit, over real HTTP: each order comes to its right end, is bought once, charged once
and called back, and no secret shows anywhere."""

from collections import Counter
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from orders.models import CallbackLog, Direction, Order, Payment, PaymentStatus
from orders.services import invariants, ledger
from orders.states import OrderStatus
from providers.models import Health, ProviderAccount
from providers.sandbox.outcomes import ADDRESSES, Outcome
from providers.sandbox.purchases import Purchase
from tests.flows.cases import CASES, CROSSINGPAY, FAILED, SUCCEEDED, Case
from tests.flows.customer import TOP_UP_SUN, Customer
from tests.flows.secrecy import places_with
from tests.flows.stack import Stack
from tests.flows.stories import story, wait_for_end
from tests.flows.upstreams import VERIFIED, Upstreams
from tests.waiting import wait_until

SURPLUS_MICRO = 1_000_000  # of a payment of the wrong amount
TOLD_REFUNDS = {Outcome.REFUND, Outcome.PARTIAL_REFUND}


@dataclass(frozen=True)
class Placed:
    customer: Customer
    orders: dict[Case, Order]
    accounts: dict[Case, ProviderAccount]


@pytest.fixture(scope="module")
def placed(stack: Stack, upstreams: Upstreams) -> Placed:
    """All at once, each at an account of its own, so that no outcome changes another's routing."""
    customer = Customer.create("Sample merchant of faults", upstreams)
    placed = Placed(customer, {}, {})
    for case in CASES:
        account = placed.accounts[case] = upstreams.account(
            case.dialect,
            case.name,
            outcome=case.outcome if case.once else None,
            times=1,
            has_query=case.has_query,
            is_known=case.is_known,
        )
        address = ADDRESSES[Outcome.SUCCESS if case.once else case.outcome]
        with override_settings(ORDER_DEADLINE_SECONDS=case.deadline_seconds):
            placed.orders[case] = customer.place(case.kind, address, account, window=case.window)
    return placed


@pytest.fixture
def ended(case: Case, placed: Placed, stack: Stack) -> Order:
    order = placed.orders[case]
    wait_for_end(stack, [order])
    order.refresh_from_db()
    return order


def bought_for(order: Order, upstreams: Upstreams) -> list[Purchase]:
    request_ids = set(order.attempts.values_list("request_id", flat=True))
    return [each for each in upstreams.purchases() if each.request_id in request_ids]


def transfers(order: Order) -> dict[str, int]:
    return dict(order.transfers.values_list("code", "amount"))


def due_transfers(case: Case, order: Order, bought: list[Purchase]) -> dict[str, int]:
    """The merchant's price once, the upstream's price once, less what it said it gave back."""
    end = {SUCCEEDED: "fee" if order.is_payment else "capture", FAILED: "release"}.get(case.ends, "")
    rows = {"hold": order.price_sun, end: order.price_sun}
    if case.dialect is CROSSINGPAY and case.kind == "deposit":
        rows["deposit"] = (order.amount_micro or 0) * (case.ends == SUCCEEDED)
        rows["suspense"] = ((order.amount_micro or 0) + SURPLUS_MICRO) * (
            case.outcome is Outcome.WRONG_AMOUNT
        )
    elif case.dialect is not CROSSINGPAY:
        rows["provider_cost"] = sum(each.amount for each in bought)
        rows["provider_refund"] = sum(each.returned for each in bought) * (case.outcome in TOLD_REFUNDS)
    return {code: amount for code, amount in rows.items() if code and amount}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_ends_as_it_must(case: Case, ended: Order, placed: Placed, upstreams: Upstreams) -> None:
    attempts = list(ended.attempts.all())
    assert (ended.status, tuple(each.status for each in attempts)) == (case.ends, case.attempts), story(
        ended.pk
    )
    assert case.sends in (None, attempts[-1].sends), story(ended.pk)
    bought = bought_for(ended, upstreams)
    assert [each.request_id for each in bought] == [attempts[-1].request_id] * case.is_bought
    assert transfers(ended) == due_transfers(case, ended, bought)
    placed.accounts[case].refresh_from_db()
    assert (placed.accounts[case].health == Health.MISCONFIGURED) == (not case.is_known)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_merchant_is_told_once_and_can_verify_it(
    case: Case, ended: Order, placed: Placed, upstreams: Upstreams
) -> None:
    tells = case.ends == SUCCEEDED or (case.ends == FAILED and case.dialect is not CROSSINGPAY)
    assert ended.callbacks.count() == tells
    arrived = (
        upstreams.arrived(placed.customer.inbox, naming=placed.customer.event_mark(ended)) if tells else []
    )
    assert [each.verdict for each in arrived] == [VERIFIED] * tells


@pytest.mark.parametrize(
    "case", [each for each in CASES if each.verdicts is not None], ids=lambda case: case.name
)
def test_callbacks_of_the_upstream_are_judged(case: Case, ended: Order) -> None:
    logs = CallbackLog.objects.filter(order=ended, direction=Direction.IN)
    expected = set(case.verdicts or ())
    count = 3 if case.outcome is Outcome.DUPLICATE_CALLBACK else len(expected)
    wait_until(lambda: logs.count() >= count)
    assert set(logs.values_list("verdict", flat=True)) == expected, story(ended.pk)


@pytest.mark.parametrize(
    "case", [each for each in CASES if each.outcome is Outcome.WRONG_AMOUNT], ids=lambda case: case.name
)
def test_a_payment_of_another_amount_waits_for_a_person(case: Case, ended: Order) -> None:
    payment = Payment.objects.get(hinted_order=ended)
    assert payment.status == PaymentStatus.UNMATCHED
    assert payment.amount_micro == (ended.amount_micro or 0) + SURPLUS_MICRO
    assert ended.events.filter(is_alarm=True).exists()


@pytest.fixture
def all_ended(placed: Placed, stack: Stack) -> list[Order]:
    orders = list(placed.orders.values())
    wait_for_end(stack, orders)
    return orders


def test_no_request_is_bought_twice_and_no_order_succeeds_twice(
    all_ended: list[Order], upstreams: Upstreams
) -> None:
    requests = Counter(each.request_id for each in upstreams.purchases())
    assert [request_id for request_id, count in requests.items() if count > 1] == []
    orders = Order.objects.filter(pk__in=[order.pk for order in all_ended], status=SUCCEEDED)
    assert {order.attempts.filter(status="succeeded").count() for order in orders} == {1}


def test_the_merchant_has_paid_for_what_succeeded_and_nothing_else(
    all_ended: list[Order], placed: Placed
) -> None:
    merchant = placed.customer.merchant
    rows = Order.objects.filter(pk__in=[order.pk for order in all_ended])
    paid_sun = sum(order.price_sun for order in rows if order.status == SUCCEEDED)
    held_sun = sum(order.price_sun for order in rows if order.status == OrderStatus.ATTENTION)
    assert paid_sun
    assert ledger.held_sun(merchant) == held_sun
    assert ledger.available_sun(merchant) == TOP_UP_SUN - paid_sun - held_sun


def test_the_books_and_states_hold(all_ended: list[Order]) -> None:
    assert invariants.broken(now=timezone.now()) == []


def test_no_secret_is_stored_or_written_in_clear(
    all_ended: list[Order], stack: Stack, upstreams: Upstreams
) -> None:
    secrets = [*upstreams.secrets, settings.SECRET_KEY, *settings.ENCRYPTION_KEYS, *settings.DIGEST_KEYS]
    assert places_with(secrets, stack.logs()) == set()


def test_the_search_for_secrets_finds_one(placed: Placed, stack: Stack) -> None:
    """What it must not find is what it could find."""
    serial = next(iter(placed.orders.values())).serial
    assert places_with([serial], f"… {serial} …") >= {"logs", "orders_order.serial"}
