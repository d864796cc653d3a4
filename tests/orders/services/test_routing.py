from datetime import datetime, timedelta

import pytest

from orders.models import Order
from orders.services import routing
from orders.services.routing import COOL_DOWN
from providers.base import Kind
from providers.models import Health, ProviderAccount
from tests.orders.conftest import MakeAccount, Place


def labels(order: Order, now: datetime) -> list[str]:
    return [account.label for account in routing.candidates(order, now=now)]


def tried(order: Order, account: ProviderAccount, status: str, now: datetime) -> None:
    order.attempts.create(account=account, status=status, sent_at=now)


def update(account: ProviderAccount, **fields: object) -> None:
    ProviderAccount.objects.filter(pk=account.pk).update(**fields)


def test_priority_decides_then_age(place: Place, make_account: MakeAccount, now: datetime) -> None:
    for label, priority in (("b", 5), ("a", 9), ("c", 5)):
        make_account(label=label, priority=priority)
    assert labels(place(), now) == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("kind", "fields", "takers"),
    [
        (Kind.COLLECT, {}, {"itrx", "tronzap"}),
        (Kind.ENERGY, {}, {"itrx", "tronzap"}),
        (Kind.BANDWIDTH, {"bandwidth": 1_000, "duration_hours": 1}, {"tronzap"}),
        (Kind.BUNDLE, {"bandwidth": 345}, {"tronzap"}),
        (Kind.ACTIVATION, {}, {"tronzap"}),
        (Kind.MONITOR, {}, {"crossingpay"}),
        (Kind.DEPOSIT, {}, {"crossingpay"}),
    ],
)
def test_only_accounts_that_sell_the_kind(
    kind: Kind,
    fields: dict[str, object],
    takers: set[str],
    place: Place,
    make_account: MakeAccount,
    now: datetime,
) -> None:
    for each in ("itrx", "tronzap", "crossingpay"):
        make_account(each, label=each)
    make_account("tronzap", label="off", enabled=False)
    assert set(labels(place(kind=kind, **fields), now)) == takers
    assert {account.label for account in routing.supporting(kind)} == takers


def test_a_misconfigured_account_gets_nothing(place: Place, make_account: MakeAccount, now: datetime) -> None:
    update(make_account(label="broken"), health=Health.MISCONFIGURED)
    assert labels(place(), now) == []


def test_a_failing_one_comes_last_while_it_cools_down(
    place: Place, make_account: MakeAccount, now: datetime
) -> None:
    failing = make_account(label="failing", priority=1)
    make_account(label="working", priority=9)
    update(failing, health=Health.FAILING, health_at=now)
    order = place()
    assert labels(order, now + COOL_DOWN - timedelta(seconds=1)) == ["working", "failing"]
    assert labels(order, now + COOL_DOWN) == ["failing", "working"]


def test_one_with_too_little_money_comes_last(place: Place, make_account: MakeAccount, now: datetime) -> None:
    order = place()
    for label, balance_sun in (("short", order.price_sun - 1), ("enough", order.price_sun), ("untold", None)):
        update(make_account(label=label), balance_sun=balance_sun)
    assert labels(order, now) == ["enough", "untold", "short"]


@pytest.mark.parametrize("status", ["refused", "failed", "refunded"])
def test_a_definite_no_is_not_asked_again(
    status: str, place: Place, make_account: MakeAccount, now: datetime
) -> None:
    order, first = place(), make_account(label="first", priority=1)
    make_account(label="second")
    tried(order, first, status, now)
    assert labels(order, now) == ["second"]
    assert labels(place(), now) == ["first", "second"], "another order is"


@pytest.mark.parametrize("status", ["unavailable", "never_arrived"])
def test_one_that_was_not_reached_is_asked_after_the_others(
    status: str, place: Place, make_account: MakeAccount, now: datetime
) -> None:
    order, first, second = place(), make_account(label="first", priority=1), make_account(label="second")
    tried(order, first, status, now)
    assert labels(order, now) == ["second", "first"]
    tried(order, second, status, now)
    assert labels(order, now) == ["first", "second"]


def test_a_chosen_account_is_the_only_one(place: Place, make_account: MakeAccount, now: datetime) -> None:
    chosen = make_account(label="chosen")
    make_account(label="other")
    order = place(account_choice=chosen)
    assert labels(order, now) == ["chosen"]
    tried(order, chosen, "refused", now)
    assert labels(order, now) == []
    assert labels(place(account_choice=chosen), now) == ["chosen"]
    update(chosen, enabled=False)
    assert labels(place(account_choice=chosen), now) == []
