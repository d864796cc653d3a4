from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import caches

from orders.models import ApiCredential, Attempt, Callback, Merchant, Order
from orders.services import accounts, credential_uses, ledger, merchants, placing, rotation, timeline
from orders.services.chain_facts import UNKNOWN
from orders.states import OrderStatus
from providers.base import Kind
from providers.models import ProviderAccount

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ADDRESS = "TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw"
OTHER_ADDRESS = "TNfdtE7p8pEfTTbfRb88gikf2tt5ENc86b"
TXID = "2610c200efc8a90601758715405fa6be4597469e854591975d113b720a762ec2"


@pytest.fixture(autouse=True)
def nothing_cached() -> None:
    """Ids come again in the next test."""
    caches["process"].clear()
    credential_uses.forget()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def merchant(db: None) -> Merchant:
    """With 1,000 TRX."""
    merchant = merchants.create_merchant(name="Sample merchant", time_zone="Asia/Shanghai", now=NOW)
    ledger.top_up(merchant, 1_000_000_000, note="", now=NOW)
    return merchant


@pytest.fixture
def make_account(db: None) -> Callable[..., ProviderAccount]:
    def make(kind: str = "itrx", label: str = "", **fields: object) -> ProviderAccount:
        return accounts.add_account(
            kind=kind,
            label=label or f"{kind} account",
            base_url="http://127.0.0.1:65535",
            key="key",
            secret="secret",
            now=NOW,
            **fields,  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def credential(merchant: Merchant) -> ApiCredential:
    return rotation.issue(merchant, "itrx", now=NOW).credential


@pytest.fixture
def place(merchant: Merchant) -> Callable[..., Order]:
    """An energy order of 65,000 unless told otherwise; 6.5 TRX at the default tariff."""

    def place_one(**fields: object) -> Order:
        given: dict[str, object] = {"kind": Kind.ENERGY, "address": ADDRESS, "now": NOW}
        given |= fields
        at = given.pop("now")
        if given["kind"] in {Kind.ENERGY, Kind.BUNDLE}:
            given = {"energy": 65_000, "duration_hours": 1} | given
        if given["kind"] in {Kind.MONITOR, Kind.DEPOSIT}:
            window = {"window_start": NOW, "window_end": NOW + timedelta(hours=1)}
            given = {"amount_micro": 100_290_000, "dialect": "crossingpay"} | window | given
        if given["kind"] == Kind.COLLECT:
            given = {"scene": 0} | given
        spec = placing.OrderSpec(**given)  # type: ignore[arg-type]
        order, _ = placing.place_order(merchant, spec, UNKNOWN, now=at)  # type: ignore[arg-type]
        return order

    return place_one


@pytest.fixture
def send(make_account: Callable[..., ProviderAccount]) -> Callable[..., Attempt]:
    """The order as it is while its purchase is on the wire."""

    def begin(order: Order, account: ProviderAccount | None = None) -> Attempt:
        kind = "crossingpay" if order.is_payment else "itrx"
        account = account or make_account(kind, label=f"{kind} {order.pk}")
        attempt = Attempt.objects.create(order=order, account=account, sent_at=NOW)
        timeline.move_order(order, OrderStatus.SENDING, "sending", now=NOW, next_action_at=NOW)
        return attempt

    return begin


def order_of(callback: Callback) -> Order:
    assert callback.order is not None
    return callback.order


def credential_of(callback: Callback) -> ApiCredential:
    assert callback.credential is not None
    return callback.credential


Place = Callable[..., Order]
Send = Callable[..., Attempt]
MakeAccount = Callable[..., ProviderAccount]
