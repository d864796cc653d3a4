"""PyPI tronzap-sdk: each of its methods, unmodified, against real processes."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from tronzap_sdk import ApiException, Client, ErrorCode, InvalidRequestException

from orders.models import ApiCredential, Merchant, Order
from providers.base import KeyPair
from providers.sandbox.outcomes import ADDRESSES, INACTIVE, NO_USDT, Outcome
from tests.flows.stack import Stack
from tests.flows.upstreams import Upstreams
from tests.waiting import wait_until

ACTIVE = ADDRESSES[Outcome.SUCCESS]
FAILING = ADDRESSES[Outcome.FAILED]
OFFERED: dict[str, Callable[[Client], Any]] = {
    "get_services": lambda c: c.get_services(),
    "get_balance": lambda c: c.get_balance(),
    "get_address_info": lambda c: c.get_address_info(ACTIVE),
    "estimate_energy": lambda c: c.estimate_energy(ACTIVE, NO_USDT),
    "calculate": lambda c: c.calculate(ACTIVE, 65_000),
    "create_energy_transaction": lambda c: c.create_energy_transaction(ACTIVE, 65_000),
    "create_bandwidth_transaction": lambda c: c.create_bandwidth_transaction(ACTIVE, 345),
    "create_resource_bundle_transaction": lambda c: c.create_resource_bundle_transaction(ACTIVE, 65_000, 345),
    "create_address_activation_transaction": lambda c: c.create_address_activation_transaction(INACTIVE),
    "check_transaction": lambda c: c.check_transaction(id=c.create_bandwidth_transaction(ACTIVE, 345)["id"]),
}
NOT_OFFERED: dict[str, Callable[[Client], Any]] = {
    "get_direct_recharge_info": lambda c: c.get_direct_recharge_info(),
    "get_aml_services": lambda c: c.get_aml_services(),
    "create_aml_check": lambda c: c.create_aml_check("address", "TRX", ACTIVE),
    "check_aml_status": lambda c: c.check_aml_status("01k834"),
    "get_aml_history": lambda c: c.get_aml_history(),
    "get_subscriptions": lambda c: c.get_subscriptions(),
    "start_subscription": lambda c: c.start_subscription("unlimited_energy", ACTIVE),
    "check_subscription": lambda c: c.check_subscription(id="01k834"),
    "stop_subscription": lambda c: c.stop_subscription(external_id="s-1"),
    "get_subscription_history": lambda c: c.get_subscription_history(),
}


@pytest.fixture
def client(stack: Stack, pair: KeyPair) -> Client:
    return Client(pair.key, pair.secret, base_url=stack.web_url + "/", timeout=60)


def ended(client: Client, **number: str) -> dict[str, Any]:
    """By the client's own status call."""

    def final() -> dict[str, Any]:
        found = client.check_transaction(**number)
        return found if found["status"] in {"success", "failed"} else {}

    return wait_until(final)


def test_each_method_of_the_client_is_tried_here() -> None:
    methods = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_")}
    assert methods == OFFERED.keys() | NOT_OFFERED.keys()


@pytest.mark.parametrize("name", OFFERED)
def test_what_is_offered(client: Client, name: str) -> None:
    assert OFFERED[name](client)


@pytest.mark.parametrize("name", NOT_OFFERED)
def test_what_is_not_offered_raises_the_documented_exception(client: Client, name: str) -> None:
    with pytest.raises(ApiException) as raised:
        NOT_OFFERED[name](client)
    error = raised.value
    assert (error.code, error.error_key, error.status_code) == (35, "service_unavailable", 200)
    assert error.request_id


@pytest.mark.parametrize(
    ("buy", "amount"),
    [
        pytest.param(lambda c, x: c.create_energy_transaction(ACTIVE, 65_000, 1, x), 3.4, id="energy"),
        pytest.param(lambda c, x: c.create_energy_transaction(ACTIVE, 65_000, 1, x, True), 3.4, id="flag"),
        pytest.param(
            lambda c, x: c.create_energy_transaction(INACTIVE, 65_000, 1, x, True), 4.8, id="energy, inactive"
        ),
        pytest.param(lambda c, x: c.create_bandwidth_transaction(ACTIVE, 345, x), 0.345, id="bandwidth"),
        pytest.param(
            lambda c, x: c.create_resource_bundle_transaction(ACTIVE, 65_000, 345, 1, x), 3.745, id="bundle"
        ),
        pytest.param(lambda c, x: c.create_address_activation_transaction(INACTIVE, x), 1.4, id="activation"),
    ],
)
def test_a_whole_order(
    client: Client,
    upstreams: Upstreams,
    merchant: Merchant,
    buy: Callable[[Client, str], dict[str, Any]],
    amount: float,
) -> None:
    placed = buy(client, "заказ-1")
    assert (placed["status"], placed["amount"], placed["external_id"]) == ("new", amount, "заказ-1")
    done = ended(client, id=placed["id"])
    assert (done["status"], len(done["hash"])) == ("success", 64)
    assert client.check_transaction(external_id="заказ-1") == done
    assert done | {"status": "new", "hash": None} == placed
    assert float(client.get_balance()["balance"]) == pytest.approx(200 - amount, abs=1e-9)
    order = Order.objects.get(merchant=merchant)
    request_id = order.attempts.get().request_id
    bought = [each for each in upstreams.purchases() if each.request_id == request_id]
    assert [each.txid for each in bought] == [done["hash"]]


def test_a_failed_order_costs_nothing(client: Client) -> None:
    placed = client.create_energy_transaction(FAILING, 65_000, external_id="f-1")
    done = ended(client, external_id="f-1")
    assert (done["id"], done["status"], done["hash"]) == (placed["id"], "failed", None)
    assert client.get_balance() == {"balance": 200, "address": ""}


def test_what_is_quoted_is_charged(client: Client) -> None:
    for address in (ACTIVE, INACTIVE):
        quote = client.calculate(address, 65_000)
        placed = client.create_energy_transaction(address, 65_000, activate_address=True)
        assert placed["amount"] == quote["total"]
        estimate = client.estimate_energy(address, ACTIVE)
        assert estimate["total"] == quote["total"]


REFUSED: dict[str, tuple[Callable[[Client], Any], int, str]] = {
    "address": (
        lambda c: c.create_energy_transaction("TAddress", 65_000),
        ErrorCode.INVALID_TRON_ADDRESS,
        "invalid_tron_address",
    ),
    "sender": (
        lambda c: c.estimate_energy("TAddress", ACTIVE),
        ErrorCode.INVALID_TRON_ADDRESS,
        "invalid_tron_address.from_address",
    ),
    "energy": (
        lambda c: c.create_energy_transaction(ACTIVE, 1),
        ErrorCode.INVALID_ENERGY_AMOUNT,
        "invalid_energy_amount.energy_amount",
    ),
    "bandwidth": (
        lambda c: c.create_bandwidth_transaction(ACTIVE, 1),
        ErrorCode.INVALID_BANDWIDTH_AMOUNT,
        "invalid_bandwidth_amount",
    ),
    "duration": (
        lambda c: c.create_energy_transaction(ACTIVE, 65_000, 24),
        ErrorCode.INVALID_DURATION,
        "invalid_duration.duration",
    ),
    "external id": (
        lambda c: c.create_energy_transaction(ACTIVE, 65_000, external_id="x" * 256),
        ErrorCode.INVALID_SERVICE_OR_PARAMS,
        "invalid_service_or_params.external_id",
    ),
    "active": (
        lambda c: c.create_address_activation_transaction(ACTIVE),
        ErrorCode.ADDRESS_ALREADY_ACTIVATED,
        "address_already_activated",
    ),
    "unknown": (
        lambda c: c.check_transaction(id="unknown"),
        ErrorCode.TRANSACTION_NOT_FOUND,
        "subscription_not_found.transaction",
    ),
    "funds": (
        lambda c: c.create_energy_transaction(ACTIVE, 5_000_000),  # 245.5 TRX
        ErrorCode.INSUFFICIENT_FUNDS,
        "insufficient_funds",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_carry_code_and_key(client: Client, name: str) -> None:
    attempt, code, key = REFUSED[name]
    with pytest.raises(ApiException) as raised:
        attempt(client)
    assert (raised.value.code, raised.value.error_key, raised.value.status_code) == (code, key, 200)


def test_a_wrong_secret(client: Client) -> None:
    client.api_secret = "other"
    with pytest.raises(ApiException) as raised:
        client.get_balance()
    assert (raised.value.code, raised.value.error_key, raised.value.status_code) == (1, "auth", 200)


def test_a_rate_limit(client: Client, pair: KeyPair, merchant: Merchant) -> None:
    ApiCredential.objects.filter(merchant=merchant).update(requests_per_minute=1)
    with pytest.raises(ApiException) as raised:
        [client.get_balance() for _ in range(10)]
    assert (raised.value.code, raised.value.status_code) == (429, 429)


def test_the_client_refuses_before_sending(client: Client) -> None:
    with pytest.raises(InvalidRequestException):
        client.check_transaction()
