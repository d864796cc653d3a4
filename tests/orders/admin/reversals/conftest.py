"""A payment that a person has attached to an order, a cent short."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from orders.models import Callback, CallbackFormat, Custody, Merchant, Order, Payment, TariffRate
from orders.services import attaching, rotation, wallets
from providers.base import Kind
from tests.chain import Chain, paid
from tests.orders.conftest import ADDRESS, NOW, Place
from tests.reader import NODE, Reader

AMOUNT, PRICE = 20_000_000, 500_000


@pytest.fixture
def reader(db: None, settings: Settings) -> Reader:
    settings.TRON_NODES = [NODE]
    return Reader(Chain(start=NOW - timedelta(seconds=6))).start()


@pytest.fixture
def order(reader: Reader, merchant: Merchant, place: Place) -> Order:
    """Waits for 20 USDT in a wallet that we hold, for a fee; its merchant is called back."""
    TariffRate.objects.update_or_create(
        dialect="crossingpay", part="payment", merchant=None, defaults={"price_sun": PRICE}
    )
    wallets.add_wallet(merchant, address=ADDRESS, label="", custody=Custody.OURS, now=NOW)
    return place(
        kind=Kind.DEPOSIT,
        amount_micro=AMOUNT,
        window_start=NOW,
        window_end=NOW + timedelta(minutes=30),
        credential=rotation.issue(merchant, "crossingpay", now=NOW).credential,
        callback_url="https://m.example/cb",
        callback_format=CallbackFormat.V2A,
    )


@pytest.fixture
def short(reader: Reader, order: Order) -> Payment:
    """0.01 USDT less than `order` waits for."""
    reader.chain.grow(2)
    reader.chain.add(paid("short", ADDRESS, AMOUNT - 10_000))
    reader.read()
    return Payment.objects.get()


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("first")


@pytest.fixture
def attached(short: Payment, order: Order, user: User) -> Payment:
    attaching.attach(short, order, reason="the bank took a cent", user=user, now=NOW)
    return reread(short)


def reread(payment: Payment) -> Payment:
    return Payment.objects.select_related("order").get(pk=payment.pk)


def url(payment: Payment, act: str = "reverse") -> str:
    return f"/admin/orders/payment/{payment.pk}/{act}/"


def told(event: str) -> list[tuple[str, int]]:
    return list(Callback.objects.filter(event=event).order_by("pk").values_list("status", "occurrence"))


def delivered() -> None:
    """What was due has arrived."""
    Callback.objects.filter(status="pending").update(
        status="delivered", attempts=1, next_attempt_at=None, claimable_at=None, delivered_at=NOW
    )
