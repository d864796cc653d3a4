"""PyPI tron-energy 0.2.1, sync and async, unmodified; its `base_url` is all that a merchant changes."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from aiohttp import ClientResponseError
from tron_energy import AsyncTronEnergy, TronEnergy

from orders.models import CallbackLog, Order
from providers.base import KeyPair
from tests.flows.stack import Stack
from tests.flows.stories import story
from tests.flows.upstreams import Upstreams
from tests.peers.itrx.conftest import bought, callback
from tests.upstream import Upstream
from tests.waiting import wait_until

ADDRESS = "TNfdtE7p8pEfTTbfRb88gikf2tt5ENc86b"
COLLECT = "/api/v1/frontend/order/collect-manual"


class Refused(Exception):
    """What either client raises, with the JSON it was told."""

    def __init__(self, told: object) -> None:
        super().__init__(told)
        self.told = told


class Sync:
    def __init__(self, base_url: str, pair: KeyPair) -> None:
        self.client = TronEnergy(api_key=pair.key, api_secret=pair.secret)
        self.client.base_url = base_url

    def __call__(self, method: str, *arguments: object, **named: object) -> Any:
        try:
            return getattr(self.client, method)(*arguments, **named)
        except requests.HTTPError as error:
            raise Refused(error.args[0]) from error


class Async:
    def __init__(self, base_url: str, pair: KeyPair) -> None:
        self.base_url, self.pair = base_url, pair

    def __call__(self, method: str, *arguments: object, **named: object) -> Any:
        return asyncio.run(self._call(method, *arguments, **named))

    async def _call(self, method: str, *arguments: object, **named: object) -> Any:
        async with AsyncTronEnergy(api_key=self.pair.key, api_secret=self.pair.secret) as client:
            client.base_url = self.base_url
            try:
                answer = getattr(client, method)(*arguments, **named)
                return await answer if asyncio.iscoroutine(answer) else answer
            except ClientResponseError as error:
                raise Refused(error.message) from error


Peer = Sync | Async


@pytest.fixture(params=[Sync, Async], ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Callable[[str, KeyPair], Peer]:
    made: Callable[[str, KeyPair], Peer] = request.param
    return made


@pytest.fixture
def peer(kind: Callable[[str, KeyPair], Peer], stack: Stack, pair: KeyPair) -> Peer:
    return kind(f"{stack.web_url}/", pair)


def completed(peer: Peer, serial: str) -> dict[str, Any]:
    """By the client's own status call."""

    def found() -> list[dict[str, Any]]:
        answer: dict[str, Any] = peer("get_order", serial)
        assert answer["status"] in {20, 30, 31, 40}, story(Order.objects.get(serial=serial).pk)
        return [answer] if answer["status"] == 40 else []

    return wait_until(found)[0]


def check_callback(peer: Peer, receiver: Upstream, serial: str, number: str) -> None:
    """Verified by the client's own verifier, which re-serialises the body."""
    received = callback(receiver)
    told = json.loads(received.body)
    headers = {name.lower(): value for name, value in received.headers.items()}
    assert peer("verify_signature", headers["signature"], headers["timestamp"], told)
    assert not peer("verify_signature", headers["signature"], headers["timestamp"], told | {"status": 41})
    assert (told["serial"], told["out_trade_no"], told["status"]) == (serial, number, 40)
    wait_until(lambda: CallbackLog.objects.filter(order__serial=serial, verdict="delivered").exists())


class TestWholeOrder:
    def test_energy(self, peer: Peer, upstreams: Upstreams, receiver: Upstream) -> None:
        receiver.answer(b"{}")
        quote = peer("estimate_order", 65_000, "1H")
        placed = peer(
            "place_order", ADDRESS, 65_000, "1H", out_trade_no="S1", callback_url=f"{receiver.url}/callback"
        )
        assert (placed["errno"], placed["amount"]) == (0, quote["total_price"])
        found = completed(peer, placed["serial"])
        order = Order.objects.get(serial=placed["serial"])
        assert len(bought(order, upstreams)) == 1
        assert [each["delegate_hash"] for each in found["details"]] == [order.attempts.get().txid]
        assert (found["energy_amount"], found["pay_amount"], found["amount"]) == (
            65_000,
            65_000,
            placed["amount"],
        )
        check_callback(peer, receiver, placed["serial"], "S1")

    def test_collect(self, peer: Peer, upstreams: Upstreams, receiver: Upstream) -> None:
        receiver.answer(b"{}")
        parameters = {"scene": 0, "receive_address": ADDRESS, "out_trade_no": "S2"}
        parameters["callback_url"] = f"{receiver.url}/callback"
        placed = peer("make_request", "POST", COLLECT, parameters)
        assert placed["errno"] == 0
        assert placed["scene"] in {1, 2, 3}
        completed(peer, placed["serial"])
        assert len(bought(Order.objects.get(serial=placed["serial"]), upstreams)) == 1
        check_callback(peer, receiver, placed["serial"], "S2")

    def test_reclaim(self, peer: Peer, upstreams: Upstreams) -> None:
        serial = peer("place_order", ADDRESS, 65_000)["serial"]
        assert peer("recycle_order", serial) == {"errno": 1, "message": "nothing is delegated"}
        completed(peer, serial)
        assert peer("recycle_order", serial) == {"errno": 0, "message": "request accept"}
        details = wait_until(
            lambda: [each for each in completed(peer, serial)["details"] if each["status"] == 30]
        )
        assert details[0]["reclaim_time_real"] is not None
        sold = bought(Order.objects.get(serial=serial), upstreams)
        ended = [each for each in upstreams.purchases() if each.id in sold and "reclaim_hash" in each.details]
        assert len(ended) == 1


class TestReading:
    def test_public_data(self, peer: Peer) -> None:
        told = peer("get_public_data")
        assert told["balance"] == 100_000_000_000
        assert told["tiered_pricing"][0] == {"period": 0, "price": 100}
        assert told["small_addition"] == 0.6

    def test_estimate(self, peer: Peer) -> None:
        assert peer("estimate_order", 32_000, "3D") == {
            "period": "3D",
            "energy_amount": 32_000,
            "price": 152,
            "total_price": 15_192_000,
            "addition": 600_000,
        }

    def test_usage_summary(self, peer: Peer) -> None:
        peer("place_order", ADDRESS, 65_000)
        told = peer("get_api_usage_summary")
        assert (told["total_count"], told["today_sum_energy"], told["total_sum_trx"]) == (
            1,
            65_000,
            6_500_000,
        )

    def test_an_order_that_there_is_not(self, peer: Peer) -> None:
        """Neither client raises on errno."""
        missing = {"errno": 404, "message": "Order not found"}
        assert peer("get_order", "0" * 32) == peer("recycle_order", "0" * 32) == missing


class TestErrors:
    def test_wrong_parameters(self, peer: Peer) -> None:
        with pytest.raises(Refused) as refused:
            peer("place_order", "T", 9_999, "1X")
        assert refused.value.told == {
            "energy_amount": ["Ensure this value is greater than or equal to 10000."],
            "period": ['"1X" is not a valid choice.'],
            "receive_address": ["Invalid TRON address."],
        }

    def test_too_little_money(self, peer: Peer) -> None:
        with pytest.raises(Refused) as refused:
            peer("place_order", ADDRESS, 100_000_000, "30D")
        assert isinstance(refused.value.told, dict)
        assert "Insufficient funds" in refused.value.told["detail"]

    def test_empty_parameters(self, peer: Peer) -> None:
        """An empty body, signed as such."""
        with pytest.raises(Refused) as refused:
            peer("make_request", "POST", COLLECT, {})
        required = ["This field is required."]
        assert refused.value.told == {"scene": required, "receive_address": required}

    def test_a_wrong_key(self, kind: Callable[[str, KeyPair], Peer], stack: Stack, pair: KeyPair) -> None:
        stranger = kind(stack.web_url, KeyPair("0" * 32, pair.secret))
        assert "balance" not in stranger("get_public_data")
        with pytest.raises(Refused) as refused:
            stranger("place_order", ADDRESS, 65_000)
        assert refused.value.told == {"detail": "API not found"}
        with pytest.raises(Refused, match=r"403|API not found"):
            stranger("get_api_usage_summary")

    def test_a_wrong_secret(self, kind: Callable[[str, KeyPair], Peer], stack: Stack, pair: KeyPair) -> None:
        with pytest.raises(Refused) as refused:
            kind(stack.web_url, KeyPair(pair.key, "0" * 64))("place_order", ADDRESS, 65_000)
        assert refused.value.told == {"detail": "Signature verification failed"}


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("transfer_small_trx_amount", (100_000, ADDRESS)),
        ("purchase_by_number_of_transfers", (5, ADDRESS)),
        ("list_purchases_by_number_of_transfers", ()),
        ("list_purchases_by_number_of_transfers", (ADDRESS,)),
        ("create_smart_delegate", (7, ADDRESS, 65_000)),
        ("list_smart_delegate", ()),
        ("list_smart_delegate", (ADDRESS,)),
        ("modify_smart_delegate", (7, True)),
    ],
)
def test_what_is_not_offered(peer: Peer, method: str, arguments: tuple[object, ...]) -> None:
    assert peer(method, *arguments) == {"errno": 1, "message": "This service is not offered."}


def test_every_method_of_the_client_is_tested() -> None:
    """Of both variants alike; a newer version with more of them has to be looked at."""
    tested = {
        *("get_public_data", "place_order", "transfer_small_trx_amount", "purchase_by_number_of_transfers"),
        *("list_purchases_by_number_of_transfers", "create_smart_delegate", "list_smart_delegate"),
        *("modify_smart_delegate", "get_order", "recycle_order", "estimate_order", "get_api_usage_summary"),
        *("make_request", "verify_signature"),
    }
    for client, more in ((TronEnergy, set[str]()), (AsyncTronEnergy, {"close"})):
        public = {
            name for name in vars(client) if not name.startswith("_") and callable(getattr(client, name))
        }
        assert public == tested | more
