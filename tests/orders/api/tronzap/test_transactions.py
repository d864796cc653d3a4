"""POST /v1/transaction/new and /check (specs/tronzap.md sections 3.6, 3.7, 5 and 10)."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from orders.models import ApiCredential, Merchant, Order, Source, TariffRate
from orders.services import chain_facts, ledger, merchants, outcomes, placing, rotation, timeline
from orders.services.chain_facts import UNKNOWN, Facts
from orders.states import OPEN_ORDER, AttemptStatus, OrderStatus
from providers.base import Kind, Progress, State
from tests.orders.api.tronzap.conftest import ACTIVE, EMPTY, Api, nothing_happened
from tests.orders.api.tronzap.test_reading import BAD_ADDRESSES, BAD_AMOUNTS, BAD_DURATIONS, USDT, rate
from tests.orders.conftest import ADDRESS, NOW, TXID, Send
from tests.upstream import Upstream

ENERGY = {"address": ADDRESS, "amounts": {"energy": 65_000}, "duration": 1}
BUNDLE = {"address": ADDRESS, "amounts": {"energy": 65_000, "bandwidth": 345}, "duration": 1}
BANDWIDTH = {"address": ADDRESS, "amounts": {"bandwidth": 345}, "duration": 1}
ACTIVATION = {"address": ADDRESS}
SOLD: dict[str, tuple[dict[str, Any], int]] = {
    "energy": (ENERGY, 3_400_000),
    "bandwidth": (BANDWIDTH, 345_000),
    "resource_bundle": (BUNDLE, 3_745_000),
    "activate_address": (ACTIVATION, 1_400_000),
}
CREATED_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")


def wanted(service: str = "energy", params: object = None, **fields: object) -> dict[str, object]:
    return {"service": service, "params": SOLD[service][0] if params is None else params, **fields}


def buy(api: Api, service: str = "energy", params: object = None, **fields: object) -> Any:
    return api.result("transaction/new", wanted(service, params, **fields))


def refused(api: Api, service: str = "energy", params: object = None, **fields: object) -> tuple[int, str]:
    refusal = api.refusal("transaction/new", wanted(service, params, **fields))
    assert nothing_happened()
    return refusal


def check(api: Api, **fields: object) -> Any:
    return api.result("transaction/check", fields)


def test_the_answer_to_the_byte(api: Api) -> None:
    text = api.post("transaction/new", wanted(external_id="my-external-id-123")).content.decode()
    order = Order.objects.get()
    text = re.sub(r'"request_id":"[^"]*"', "", text)
    assert text == (
        '{"code":0,,"result":{"id":"' + order.serial + '","external_id":"my-external-id-123",'
        '"service":"energy","params":{"address":"' + ADDRESS + '","amounts":{"energy":65000},"duration":1},'
        f'"status":"new","amount":3.4,"created_at":"{order.created_at:%Y-%m-%dT%H:%M:%S}+00:00","hash":null}}}}'
    )
    again = api.post("transaction/check", {"id": order.serial}).content.decode()
    assert re.sub(r'"request_id":"[^"]*"', "", again) == text


@pytest.mark.parametrize("service", SOLD)
def test_each_service(api: Api, merchant: Merchant, tronzap_credential: ApiCredential, service: str) -> None:
    params, price_sun = SOLD[service]
    answer = buy(api, service)
    order = Order.objects.get()
    assert answer == {
        "id": order.serial,
        "external_id": None,
        "service": "energy" if service == "resource_bundle" else service,  # the original's quirk
        "params": params,
        "status": "new",
        "amount": price_sun / 1_000_000,
        "created_at": answer["created_at"],
        "hash": None,
    }
    assert CREATED_AT.fullmatch(answer["created_at"])
    assert (order.dialect, order.source, order.price_sun) == ("tronzap", Source.API, price_sun)
    assert (order.merchant, order.credential, order.callback_format) == (merchant, tronzap_credential, "none")
    assert ledger.held_sun(merchant) == price_sun
    amounts = params.get("amounts", {})
    assert (order.energy, order.bandwidth) == (amounts.get("energy", 0), amounts.get("bandwidth", 0))
    assert order.duration_hours == params.get("duration", 0)


@pytest.mark.parametrize(
    ("service", "fields", "energy", "bandwidth"),
    [
        ("energy", {"amounts": {"energy": 65_000}}, 65_000, 0),
        ("energy", {"amount": 65_000}, 65_000, 0),
        ("energy", {"energy_amount": 65_000}, 65_000, 0),
        ("energy", {"energy_amount": 32_000, "amount": 65_000}, 65_000, 0),
        ("energy", {"amounts": {"energy": 65_000}, "amount": 1, "energy_amount": 2}, 65_000, 0),
        ("energy", {"amounts": {"energy": 65_000, "bandwidth": 0}}, 65_000, 0),
        ("bandwidth", {"amounts": {"bandwidth": 345}}, 0, 345),
        ("bandwidth", {"amount": 345}, 0, 345),
    ],
)
def test_every_generation_of_the_amount(
    api: Api, service: str, fields: dict[str, Any], energy: int, bandwidth: int
) -> None:
    params = {"address": ADDRESS, "duration": 1} | fields
    answer = buy(api, service, params)
    order = Order.objects.get()
    assert (order.energy, order.bandwidth) == (energy, bandwidth)
    assert answer["params"] == params


@pytest.mark.parametrize(
    ("fields", "echo"),
    [
        ({"amount": "65000"}, {"amount": 65_000}),
        ({"amount": 65_000.0}, {"amount": 65_000}),
        ({"amounts": [], "amount": 65_000}, {"amount": 65_000}),
        ({"amounts": None, "amount": 65_000, "duration": "1"}, {"amount": 65_000}),
        ({"amount": None, "energy_amount": 65_000}, {"energy_amount": 65_000}),
        ({"amount": 65_000, "activate_address": "0"}, {"amount": 65_000, "activate_address": False}),
        ({"amount": 65_000, "note": "\0", "secret": "x"}, {"amount": 65_000}),
    ],
)
def test_what_was_read_is_echoed(api: Api, fields: dict[str, Any], echo: dict[str, Any]) -> None:
    answer = buy(api, "energy", {"address": ADDRESS, "duration": 1} | fields)
    assert answer["params"] == {"address": ADDRESS, "duration": 1} | echo


BAD_SERVICES: list[object] = [None, "", "Energy", "aml", 1, True, ["energy"], {"energy": 1}]


@pytest.mark.parametrize("service", BAD_SERVICES)
def test_an_unknown_service(api: Api, service: object) -> None:
    body = {"service": service, "params": ENERGY}
    assert api.refusal("transaction/new", body) == (2, "invalid_service_or_params")
    assert api.refusal("transaction/new", {"params": ENERGY}) == (2, "invalid_service_or_params")
    assert nothing_happened()


BAD_PARAMS: list[object] = ["x", 1, True, [1], [[]]]


@pytest.mark.parametrize("params", BAD_PARAMS)
@pytest.mark.parametrize("service", SOLD)
def test_parameters_that_are_no_object(api: Api, service: str, params: object) -> None:
    assert refused(api, service, params) == (2, "invalid_service_or_params")


@pytest.mark.parametrize("params", [{}, []])
@pytest.mark.parametrize("service", SOLD)
def test_no_parameters_have_no_address(api: Api, service: str, params: object) -> None:
    assert refused(api, service, params) == (10, "invalid_tron_address")
    assert api.refusal("transaction/new", {"service": service}) == (10, "invalid_tron_address")


@pytest.mark.parametrize("address", [*BAD_ADDRESSES, USDT, "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"])
@pytest.mark.parametrize("service", SOLD)
def test_bad_addresses(api: Api, service: str, address: object) -> None:
    assert refused(api, service, SOLD[service][0] | {"address": address}) == (10, "invalid_tron_address")


@pytest.mark.parametrize("duration", BAD_DURATIONS)
@pytest.mark.parametrize("service", ["energy", "bandwidth", "resource_bundle"])
def test_bad_durations(api: Api, service: str, duration: object) -> None:
    params = SOLD[service][0] | {"duration": duration}
    assert refused(api, service, params) == (12, "invalid_duration.duration")
    answer = json.loads(api.post("transaction/new", wanted(service, params)).content)
    assert answer["error"] == "Duration must be equal to 1 (1 hour)"


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
@pytest.mark.parametrize("service", ["energy", "resource_bundle"])
def test_bad_energy(api: Api, service: str, amount: object) -> None:
    bad = (11, "invalid_energy_amount.energy_amount")
    params = SOLD[service][0] | {
        "amounts": {"energy": amount, "bandwidth": 0 if service == "energy" else 345}
    }
    assert refused(api, service, params) == bad
    for name in ("amount", "energy_amount"):
        assert refused(api, service, {"address": ADDRESS, "duration": 1, name: amount}) == bad


BAD_BANDWIDTHS: list[object] = [None, 0, -1, 299, 50_001, "x", True, [345], 10**30]


@pytest.mark.parametrize("amount", BAD_BANDWIDTHS)
@pytest.mark.parametrize("service", ["bandwidth", "resource_bundle"])
def test_bad_bandwidth(api: Api, service: str, amount: object) -> None:
    amounts = {"bandwidth": amount} | ({"energy": 65_000} if service == "resource_bundle" else {})
    assert refused(api, service, SOLD[service][0] | {"amounts": amounts}) == (50, "invalid_bandwidth_amount")


@pytest.mark.parametrize("service", ["energy", "bandwidth"])
def test_one_resource_is_not_sold_as_another(api: Api, service: str) -> None:
    assert refused(api, service, BUNDLE) == (2, "invalid_service_or_params")


BAD_FLAGS: list[object] = ["no", "yes", 2, -1, [True], {}, "TRUE", 0.5, 10**30]


@pytest.mark.parametrize("value", BAD_FLAGS)
def test_bad_flags(api: Api, value: object) -> None:
    assert refused(api, "energy", ENERGY | {"activate_address": value}) == (2, "invalid_service_or_params")


BAD_IDS: list[object] = [1, 0, True, ["x"], {}, "x" * 256, "a\0b", "a\nb", "a\u202eb"]


@pytest.mark.parametrize("external_id", BAD_IDS)
def test_bad_external_ids(api: Api, external_id: object) -> None:
    bad = (2, "invalid_service_or_params.external_id")
    assert refused(api, external_id=external_id) == bad
    assert api.refusal("transaction/check", {"external_id": external_id}) == bad
    assert api.refusal("transaction/check", {"id": external_id}) == (2, "invalid_service_or_params.id")


@pytest.mark.parametrize("external_id", ["0", "x" * 255, "заказ-1", " spaced ", '"', "'; --"])
def test_external_ids_are_kept_as_sent(api: Api, external_id: str) -> None:
    answer = buy(api, external_id=external_id)
    assert answer["external_id"] == external_id
    assert check(api, external_id=external_id)["id"] == answer["id"]


@pytest.mark.parametrize("absent", [None, ""])
def test_no_external_id(api: Api, absent: object) -> None:
    assert buy(api, external_id=absent)["external_id"] is None


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"service": "x", "params": {"address": "x"}}, (2, "invalid_service_or_params")),
        (wanted(params={"address": "x"}, external_id=1), (2, "invalid_service_or_params.external_id")),
        (wanted(params=ENERGY | {"address": "x", "duration": 2}), (10, "invalid_tron_address")),
        (
            wanted(params=ENERGY | {"duration": 2, "amounts": {"energy": "x"}}),
            (12, "invalid_duration.duration"),
        ),
    ],
)
def test_the_first_mistake_is_named(api: Api, body: object, refusal: tuple[int, str]) -> None:
    assert api.refusal("transaction/new", body) == refusal


def test_no_funds_are_told_last(api: Api, merchant: Merchant, chain: Upstream) -> None:
    rate("energy", 10**9, merchant=merchant, duration_hours=1)
    assert refused(api) == (6, "insufficient_funds")
    chain.answer(ACTIVE)
    rate("activation", 10**10, merchant=merchant)
    assert refused(api, "activate_address") == (25, "address_already_activated")


@pytest.mark.parametrize("service", SOLD)
def test_what_the_tariff_does_not_sell(api: Api, service: str) -> None:
    TariffRate.objects.filter(dialect="tronzap").delete()
    assert refused(api, service) == (35, "service_unavailable")


def test_a_bundle_of_what_is_sold_in_part(api: Api) -> None:
    TariffRate.objects.filter(dialect="tronzap", part="bandwidth").delete()
    assert refused(api, "resource_bundle") == (35, "service_unavailable")


def test_activation_that_is_not_sold(api: Api) -> None:
    TariffRate.objects.filter(dialect="tronzap", part="activation").delete()
    assert refused(api, "energy", ENERGY | {"activate_address": True}) == (35, "service_unavailable")
    assert buy(api)["amount"] == 3.4


# --- activation ---------------------------------------------------------------------------------------------


def test_the_flag_costs_nothing_for_an_active_address(api: Api, chain: Upstream) -> None:
    chain.answer(ACTIVE)
    answer = buy(api, "energy", ENERGY | {"activate_address": True})
    assert (answer["amount"], answer["params"]["activate_address"]) == (3.4, True)
    assert not Order.objects.get().activate


@pytest.mark.parametrize("service", ["energy", "bandwidth", "resource_bundle"])
def test_the_flag_buys_an_activation_where_it_may_be_needed(api: Api, chain: Upstream, service: str) -> None:
    chain.answer(EMPTY)
    params, price_sun = SOLD[service]
    answer = buy(api, service, params | {"activate_address": True})
    order = Order.objects.get()
    assert order.activate
    assert order.price_sun == price_sun + 1_400_000
    assert answer["amount"] == order.price_sun / 1_000_000


def test_without_the_flag_nobody_is_asked(api: Api, chain: Upstream) -> None:
    assert buy(api)["amount"] == 3.4
    assert not chain.received


def test_an_activation_of_an_active_address(api: Api, chain: Upstream) -> None:
    chain.answer(ACTIVE)
    assert refused(api, "activate_address") == (25, "address_already_activated")


def test_an_activation_of_an_address_that_is_perhaps_inactive(api: Api, chain: Upstream) -> None:
    chain.answer(EMPTY)
    assert buy(api, "activate_address", external_id="a-1")["amount"] == 1.4
    order = Order.objects.get()
    assert (order.kind, order.activate, order.request["params"]) == ("activation", False, ACTIVATION)


def test_an_address_known_to_be_inactive_needs_the_flag(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    # No answer of today's sources proves it; a node's will.
    inactive = Facts(is_active=False)
    monkeypatch.setattr(chain_facts, "known_facts", lambda address: inactive)
    monkeypatch.setattr(chain_facts, "facts", lambda address, now: inactive)
    assert refused(api) == (24, "address_not_activated")
    assert buy(api, "energy", ENERGY | {"activate_address": True})["amount"] == 4.8
    assert buy(api, "activate_address")["amount"] == 1.4


# --- the same external_id again -----------------------------------------------------------------------------


def test_each_post_is_an_order(api: Api) -> None:
    first, second = buy(api, external_id="o-1"), buy(api, external_id="o-1")
    assert first["id"] != second["id"]
    assert check(api, external_id="o-1")["id"] == second["id"]


def test_unless_the_merchant_uses_each_number_once(api: Api, merchant: Merchant) -> None:
    buy(api, external_id="before")
    Merchant.objects.update(unique_external_id=True)
    used = (2, "invalid_service_or_params.external_id")
    assert api.refusal("transaction/new", wanted(external_id="before")) == used
    buy(api, external_id="o-1")
    assert api.refusal("transaction/new", wanted("bandwidth", external_id="o-1")) == used
    buy(api, external_id="o-2")
    buy(api)
    buy(api)
    assert Order.objects.count() == 5


def test_a_number_of_another_merchant_is_free(api: Api) -> None:
    Merchant.objects.update(unique_external_id=True)
    buy(api, external_id="o-1")
    other = merchants.create_merchant(name="Other", time_zone="UTC", now=NOW)
    Merchant.objects.update(unique_external_id=True)
    ledger.top_up(other, 10_000_000, note="", now=NOW)
    theirs = Api(rotation.open_pair(rotation.issue(other, "tronzap", now=NOW).credential))
    assert buy(theirs, external_id="o-1")["external_id"] == "o-1"


# --- check --------------------------------------------------------------------------------------------------


def test_of_two_numbers_the_id_decides(api: Api) -> None:
    first, second = buy(api, external_id="o-1"), buy(api, external_id="o-2")
    assert check(api, id=first["id"], external_id="o-2")["id"] == first["id"]
    assert check(api, id=None, external_id="o-2")["id"] == second["id"]
    body = {"id": "unknown", "external_id": "o-2"}
    assert api.refusal("transaction/check", body) == (20, "subscription_not_found.transaction")


@pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": None, "external_id": ""}])
def test_a_number_is_needed(api: Api, body: object) -> None:
    answer = json.loads(api.post("transaction/check", body).content)
    assert answer.pop("request_id")
    assert answer == {
        "code": 2,
        "key": "invalid_service_or_params.id",
        "error": "Either id or external_id is required",
    }


def test_not_found(api: Api) -> None:
    answer = json.loads(api.post("transaction/check", {"id": "01k33rz57drtqgqcedyn9tvk04"}).content)
    assert answer.pop("request_id")
    assert answer == {
        "code": 20,
        "key": "subscription_not_found.transaction",
        "error": "Transaction not found",
    }


def test_orders_of_others_and_of_other_systems_are_not_found(api: Api, merchant: Merchant) -> None:
    order_id = buy(api, external_id="o-1")["id"]
    other = merchants.create_merchant(name="Other", time_zone="UTC", now=NOW)
    theirs = Api(rotation.open_pair(rotation.issue(other, "tronzap", now=NOW).credential))
    for body in ({"id": order_id}, {"external_id": "o-1"}):
        assert theirs.refusal("transaction/check", body)[0] == 20
    spec = placing.OrderSpec(kind=Kind.ENERGY, address=ADDRESS, energy=65_000, duration_hours=1)
    order, _ = placing.place_order(merchant, spec, UNKNOWN, now=NOW)
    assert api.refusal("transaction/check", {"id": order.serial})[0] == 20


@pytest.mark.parametrize("status", sorted(OPEN_ORDER - {OrderStatus.NEW, OrderStatus.WAITING}))
def test_an_order_under_way_is_pending(api: Api, status: str) -> None:
    order_id = buy(api)["id"]
    Order.objects.update(status=status)
    answer = check(api, id=order_id)
    assert (answer["status"], answer["hash"]) == ("pending", None)


def test_an_order_between_two_upstreams_stays_pending(api: Api, send: Send) -> None:
    order_id = buy(api)["id"]
    assert check(api, id=order_id)["status"] == "new"
    attempt = send(Order.objects.get())
    assert check(api, id=order_id)["status"] == "pending"
    timeline.move_attempt(attempt, AttemptStatus.UNAVAILABLE, now=NOW)
    timeline.move_order(Order.objects.get(), OrderStatus.NEW, "next", now=NOW, next_action_at=NOW)
    assert check(api, id=order_id)["status"] == "pending"


@pytest.mark.parametrize("name", ["txid", "active_hash", "bandwidth_hash"])
def test_success_has_the_hash_of_what_was_bought(api: Api, send: Send, name: str) -> None:
    order_id = buy(api)["id"]
    attempt = send(Order.objects.get())
    done = replace(Progress(state=State.SUCCEEDED, upstream_id="1"), **{name: TXID})  # type: ignore[arg-type]
    outcomes.apply(attempt.pk, done, now=NOW)
    answer = check(api, id=order_id)
    assert (answer["status"], answer["hash"], answer["amount"]) == ("success", TXID, 3.4)


def test_failure_gives_the_money_back(api: Api, send: Send, merchant: Merchant) -> None:
    order_id = buy(api)["id"]
    attempt = send(Order.objects.get())
    outcomes.apply(attempt.pk, Progress(state=State.FAILED, upstream_id="1"), now=NOW)
    answer = check(api, id=order_id)
    assert (answer["status"], answer["hash"]) == ("failed", None)
    assert api.result("balance")["balance"] == 1000


def test_an_external_id_is_kept_to_the_letter(api: Api) -> None:
    sent = {"service": "energy", "params": {"address": ADDRESS, "amount": 65_000, "duration": 1}}
    assert api.result("transaction/new", sent | {"external_id": " pad-1 "})["external_id"] == " pad-1 "
    assert api.result("transaction/check", {"external_id": " pad-1 "})["external_id"] == " pad-1 "
    assert api.refusal("transaction/check", {"external_id": "pad-1"})[0] == 20
    blank = api.refusal("transaction/new", sent | {"external_id": "  "})
    assert blank == (2, "invalid_service_or_params.external_id")
