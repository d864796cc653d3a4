"""monitor and deposit: the seed's answers to the byte, and what an order is made of (specs/crossingpay.md 2, 3, 6)."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.utils import translation

from orders.models import ApiCredential, CrossingPayFormat, Merchant, Order, Source, TariffRate, Wallet
from orders.services import ledger
from orders.states import OrderStatus
from tests.orders.api.crossingpay.conftest import BODIES, DEPOSIT, MONITOR, Api, refused, told
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS

MONITOR_CREATED = '{ "message": "监听订单创建成功"}'.encode()


def deposit_created(order: Order, amount: str) -> bytes:
    return (
        f'{{ "message": "充值订单生成成功", "address": "{order.address}", "amount": {amount},'
        f'"Ordersn":"{order.number}"}}'
    ).encode()


def window() -> tuple[datetime | None, datetime | None]:
    order = Order.objects.get()
    return order.window_start, order.window_end


def test_monitor(api: Api, crossingpay_credential: ApiCredential) -> None:
    response = api.post("monitor", MONITOR)
    assert (response.status_code, response.content) == (200, MONITOR_CREATED)
    assert response.headers["X-Window-Start"] == "2026-03-01T12:00:00Z"
    assert response.headers["X-Window-End"] == "2026-03-01T13:00:00Z"
    order = Order.objects.get()
    assert (order.kind, order.dialect, order.source) == ("monitor", "crossingpay", Source.API)
    assert (order.external_id, order.address, order.amount_micro) == ("M-1001", ADDRESS, 100_290_000)
    assert (order.window_start, order.window_end) == (NOW, NOW + timedelta(hours=1))
    assert (order.callback_url, order.callback_format) == ("https://m.example/cb", "crossingpay_v2a")
    assert order.credential == crossingpay_credential
    assert order.status == OrderStatus.NEW


@pytest.mark.parametrize("profile", CrossingPayFormat.values)
def test_the_format_is_the_merchants_when_it_is_placed(api: Api, merchant: Merchant, profile: str) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(crossingpay_format=profile)
    assert api.post("monitor", MONITOR).content == MONITOR_CREATED
    Merchant.objects.filter(pk=merchant.pk).update(crossingpay_format="crossingpay_v2a")
    assert api.post("monitor", MONITOR).content == MONITOR_CREATED
    assert Order.objects.get().callback_format == profile


def test_deposit(api: Api, wallet: Wallet) -> None:
    response = api.post("deposit", DEPOSIT)
    order = Order.objects.get()
    assert (response.status_code, response.content) == (200, deposit_created(order, "100.29"))
    assert response.headers["X-Window-Start"] == "2026-03-01T12:00:00Z"
    assert response.headers["X-Window-End"] == "2026-03-01T12:30:00Z"
    assert (order.kind, order.address, order.external_id) == ("deposit", OTHER_ADDRESS, "D-1001")
    assert (order.window_start, order.window_end) == (NOW, NOW + timedelta(minutes=30))
    assert order.number == f"20260301{order.pk:010d}"


@pytest.mark.parametrize("name", BODIES)
def test_no_secret_is_kept(api: Api, wallet: Wallet, name: str) -> None:
    told(api.post(name, BODIES[name]))
    order = Order.objects.get()
    assert order.request == BODIES[name] | {"amount": "100.29"}
    assert api.apikey not in json.dumps([order.request, *order.events.values_list("data", flat=True)])


@pytest.mark.parametrize(
    ("sent", "shown", "micro"),
    [
        ("100.29", "100.29", 100_290_000),
        ('"100.29"', "100.29", 100_290_000),
        ("100.290000", "100.29", 100_290_000),
        ("100", "100", 100_000_000),
        ("100.0", "100", 100_000_000),
        ("0.000001", "0.000001", 1),
        ("1234567.5", "1234567.5", 1_234_567_500_000),
        ("999999999.999999", "999999999.999999", 999_999_999_999_999),  # a float would read ...000
    ],
)
def test_amounts_are_numbers_or_texts_and_never_floats(
    api: Api, wallet: Wallet, sent: str, shown: str, micro: int
) -> None:
    body = json.dumps({"apikey": api.apikey, **DEPOSIT, "amount": "?"}).replace('"?"', sent)
    response = api.send("POST", "/api/orders/deposit", body.encode())
    order = Order.objects.get()
    assert (response.content, order.amount_micro) == (deposit_created(order, shown), micro)


@pytest.mark.parametrize("sent", ["1e-2", "1E-2", "1.5e0", "1e2", '"1e-2"', '"1E2"'])
def test_exponents_are_refused(api: Api, wallet: Wallet, sent: str) -> None:
    body = json.dumps({"apikey": api.apikey, **DEPOSIT, "amount": "?"}).replace('"?"', sent)
    response = api.send("POST", "/api/orders/deposit", body.encode())
    assert refused(response) == {"status": 400, "code": "invalid_param", "field": "amount"}
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("name", "change", "text"),
    [
        ("monitor", {"end_time": "2026-02-01 20:00:00"}, "end_time must be after start_time"),
        ("monitor", {"start_time": "2026-02-30 20:00:00"}, "start_time is not valid"),
        ("monitor", {"end_time": "2026-04-01 20:00:00"}, "end_time is more than 30 days after start_time"),
        ("monitor", {"amount": "1000000000.000001"}, "amount must be a plain number above zero"),
        ("monitor", {"callback": "https://a:b@m.example/"}, "callback must be an http or https URL"),
        ("deposit", {"address": ADDRESS}, "address is not a registered wallet"),
    ],
)
def test_texts_are_english_whatever_language_is_active(
    api: Api, wallet: Wallet, name: str, change: dict[str, object], text: str
) -> None:
    with translation.override("ru"):
        response = api.post(name, BODIES[name] | change)
    assert json.loads(response.content)["message"].startswith(text)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("is_form", [False, True])
@pytest.mark.parametrize("name", BODIES)
def test_json_and_forms_with_and_without_slash(
    api: Api, wallet: Wallet, name: str, is_form: bool, slash: str
) -> None:
    fields = {"apikey": api.apikey, **BODIES[name], "order_id": "订单 1&"}
    raw = urlencode(fields) if is_form else json.dumps(fields, ensure_ascii=False)
    kind = "application/x-www-form-urlencoded" if is_form else "application/json; charset=utf-8"
    told(api.send("POST", f"/api/orders/{name}{slash}", raw.encode(), content_type=kind))
    assert Order.objects.get().external_id == "订单 1&"


def test_without_a_content_type_it_is_json(api: Api) -> None:
    raw = json.dumps({"apikey": api.apikey, **MONITOR}).encode()
    assert api.send("POST", "/api/orders/monitor", raw, content_type="").content == MONITOR_CREATED


def test_spaces_in_an_order_id_count(api: Api) -> None:
    told(api.post("monitor", MONITOR | {"order_id": " M "}))
    assert Order.objects.get().external_id == " M "
    assert told(api.post("query", {"order_id": " M "}))["order_id"] == " M "
    assert api.refusal("query", {"order_id": "M"})["code"] == "order_not_found"
    assert api.refusal("monitor", MONITOR | {"order_id": "  "})["field"] == "order_id"


@pytest.mark.parametrize(
    ("zone", "start", "end", "hours"),
    [
        ("Asia/Shanghai", "2026-03-01 20:00:00", "2026-03-01 21:00:00", (0, 1)),
        ("UTC", "2026-03-01 12:00:00", "2026-03-01 13:00:00", (0, 1)),
        ("America/New_York", "2026-03-01 07:00:00", "2026-03-01T21:00:00+08:00", (0, 1)),
        ("America/New_York", "2026-03-01T12:00:00Z", "2026-03-01T13:00:00.000Z", (0, 1)),
        ("Asia/Shanghai", "2026-02-28 20:00:00", "2026-03-01 21:00:00", (-24, 1)),
        ("Asia/Shanghai", "2026-06-01 20:00:00", "2026-07-01 20:00:00", (92 * 24, 122 * 24)),
    ],
)
def test_windows_are_read_in_the_merchants_zone_or_by_their_own_offset(
    api: Api, merchant: Merchant, zone: str, start: str, end: str, hours: tuple[int, int]
) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(time_zone=zone)
    response = api.post("monitor", MONITOR | {"start_time": start, "end_time": end})
    told(response)
    first, last = (NOW + timedelta(hours=each) for each in hours)
    assert window() == (first, last)
    assert response.headers["X-Window-Start"] == f"{first:%Y-%m-%dT%H:%M:%SZ}"
    assert response.headers["X-Window-End"] == f"{last:%Y-%m-%dT%H:%M:%SZ}"


TWICE, NEVER = "2026-11-01 01:30:00", "2026-03-08 02:30:00"


@pytest.mark.parametrize(
    ("zone", "start", "end", "field"),
    [
        ("America/New_York", NEVER, "2026-03-08 05:00:00", "start_time"),
        ("America/New_York", "2026-03-08 01:00:00", NEVER, "end_time"),
        ("America/New_York", TWICE, "2026-11-01 05:00:00", "start_time"),
        ("America/New_York", "2026-11-01 00:30:00", TWICE, "end_time"),
        ("Asia/Shanghai", "2026-03-01 21:00:00", "2026-03-01 21:00:00", "end_time"),
        ("Asia/Shanghai", "2026-03-01 21:00:00", "2026-03-01 20:30:00", "end_time"),
        ("Asia/Shanghai", "2026-02-28 19:59:59", "2026-03-01 20:30:00", "start_time"),
        ("Asia/Shanghai", "2026-03-01 19:00:00", "2026-03-01 20:00:00", "end_time"),
        ("Asia/Shanghai", "2026-03-01 20:00:00", "2026-03-31 20:00:01", "end_time"),
        ("Asia/Shanghai", "2027-04-01 20:00:00", "2027-04-02 20:00:00", "start_time"),
        ("Asia/Shanghai", "2026-02-30 20:00:00", "2026-03-02 20:00:00", "start_time"),
        ("Asia/Shanghai", "2026-03-01 24:00:00", "2026-03-02 20:00:00", "start_time"),
        ("Asia/Shanghai", "2026-03-01 20:00:00", "9999-12-31T23:59:59-12:00", "end_time"),
        ("Asia/Shanghai", "0001-01-01 00:00:00", "2026-03-02 20:00:00", "start_time"),
    ],
)
def test_windows_that_are_none(
    api: Api, merchant: Merchant, zone: str, start: str, end: str, field: str
) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(time_zone=zone)
    refusal = api.refusal("monitor", MONITOR | {"start_time": start, "end_time": end})
    assert refusal == {"status": 400, "code": "invalid_param", "field": field}
    assert not Order.objects.exists()


def test_the_same_again_gets_its_first_answer_whatever_the_time(
    api: Api, wallet: Wallet, stopped_clock: time_machine.Traveller
) -> None:
    first = [api.post(name, fields) for name, fields in BODIES.items()]
    stopped_clock.move_to(NOW + timedelta(days=90))
    wallet.delete()
    again = [api.post(name, fields | {"amount": "100.290"}) for name, fields in BODIES.items()]
    assert [(each.status_code, each.content, each.headers["X-Window-End"]) for each in again] == [
        (200, each.content, each.headers["X-Window-End"]) for each in first
    ]
    assert Order.objects.count() == 2


def test_the_same_again_is_known_when_the_merchants_zone_has_changed(api: Api, merchant: Merchant) -> None:
    told(api.post("monitor", MONITOR))
    Merchant.objects.filter(pk=merchant.pk).update(time_zone="UTC")
    assert api.post("monitor", MONITOR).headers["X-Window-Start"] == "2026-03-01T12:00:00Z"
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 100.3},
        {"address": OTHER_ADDRESS},
        {"callback": "https://m.example/other"},
        {"start_time": "2026-03-01 20:00:01"},
        {"end_time": "2025-01-01 00:00:00"},  # not judged as a time any more
    ],
)
def test_the_same_number_with_other_content(api: Api, change: dict[str, object]) -> None:
    told(api.post("monitor", MONITOR))
    assert api.refusal("monitor", MONITOR | change) == {"status": 409, "code": "order_conflict"}
    assert Order.objects.get().request == MONITOR | {"amount": "100.29"}


def test_a_number_is_one_order_over_both_kinds(api: Api, wallet: Wallet) -> None:
    told(api.post("monitor", MONITOR))
    again = DEPOSIT | {"order_id": "M-1001", "amount": 7}
    assert api.refusal("deposit", again) == {"status": 409, "code": "order_conflict"}


def test_numbers_are_each_merchants_own(api: Api, other_api: Api) -> None:
    told(api.post("monitor", MONITOR))
    told(other_api.post("monitor", MONITOR | {"amount": 5}))
    assert Order.objects.filter(external_id="M-1001").count() == 2


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-01 20:30:00", "2026-03-01 20:45:00"),
        ("2026-03-01 21:00:00", "2026-03-01 22:00:00"),  # both ends belong to a window
        ("2026-03-01 19:00:00", "2026-03-01 20:00:01"),
    ],
)
def test_an_overlap_names_the_other_order_to_its_own_merchant_alone(
    api: Api, other_api: Api, start: str, end: str
) -> None:
    told(api.post("monitor", MONITOR))
    rival = MONITOR | {"order_id": "M-2", "start_time": start, "end_time": end}
    overlap = {"status": 409, "code": "window_overlap"}
    assert api.refusal("monitor", rival) == overlap | {"order_id": "M-1001"}
    foreign = other_api.post("monitor", rival)
    assert refused(foreign) == overlap
    assert Order.objects.get().number.encode() not in foreign.content


def test_what_does_not_overlap(api: Api) -> None:
    told(api.post("monitor", MONITOR))
    later = {"start_time": "2026-03-01 21:00:01", "end_time": "2026-03-01 22:00:00"}
    told(api.post("monitor", MONITOR | later | {"order_id": "M-2"}))
    told(api.post("monitor", MONITOR | {"order_id": "M-3", "amount": 100.290001}))
    told(api.post("monitor", MONITOR | {"order_id": "M-4", "address": OTHER_ADDRESS}))


def test_a_monitor_and_a_deposit_overlap_too(api: Api, wallet: Wallet) -> None:
    told(api.post("deposit", DEPOSIT))
    refusal = api.refusal("monitor", MONITOR | {"address": OTHER_ADDRESS})
    assert refusal == {"status": 409, "code": "window_overlap", "order_id": "D-1001"}


def test_a_moved_amount_is_in_the_answer_and_stays(api: Api, wallet: Wallet, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(deposit_step_micro=10_000)
    told(api.post("deposit", DEPOSIT))
    second = DEPOSIT | {"order_id": "D-2"}
    answer = api.post("deposit", second)
    assert answer.content == deposit_created(Order.objects.get(external_id="D-2"), "100.3")
    assert api.post("deposit", second).content == answer.content, (
        "by what was asked for it is the same request"
    )
    assert api.refusal("deposit", second | {"amount": 100.3}) == {"status": 409, "code": "order_conflict"}
    assert Order.objects.count() == 2


def test_an_order_of_staff_has_no_number_to_name(api: Api, merchant: Merchant) -> None:
    told(api.post("monitor", MONITOR))
    Order.objects.update(external_id="", unique_key=None)
    assert api.refusal("monitor", MONITOR) == {"status": 409, "code": "window_overlap"}


def test_a_deposit_lands_in_a_wallet_of_the_merchants_own(api: Api, other_api: Api, wallet: Wallet) -> None:
    refusal = {"status": 404, "code": "address_not_found"}
    assert other_api.refusal("deposit", DEPOSIT) == refusal
    assert api.refusal("deposit", DEPOSIT | {"address": ADDRESS}) == refusal
    assert not Order.objects.exists()


def test_a_watched_address_has_its_price(api: Api, merchant: Merchant) -> None:
    TariffRate.objects.filter(dialect="crossingpay").update(price_sun=600_000_000)
    told(api.post("monitor", MONITOR))
    assert ledger.held_sun(merchant) == Order.objects.get().price_sun == 600_000_000
    told(api.post("monitor", MONITOR))
    refusal = api.refusal("monitor", MONITOR | {"order_id": "M-2", "amount": 3})
    assert refusal == {"status": 402, "code": "insufficient_funds"}
    assert ledger.held_sun(merchant) == 600_000_000


def test_times_are_stored_in_utc(api: Api) -> None:
    told(api.post("monitor", MONITOR))
    assert [each.tzinfo for each in window() if each] == [UTC, UTC]
