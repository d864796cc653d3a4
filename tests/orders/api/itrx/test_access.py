"""Authentication over HTTP: every vector of the specification, and every way to be nobody (specs/itrx.md 2, 4)."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from orders.models import ApiCredential, Merchant, Order
from orders.services import ledger, rotation
from providers import keyring
from providers.base import KeyPair
from providers.itrx import wire
from tests.orders.api.itrx.conftest import COLLECT, ORDER, ROOT, STAMP, Caller, issue, told
from tests.orders.conftest import NOW

VENDORS_PAIR = KeyPair(
    "B433BFF1CDE7450AA38A56BEAC690DD4", "0285A2741D0E76E2E187260EB23E51851D48403A756333E7D0CF845406ABF3E8"
)
VECTORS = Path(__file__).parents[3] / "providers" / "itrx" / "vectors.txt"
EVERY_POST = [
    *("/order", "/order/collect-manual", "/order/reclaim", "/order/transfer", "/count-delegate-policy"),
    *(
        "/count-delegate-policy/edit-address",
        "/auto-delegate-policy",
        "/auto-delegate-policy/7/change-status",
    ),
]
EVERY_GET = ["/order/price", "/order/query", "/count-delegate-policy", "/auto-delegate-policy"]
EVERY_KEYED = [("GET", path) for path in [*EVERY_GET, "/userapi/summary"]] + [("POST", p) for p in EVERY_POST]
UNKNOWN = b'{"detail":"API not found"}'
BAD_SIGNATURE = b'{"detail":"Signature verification failed"}'
STALE = b'{"detail":"Timestamp expired"}'


def vectors() -> list[dict[str, str]]:
    """Of the spec's section 11: `id`, `ts`, `body`, `sig`, and `sent` where other bytes travel."""
    found: list[dict[str, str]] = []
    for line in VECTORS.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == "id":
            title, stamp, *_ = [part.strip() for part in value.split("|")]
            found.append({"id": title, "ts": stamp.removeprefix("ts: ")})
        else:
            found[-1][name] = value.strip()
    return found


@pytest.fixture
def vendors_example(merchant: Merchant) -> Caller:
    """The pair the vendor prints in its documentation."""
    ApiCredential.objects.create(
        merchant=merchant,
        dialect="itrx",
        key_hint=VENDORS_PAIR.key[-4:],
        key_digest=keyring.digest(VENDORS_PAIR.key),
        sealed_key=keyring.seal(VENDORS_PAIR.key),
        sealed_secret=keyring.seal(VENDORS_PAIR.secret),
        created_at=NOW,
    )
    return Caller(VENDORS_PAIR)


class TestVectors:
    """A signature that holds leads to the parameters: what is wrong with those is told by field. The signed bodies
    of callbacks and the vendor's `{mydomain}` make no order; the others do."""

    PLACED = {"V2", "V3", "V5a", "V5b", "V9a", "V9b"}

    @pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["id"])
    def test_each_is_authentic(
        self, vector: dict[str, str], vendors_example: Caller, settings: Settings
    ) -> None:
        settings.API_TIMESTAMP_TOLERANCE_SECONDS = 0
        body = vector.get("sent", vector["body"]).encode()
        path = "/order" if "energy_amount" in vector["body"] else "/order/collect-manual"
        answer = vendors_example.post(path, body=body, timestamp=vector["ts"], signature=vector["sig"])
        assert "detail" not in json.loads(answer.content)
        assert Order.objects.exists() == (answer.status_code == 200) == (vector["id"] in self.PLACED)

    @pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["id"])
    def test_none_holds_for_other_bytes(
        self, vector: dict[str, str], vendors_example: Caller, settings: Settings
    ) -> None:
        settings.API_TIMESTAMP_TOLERANCE_SECONDS = 0
        body = b'{"scene":1}'
        answer = vendors_example.post("/order", body=body, timestamp=vector["ts"], signature=vector["sig"])
        assert (answer.status_code, answer.content) == (400, BAD_SIGNATURE)

    def test_there_are_all(self) -> None:
        assert len(vectors()) == 16


def test_signatures_may_be_upper_case(caller: Caller) -> None:
    body = wire.canonical(ORDER).encode()
    signature = wire.sign(caller.pair.secret, STAMP, body).upper()
    told(caller.post("/order", body=body, signature=signature))


def nobody(caller: Caller) -> Caller:
    return Caller(KeyPair("0" * 32, caller.pair.secret))


def disable(merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(enabled=False)


def revoke(merchant: Merchant) -> None:
    rotation.revoke(merchant.credentials.get(), now=NOW)


def expire(merchant: Merchant) -> None:
    rotation.rotate(merchant.credentials.get(), grace=timedelta(0), now=NOW)


def refuse_address(merchant: Merchant) -> None:
    merchant.credentials.update(allowed_networks=["10.0.0.0/8"])


def other_dialect(merchant: Merchant) -> None:
    merchant.credentials.update(dialect="tronzap")


@pytest.mark.parametrize("ip", ["10.1.1.1", "::ffff:10.1.1.1", "::FFFF:0a01:0101"])
@pytest.mark.parametrize("allowed", ["10.1.1.1", "10.1.0.0/16"])
def test_an_ipv4_caller_of_an_ipv6_socket(caller: Caller, merchant: Merchant, ip: str, allowed: str) -> None:
    merchant.credentials.update(allowed_networks=[allowed])
    answer = Client(REMOTE_ADDR=ip).get(f"{ROOT}/userapi/summary", headers={"API-KEY": caller.pair.key})
    assert answer.status_code == 200


class TestNobody:
    """All of these look like a key that never existed."""

    @pytest.mark.parametrize(("method", "path"), EVERY_KEYED)
    @pytest.mark.parametrize("happens", [disable, revoke, expire, refuse_address, other_dialect])
    def test_a_key_that_may_not_be_used(
        self,
        caller: Caller,
        merchant: Merchant,
        happens: Callable[[Merchant], None],
        method: str,
        path: str,
    ) -> None:
        happens(merchant)
        answers = [
            each.get(path) if method == "GET" else each.post(path, ORDER) for each in (caller, nobody(caller))
        ]
        status = 403 if path == "/userapi/summary" else 400
        assert [(each.status_code, each.content) for each in answers] == [(status, UNKNOWN)] * 2
        assert answers[0].headers == answers[1].headers
        assert not Order.objects.exists()

    @pytest.mark.parametrize("key", ["", " ", "x" * 256, "x" * 10_000, "ключ", "\x00", "'; --", "0" * 32])
    def test_any_other_key(self, caller: Caller, key: str) -> None:
        answer = Caller(KeyPair(key, caller.pair.secret)).post("/order", ORDER)
        assert (answer.status_code, answer.content) == (400, UNKNOWN)

    def test_no_key(self, caller: Caller) -> None:
        answer = caller.http.post("/api/v1/frontend/order", "{}", content_type="application/json")
        assert (answer.status_code, answer.content) == (400, UNKNOWN)

    def test_the_secret_is_no_key(self, caller: Caller) -> None:
        swapped = Caller(KeyPair(caller.pair.secret, caller.pair.key))
        assert swapped.post("/order", ORDER).content == UNKNOWN

    @pytest.mark.parametrize("happens", [disable, revoke, expire, refuse_address, other_dialect])
    def test_index_data_gives_nobody_a_balance(
        self, caller: Caller, merchant: Merchant, happens: Callable[[Merchant], None]
    ) -> None:
        public = caller.http.get("/api/v1/frontend/index-data").content
        assert told(caller.get("/index-data"))["balance"] == 1_000_000_000
        happens(merchant)
        assert caller.get("/index-data").content == public == nobody(caller).get("/index-data").content


class TestSignature:
    @pytest.mark.parametrize("path", EVERY_POST)
    @pytest.mark.parametrize("signature", ["", "0" * 64, "x", "é" * 64, "0" * 100_000])
    def test_a_wrong_one_is_refused(self, caller: Caller, path: str, signature: str) -> None:
        answer = caller.post(path, ORDER, signature=signature)
        assert (answer.status_code, answer.content) == (400, BAD_SIGNATURE)
        assert not Order.objects.exists()

    def test_another_keys_secret_does_not_sign(self, caller: Caller, merchant: Merchant) -> None:
        other = issue(merchant)[1]
        mixed = Caller(KeyPair(caller.pair.key, other.pair.secret))
        assert mixed.post("/order", ORDER).content == BAD_SIGNATURE

    def test_it_covers_the_timestamp(self, caller: Caller) -> None:
        body = wire.canonical(ORDER).encode()
        signature = wire.sign(caller.pair.secret, STAMP, body)
        later = str(int(STAMP) + 1)
        answer = caller.post("/order", body=body, timestamp=later, signature=signature)
        assert answer.content == BAD_SIGNATURE

    def test_it_is_needed_though_the_body_is_no_json(self, caller: Caller) -> None:
        assert caller.post("/order", body=b"{", signature="0" * 64).content == BAD_SIGNATURE

    @pytest.mark.parametrize("path", [*EVERY_GET, "/userapi/summary", "/index-data"])
    def test_a_get_ignores_it(self, caller: Caller, path: str) -> None:
        plain = caller.get(path)
        assert b"detail" not in plain.content
        assert caller.get(path, TIMESTAMP="x", SIGNATURE="x").content == plain.content


class TestTimestamp:
    @pytest.mark.parametrize(
        "timestamp", ["", "x", "1e9", "-1", "1772366400.0", "１７７２３６６４００", "9" * 13]
    )
    @pytest.mark.parametrize("tolerance", [300, 0])
    def test_it_is_a_decimal_integer(
        self, caller: Caller, timestamp: str, tolerance: int, settings: Settings
    ) -> None:
        settings.API_TIMESTAMP_TOLERANCE_SECONDS = tolerance
        answer = caller.post("/order", ORDER, timestamp=timestamp)
        assert (answer.status_code, answer.content) == (400, STALE)

    @pytest.mark.parametrize(
        ("seconds", "is_fresh"), [(-301, False), (-300, True), (300, True), (301, False)]
    )
    def test_it_is_near_now_either_way(self, caller: Caller, seconds: int, is_fresh: bool) -> None:
        answer = caller.post("/order", ORDER, timestamp=str(int(STAMP) + seconds))
        assert (answer.content != STALE) == Order.objects.exists() == is_fresh

    def test_any_age_can_be_allowed(self, caller: Caller, settings: Settings) -> None:
        settings.API_TIMESTAMP_TOLERANCE_SECONDS = 0
        told(caller.post("/order", ORDER, timestamp="1"))


class TestOrderOfChecks:
    """API-KEY, TIMESTAMP, SIGNATURE, fields, activation, balance: the first that fails answers (spec 4)."""

    def test_one_after_the_other(self, caller: Caller) -> None:
        dear = ORDER | {"energy_amount": 20_000_000}
        told_in_turn = [
            nobody(caller).post("/order", {}, timestamp="1", signature="0"),
            caller.post("/order", {}, timestamp="1", signature="0"),
            caller.post("/order", {}, signature="0"),
            caller.post("/order", {}),
            caller.post("/order", dear),
        ]
        assert [answer.content[:24] for answer in told_in_turn] == [
            *(UNKNOWN[:24], STALE[:24], BAD_SIGNATURE[:24]),
            b'{"energy_amount":["This ',
            b'{"detail":"Insufficient ',
        ]


class TestRotation:
    def test_the_old_pair_works_until_its_grace_ends(self, caller: Caller, merchant: Merchant) -> None:
        issued = rotation.rotate(merchant.credentials.get(), grace=timedelta(hours=1), now=NOW)
        successor = Caller(KeyPair(issued.key, issued.secret))
        serial = told(caller.post("/order", ORDER))["serial"]
        assert told(successor.get("/order/query", {"serial": serial}))["order_no"] == serial
        with time_machine.travel(NOW + timedelta(hours=1), tick=False):
            stamp = str(int(STAMP) + 3600)
            assert caller.post("/order", ORDER, timestamp=stamp).content == UNKNOWN
            told(successor.post("/order", ORDER, timestamp=stamp))


class TestBody:
    @pytest.mark.parametrize(
        "body",
        [
            *(b"{", b"[]", b"1", b'"text"', b"null", b"\xff", b'{"scene":NaN}', b'{"scene":Infinity}'),
            *(
                b'{"scene":0,"scene":1}',
                b'{"out_trade_no":"\\ud800"}',
                b"[" * 5000,
                b'{"a":' * 30 + b"1" + b"}" * 30,
            ),
            b'{"scene":' + b"9" * 5000 + b"}",
        ],
    )
    def test_it_is_one_strict_json_object(self, caller: Caller, body: bytes) -> None:
        for path in EVERY_POST:
            answer = caller.post(path, body=body)
            assert (answer.status_code, answer.content) == (400, b'{"detail":"JSON parse error"}')
        assert not Order.objects.exists()

    def test_it_has_at_most_64_kilobytes(self, caller: Caller) -> None:
        padding = 65_536 - len(wire.canonical(ORDER | {"x": ""}))
        told(caller.post("/order", ORDER | {"x": "x" * padding}))
        answer = caller.post("/order", ORDER | {"x": "x" * (padding + 1)})
        assert (answer.status_code, answer.content) == (413, b'{"detail":"Request body is too large."}')

    def test_an_empty_one_has_no_parameters(self, caller: Caller) -> None:
        answer = caller.post("/order/reclaim", body=b"")
        assert json.loads(answer.content) == {"serial": ["This field is required."]}

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "", "text/html", "x" * 9999]
    )
    def test_other_types_are_refused(self, caller: Caller, kind: str) -> None:
        answer = caller.post("/order", ORDER, content_type=kind)
        assert answer.status_code == 415
        assert json.loads(answer.content)["detail"].startswith("Unsupported media type")
        assert not Order.objects.exists()

    @pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
    def test_json_is_json(self, caller: Caller, kind: str) -> None:
        told(caller.post("/order", ORDER, content_type=kind))


class TestLimits:
    def test_a_key_has_so_many_requests_a_minute(self, caller: Caller, merchant: Merchant) -> None:
        merchant.credentials.update(requests_per_minute=3)
        answers = [caller.post("/order", ORDER), caller.get("/order/query"), caller.get("/index-data")]
        answers += [caller.get("/userapi/summary"), caller.post("/order", ORDER), caller.get("/index-data")]
        assert [answer.status_code for answer in answers] == [200, 400, 200, 429, 429, 429]
        self.assert_throttled(answers[-1])
        assert Order.objects.count() == 1

    def test_the_minute_passes(self, caller: Caller, merchant: Merchant) -> None:
        merchant.credentials.update(requests_per_minute=1)
        assert [caller.get("/index-data").status_code for _ in range(2)] == [200, 429]
        with time_machine.travel(NOW + timedelta(seconds=60), tick=False):
            assert caller.get("/index-data").status_code == 200

    def test_failed_authentication_is_limited_by_address(self, caller: Caller, settings: Settings) -> None:
        settings.API_FAILURES_PER_MINUTE = 3
        stranger = nobody(caller)
        answers = [stranger.post("/order", ORDER), caller.post("/order", ORDER, signature="0")]
        answers += [caller.post("/order", ORDER, timestamp="0"), stranger.get("/userapi/summary")]
        answers += [stranger.get("/index-data"), caller.post("/order", ORDER, signature="1")]
        assert [answer.status_code for answer in answers] == [400, 400, 400, 429, 429, 429]
        self.assert_throttled(answers[-1])
        assert caller.get("/index-data").status_code == 200, "who has a key is not kept out by others"

    def assert_throttled(self, answer: HttpResponse) -> None:
        assert answer["Retry-After"] == "60"
        text = "Request was throttled. Expected available in 60 seconds."
        assert json.loads(answer.content) == {"detail": text}

    def test_last_use_is_not_written_each_time(self, caller: Caller, merchant: Merchant) -> None:
        caller.get("/index-data")
        assert merchant.credentials.get().last_used_at == NOW
        with time_machine.travel(NOW + timedelta(seconds=59), tick=False):
            caller.get("/index-data")
        assert merchant.credentials.get().last_used_at == NOW
        with time_machine.travel(NOW + timedelta(seconds=60), tick=False):
            caller.get("/index-data")
        assert merchant.credentials.get().last_used_at == NOW + timedelta(seconds=60)


def test_strangers_move_no_money(caller: Caller, merchant: Merchant) -> None:
    for body in (ORDER, COLLECT):
        nobody(caller).post("/order", body)
        caller.post("/order/collect-manual", body, signature="0" * 64)
    assert not Order.objects.exists()
    assert ledger.available_sun(merchant) == 1_000_000_000
