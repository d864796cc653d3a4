"""Every field with what people and programs send by mistake or on purpose."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from orders.forms import ORDER_FORMS, OrderForm
from orders.models import (
    ApiCredential,
    CallbackFormat,
    CrossingPayFormat,
    Dialect,
    Merchant,
    Order,
    OrderKind,
    Watcher,
)
from orders.services import ledger, merchants, placing, rotation, wallets
from orders.services.chain_facts import UNKNOWN
from orders.services.placing import OrderRefused
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, MakeAccount

MEGABYTE = "x" * 1_000_000
CONTROL = ["a\x00b", "a\nb", "\u202egnp.exe", "zero\u200bwidth", "a\u2028b", "a\ud800b", "a\x7fb", "\ue000"]
BAD_ADDRESSES = {
    "wrong checksum": ADDRESS[:-1] + "x",
    "another network (Bitcoin)": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "wrong network byte": "TEX5nLeFJ1dyazhJC3P9eYJs7hxgk7knJF",
    "lower case": ADDRESS.lower(),
    "upper case": ADDRESS.upper(),
    "hex": "41" + "00" * 20,
    "short": ADDRESS[:-1],
    "long": ADDRESS + "w",
    "the zero address": "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb",
    "the USDT contract": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    "full-width": "".join(chr(ord(character) + 0xFEE0) for character in ADDRESS),
    "markup": "<script>alert(1)</script>",
    "a megabyte": MEGABYTE,
    "inner space": f"{ADDRESS[:10]} {ADDRESS[10:]}",
    "a number": 10**30,
    "a flag": True,
    "a list": [ADDRESS],
    "an object": {"address": ADDRESS},
}
BAD_WHOLE = [
    *("", None, "0", "-1", "-65000", "1e5", "NaN", "Infinity", "-inf", "65000.5", "65000.0", "65_000"),
    *("６５０００", "٦٥٠٠٠", "0x10", "65 000", "65,000", "<b>65000</b>", MEGABYTE, "9" * 1_000_000, 10**30),
    *(True, 65000.0, float("nan"), float("inf"), [65000], {"a": 1}, *CONTROL),
]
BAD_AMOUNTS = [
    *("", None, "0", "0.000000", "-1", "1e2", "NaN", "Infinity", "1.0000001", "1.", ".5", "1,5", "1_0", "+1"),
    *("１００", "٣", "0x10", "1 0", "<b>1</b>", MEGABYTE, "9" * 1_000_000, 10**30, "1000000000.000001"),
    *(True, 1e-7, 1e22, float("nan"), float("inf"), [1], {"a": 1}, *CONTROL),
]
BAD_URLS = [
    *("ftp://m.example/cb", "javascript:alert(1)", "file:///etc/passwd", "m.example/cb", "//m.example/cb"),
    *("http:///cb", "http://", "http://m.example:0/", "http://m.example:99999/", "http://m.example:a/"),
    *("http://user:word@m.example/", "http://user@m.example/", "http://@m.example/", "http://[::1/cb"),
    *("http://m.example/a b", "http://m.example/\\evil", 'http://m.example/"', "http://mé.example/"),
    *("http://..", f"http://{'a' * 64}.example/", "http://" + "a" * 2048, "<script>", MEGABYTE, 10**30),
    *(
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://m.example./",
        "http://%31.example/",
    ),
    *("http://１２７.0.0.1/", "http://[fe80::1%25eth0]/", "http://m.example:22/", "http://m.example:6379/"),
    *(True, ["http://m.example/"], *(f"http://m.example/{text}" for text in CONTROL)),
]


def filled(kind: str, **fields: object) -> dict[str, object]:
    """What a caller sends for a good order of this kind."""
    own: dict[str, dict[str, object]] = {
        "collect": {"scene": "0"},
        "energy": {"energy": "65000", "duration_hours": "1"},
        "bandwidth": {"bandwidth": "1000"},
        "bundle": {"energy": "65000", "bandwidth": "345"},
        "activation": {},
        "monitor": {
            "amount": "100.29",
            "start_time": "2026-03-01 20:00:00",
            "end_time": "2026-03-01 21:00:00",
        },
        "deposit": {"amount": "100.29"},
    }
    return {"address": ADDRESS} | own[kind] | fields


@pytest.fixture
def bound(merchant: Merchant) -> Callable[..., OrderForm]:
    """A form of a kind with a good order's values, `fields` replaced; the merchant has a registered wallet."""
    if not merchant.wallets.exists():
        wallets.add_wallet(merchant, address=ADDRESS, label="", now=NOW)

    def bind(kind: str, *, now: datetime = NOW, accounts: Any = None, **fields: object) -> OrderForm:
        form = ORDER_FORMS[kind](filled(kind, **fields), merchant=merchant, now=now, accounts=accounts)
        assert fields.keys() <= form.fields.keys() | {"unknown"}
        return form

    return bind


Bound = Callable[..., OrderForm]


def refused_at(form: OrderForm) -> set[str]:
    return set(form.errors)


@pytest.mark.parametrize("kind", OrderKind.values)
def test_a_good_order_of_each_kind_is_placed(kind: str, bound: Bound, merchant: Merchant) -> None:
    form = bound(kind)
    assert refused_at(form) == set()
    order, is_new = placing.place_order(merchant, form.spec(), UNKNOWN, now=NOW)
    assert (order.kind, order.address, is_new) == (kind, ADDRESS, True)
    assert order.dialect == (Dialect.CROSSINGPAY if order.is_payment else Dialect.ITRX)


@pytest.mark.parametrize("kind", OrderKind.values)
@pytest.mark.parametrize("fault", BAD_ADDRESSES)
def test_an_address_that_is_none_is_told_at_the_field(kind: str, fault: str, bound: Bound) -> None:
    form = bound(kind, address=BAD_ADDRESSES[fault])
    assert refused_at(form) == {"address"}
    assert MEGABYTE not in str(form.errors)


@pytest.mark.parametrize("text", ["", None, "   ", [], {}])
def test_an_address_is_needed_and_spaces_around_one_do_no_harm(text: object, bound: Bound) -> None:
    assert bound("energy", address=text).errors["address"] == ["This field is required."]
    form = bound("energy", address=f" {ADDRESS}\n")
    assert form.is_valid()
    assert form.cleaned_data["address"] == ADDRESS


@pytest.mark.parametrize("fault", BAD_ADDRESSES)
def test_so_is_the_receiver_of_a_collect_order(fault: str, bound: Bound) -> None:
    assert refused_at(bound("collect", to_address=BAD_ADDRESSES[fault])) == {"to_address"}


def test_the_message_says_which_fault_an_address_has(bound: Bound) -> None:
    def message(text: object) -> str:
        return str(bound("energy", address=text).errors["address"][0])

    assert "checksum" in message(BAD_ADDRESSES["wrong checksum"])
    assert "another network" in message(BAD_ADDRESSES["another network (Bitcoin)"])
    assert "capital letters" in message(BAD_ADDRESSES["lower case"]).lower()
    assert "USDT contract" in message(BAD_ADDRESSES["the USDT contract"])


@pytest.mark.parametrize(
    ("kind", "field", "least", "most"),
    [
        ("energy", "energy", 10_000, 100_000_000),
        ("bundle", "energy", 10_000, 100_000_000),
        ("bandwidth", "bandwidth", 300, 1_000_000),
        ("bundle", "bandwidth", 300, 1_000_000),
    ],
)
def test_amounts_of_resources(kind: str, field: str, least: int, most: int, bound: Bound) -> None:
    for value in (least, most, str(least), f" {most} "):
        form = bound(kind, **{field: value})
        assert form.is_valid(), value
        assert form.cleaned_data[field] == int(str(value).strip())
    for bad in (*BAD_WHOLE, least - 1, most + 1, 2**31, 2**63, 2**64):
        assert refused_at(bound(kind, **{field: bad})) == {field}, repr(bad)[:50]


@pytest.mark.parametrize("kind", ["monitor", "deposit"])
def test_amounts_of_payments(kind: str, bound: Bound) -> None:
    for value, amount_micro in (
        ("100.29", 100_290_000),
        ("0.000001", 1),
        ("1000000000", 10**15),
        (100, 100_000_000),
    ):
        form = bound(kind, amount=value)
        assert form.is_valid(), value
        assert form.spec().amount_micro == amount_micro
    for bad in BAD_AMOUNTS:
        assert refused_at(bound(kind, amount=bad)) == {"amount"}, repr(bad)[:50]


@pytest.mark.parametrize(
    "value", ["", None, "4", "-1", "0.0", "０", "NaN", "1e0", True, False, 10**30, MEGABYTE, [0]]
)
def test_scenes_and_durations_are_choices(value: object, bound: Bound) -> None:
    assert refused_at(bound("collect", scene=value)) == {"scene"}
    assert refused_at(bound("energy", duration_hours=value)) == {"duration_hours"}


@pytest.mark.parametrize("duration", [1, "24", 72, "720"])
def test_each_duration_on_offer_has_a_price(duration: object, bound: Bound, merchant: Merchant) -> None:
    form = bound("energy", duration_hours=duration)
    assert form.is_valid()
    assert placing.quote(merchant, form.spec(), UNKNOWN).total_sun > 0


@pytest.mark.parametrize("kind", ["energy", "bandwidth", "bundle"])
@pytest.mark.parametrize(
    ("value", "flag"),
    [
        *((text, True) for text in ("on", "true", "True", "1", "yes", 1, True)),
        *((text, False) for text in ("", None, "off", "false", "False", "0", "no", 0, False)),
    ],
)
def test_a_flag_as_text_means_what_it_says(kind: str, value: object, flag: bool, bound: Bound) -> None:
    form = bound(kind, activate=value)
    assert form.is_valid()
    assert form.spec().activate is flag


@pytest.mark.parametrize(
    "value", ["banana", "2", -1, "nein", "１", 10**30, [True], {"a": True}, MEGABYTE, "\x00"]
)
def test_a_flag_that_says_neither_is_refused(value: object, bound: Bound) -> None:
    assert refused_at(bound("energy", activate=value)) == {"activate"}


@pytest.mark.parametrize("kind", OrderKind.values)
@pytest.mark.parametrize("text", [*CONTROL, "x" * 256, MEGABYTE])
def test_the_merchants_number_and_the_token_are_printable(kind: str, text: str, bound: Bound) -> None:
    assert refused_at(bound(kind, external_id=text)) == {"external_id"}
    assert refused_at(bound(kind, submit_token=text)) == {"submit_token"}


@pytest.mark.parametrize(
    "text", ["S-1", "<b>&amp;</b>", "заказ-1", "订单 1", "'; DROP TABLE orders_order; --", "😀"]
)
def test_any_printable_number_is_kept_as_it_is(text: str, bound: Bound, merchant: Merchant) -> None:
    form = bound("energy", external_id=text)
    assert form.is_valid()
    order, _ = placing.place_order(merchant, form.spec(), UNKNOWN, now=NOW)
    assert Order.objects.get(pk=order.pk).external_id == text


# --- callbacks -------------------------------------------------------------------------------------------------


@pytest.fixture
def other_merchant(db: None) -> Merchant:
    return merchants.create_merchant(name="Another sample", time_zone="UTC", now=NOW)


@pytest.fixture
def v2a_credential(merchant: Merchant) -> ApiCredential:
    return rotation.issue(merchant, "crossingpay", now=NOW).credential


def called_back(credential: object, **fields: object) -> dict[str, object]:
    pk = credential.pk if isinstance(credential, ApiCredential) else credential
    given = {"callback_format": "itrx", "callback_url": "https://m.example/cb", "credential": pk}
    return given | fields


def test_a_callback_needs_url_format_and_credential(
    bound: Bound, credential: ApiCredential, v2a_credential: ApiCredential
) -> None:
    form = bound("energy", **called_back(credential))
    assert form.is_valid()
    assert form.spec().credential == credential
    form = bound("deposit", **called_back(v2a_credential, callback_format="crossingpay_v2a"))
    assert form.is_valid()
    assert form.spec().callback_format is CallbackFormat.V2A


@pytest.mark.parametrize("profile", CrossingPayFormat)
def test_a_payment_is_told_in_the_merchants_profile(
    profile: CrossingPayFormat, bound: Bound, merchant: Merchant, v2a_credential: ApiCredential
) -> None:
    merchant.crossingpay_format = profile
    form = bound("deposit", **called_back(v2a_credential, callback_format=profile))
    assert [value for value, _ in form.fields["callback_format"].choices] == ["none", profile]  # type: ignore[attr-defined]
    assert form.is_valid(), form.errors
    assert form.spec().callback_format == CallbackFormat(profile)


def test_no_callback_forgets_url_and_credential(bound: Bound, credential: ApiCredential) -> None:
    for nothing in ("none", "", None):
        form = bound("energy", **called_back(credential, callback_format=nothing))
        assert form.is_valid()
        spec = form.spec()
        assert (spec.callback_format, spec.callback_url, spec.credential) == (CallbackFormat.NONE, "", None)


def test_without_a_credential_there_is_no_callback(bound: Bound, credential: ApiCredential) -> None:
    assert refused_at(bound("energy", **called_back(None))) == {"credential"}


def test_a_format_is_signed_with_its_own_dialect(
    bound: Bound, credential: ApiCredential, v2a_credential: ApiCredential
) -> None:
    assert refused_at(bound("energy", **called_back(v2a_credential))) == {"credential"}
    form = bound("monitor", **called_back(credential, callback_format="crossingpay_v2a"))
    assert refused_at(form) == {"credential"}


def test_a_format_that_cannot_tell_the_end_of_the_kind_is_refused(
    bound: Bound, credential: ApiCredential, v2a_credential: ApiCredential
) -> None:
    form = bound("energy", **called_back(v2a_credential, callback_format="crossingpay_v2a"))
    assert "callback_format" in form.errors
    assert "callback_format" in bound("deposit", **called_back(credential)).errors


def test_only_living_credentials_of_the_merchant_sign(
    bound: Bound, credential: ApiCredential, other_merchant: Merchant
) -> None:
    foreign = rotation.issue(other_merchant, "itrx", now=NOW).credential
    revoked = rotation.issue(credential.merchant, "itrx", now=NOW).credential
    rotation.revoke(revoked, now=NOW)
    replaced = rotation.issue(credential.merchant, "itrx", now=NOW).credential
    rotation.rotate(replaced, grace=timedelta(hours=1), now=NOW - timedelta(hours=1))
    for dead in (foreign, revoked, replaced):
        assert refused_at(bound("energy", **called_back(dead))) == {"credential"}
    late = bound("energy", **called_back(replaced), now=NOW - timedelta(seconds=1))
    assert late.is_valid(), "in its grace it still signs"


@pytest.mark.parametrize(
    "value", ["0", "-1", "1e0", "１", True, 10**30, "9" * 400, float("inf"), [1], {"pk": 1}, MEGABYTE]
)
def test_rows_are_named_by_plain_ids(
    value: object, bound: Bound, credential: ApiCredential, make_account: MakeAccount
) -> None:
    assert refused_at(bound("energy", **called_back(value))) == {"credential"}
    form = bound("energy", account_choice=value, accounts=[make_account()])
    assert refused_at(form) == {"account_choice"}


def test_only_accounts_on_offer_can_be_chosen(bound: Bound, make_account: MakeAccount) -> None:
    offered, other = make_account(), make_account("tronzap")
    form = bound("energy", account_choice=str(offered.pk), accounts=[offered])
    assert form.is_valid()
    assert form.spec().account_choice == offered
    assert refused_at(bound("energy", account_choice=other.pk, accounts=[offered])) == {"account_choice"}
    assert refused_at(bound("energy", account_choice=offered.pk)) == {"account_choice"}


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_callback_goes_to_a_url_that_can_be_called(
    url: object, bound: Bound, credential: ApiCredential
) -> None:
    assert refused_at(bound("energy", **called_back(credential, callback_url=url))) == {"callback_url"}


def test_a_bad_url_is_told_even_where_no_callback_is_wanted(bound: Bound) -> None:
    assert refused_at(bound("energy", callback_url="javascript:alert(1)")) == {"callback_url"}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8100/inbox/a",
        "HTTPS://M.example/cb?a=1&b=%20#x",
        "http://[::1]:8080/",
        "http://m:65535",
    ],
)
def test_good_urls_are_kept_as_they_are(url: str, bound: Bound, credential: ApiCredential) -> None:
    form = bound("energy", **called_back(credential, callback_url=url))
    assert form.is_valid(), form.errors
    assert form.spec().callback_url == url


def test_the_merchants_default_url_is_used_where_none_is_given(
    bound: Bound, credential: ApiCredential
) -> None:
    assert refused_at(bound("energy", **called_back(credential, callback_url=""))) == {"callback_url"}
    credential.merchant.default_callback_url = "https://m.example/default"
    credential.merchant.save()
    merchant = Merchant.objects.get(pk=credential.merchant.pk)
    form = ORDER_FORMS["energy"](
        filled("energy", **called_back(credential, callback_url="")), merchant=merchant, now=NOW
    )
    assert form.is_valid()
    assert form.spec().callback_url == "https://m.example/default"


# --- windows ---------------------------------------------------------------------------------------------------


def window(start: str, end: str) -> dict[str, object]:
    return {"start_time": start, "end_time": end}


def test_times_are_the_merchants_wall_clock_or_carry_an_offset(bound: Bound) -> None:
    shanghai = bound("monitor", **window("2026-03-01 20:00:00", "2026-03-01T21:30"))
    assert shanghai.is_valid()
    assert shanghai.spec().window_start == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert shanghai.spec().window_end == datetime(2026, 3, 1, 13, 30, tzinfo=UTC)
    offset = bound("monitor", **window("2026-03-01T12:00:00Z", "2026-03-01T14:30:00+01:00"))
    assert offset.is_valid()
    assert offset.spec().window_start == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert offset.spec().window_end == datetime(2026, 3, 1, 13, 30, tzinfo=UTC)


BAD_TIMES = [
    *(
        "",
        None,
        "tomorrow",
        "2026-03-01",
        "12:00",
        "01.03.2026 12:00",
        "2026-02-30 12:00:00",
        "2026-13-01 12:00",
    ),
    *(
        "2026-03-01 24:00:01",
        "2026-03-01 12:00:60",
        "２０２６-03-01 12:00:00",
        "2026-W09-7 12:00",
        "1772366400",
    ),
    *("0001-01-01 00:00:00", "9999-12-31T23:59:59-12:00", "2026-03-01 12:00:00+25:00", "0000-00-00 00:00:00"),
    *(
        1772366400,
        True,
        10**30,
        ["2026-03-01 12:00"],
        {"a": 1},
        "<b>2026-03-01 12:00</b>",
        MEGABYTE,
        *CONTROL,
    ),
]


@pytest.mark.parametrize("value", BAD_TIMES)
def test_times_that_are_none(value: object, bound: Bound) -> None:
    assert refused_at(bound("monitor", start_time=value)) == {"start_time"}
    assert "end_time" in bound("monitor", end_time=value).errors


def test_the_servers_own_zone_does_not_matter(bound: Bound, settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"  # has no 02:30 on that day
    form = bound(
        "monitor",
        **window("2026-03-29 02:30:00", "2026-03-29 03:30:00"),
        now=datetime(2026, 3, 28, 12, 0, tzinfo=UTC),
    )
    assert form.is_valid(), form.errors
    assert form.spec().window_start == datetime(2026, 3, 28, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("2026-03-29 02:30:00", datetime(2026, 3, 28, 20, 0, tzinfo=UTC)),  # the clock jumps over it
        ("2026-10-25 02:30:00", datetime(2026, 10, 24, 20, 0, tzinfo=UTC)),  # the clock shows it twice
    ],
)
def test_a_wall_clock_time_must_be_one_instant(
    text: str, now: datetime, bound: Bound, merchant: Merchant
) -> None:
    merchant.time_zone = "Europe/Berlin"
    end = (now + timedelta(hours=12)).strftime("%Y-%m-%d %H:%M:%S")
    form = bound("monitor", **window(text, end), now=now)
    assert refused_at(form) == {"start_time"}
    assert "Europe/Berlin" in form.errors["start_time"][0]
    start = now.strftime("%Y-%m-%d %H:%M:%S")
    assert refused_at(bound("monitor", **window(start, text), now=now)) == {"end_time"}
    with_offset = text.replace(" ", "T") + "+02:00"
    assert bound("monitor", **window(with_offset, end), now=now).is_valid()


@pytest.mark.parametrize(
    ("start_minutes", "end_minutes", "at_fault"),
    [
        (0, 1, set()),
        (-24 * 60, 1, set()),
        (0, 30 * 24 * 60, set()),
        (300 * 24 * 60, 330 * 24 * 60, set()),
        (10, 10, {"end_time"}),
        (10, 5, {"end_time"}),
        (-60, 0, {"end_time"}),
        (-60, -30, {"end_time"}),
        (0, 30 * 24 * 60 + 1, {"end_time"}),
        (-24 * 60 - 1, 10, {"start_time"}),
        (366 * 24 * 60 + 1, 366 * 24 * 60 + 2, {"start_time"}),
        (-48 * 60, -24 * 60, {"start_time", "end_time"}),
    ],
)
def test_a_window_is_ahead_and_bounded(
    start_minutes: int, end_minutes: int, at_fault: set[str], bound: Bound
) -> None:
    start, end = NOW + timedelta(minutes=start_minutes), NOW + timedelta(minutes=end_minutes)
    form = bound("monitor", **window(start.isoformat(), end.isoformat()))
    assert refused_at(form) == at_fault


def test_the_last_second_of_time_is_refused_and_not_an_overflow(bound: Bound) -> None:
    form = bound("monitor", **window("9999-12-31 23:00:00", "9999-12-31 23:59:59"))
    assert refused_at(form) == {"start_time"}


def test_a_deposit_lands_on_a_registered_wallet_for_half_an_hour(
    bound: Bound, other_merchant: Merchant
) -> None:
    wallets.add_wallet(other_merchant, address=OTHER_ADDRESS, label="", now=NOW)
    assert refused_at(bound("deposit", address=OTHER_ADDRESS)) == {"address"}
    form = bound("deposit")
    assert form.is_valid()
    assert (form.spec().window_start, form.spec().window_end) == (NOW, NOW + timedelta(minutes=30))


# --- anything at all -------------------------------------------------------------------------------------------

TEXT = st.text(max_size=60) | st.sampled_from(
    [*CONTROL, "１", "NaN", "1e400", ADDRESS, OTHER_ADDRESS, "http://m/"]
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.decimals(allow_nan=True)
    | TEXT
    | st.sampled_from([0, 1, 3, 24, 300, 10_000, 65_000, 10**8, 2**31, 2**63, "2026-03-01 21:00", "0.000001"])
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)
MISSING = object()
WORDS = st.text("aZ9 -é订", max_size=60)


def minutes_from_now(least: int, most: int) -> st.SearchStrategy[str]:
    return st.integers(least, most).map(lambda minutes: (NOW + timedelta(minutes=minutes)).isoformat())


GOOD: dict[str, st.SearchStrategy[Any]] = {
    "address": st.sampled_from([ADDRESS, OTHER_ADDRESS]),
    "to_address": st.sampled_from(["", ADDRESS]),
    "scene": st.sampled_from([0, 1, 2, 3]),
    "energy": st.integers(10_000, 10**8),
    "bandwidth": st.integers(300, 10**6),
    "duration_hours": st.sampled_from([1, 24, 72, 720]),
    "amount": st.integers(1, 10**9).map(str),
    "start_time": minutes_from_now(-1500, 10_000),
    "end_time": minutes_from_now(8_000, 45_000),
    "external_id": WORDS,
    "callback_format": st.sampled_from(["", "none"]),
    "callback_url": st.just(""),
    "credential": st.just(""),
    "account_choice": st.just(""),
    "submit_token": WORDS,
    "activate": st.booleans(),
    "watcher": st.sampled_from(["", *Watcher.values]),
}


def sent(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """A good order, up to three fields of which hold anything or are left out."""
    fields = list(ORDER_FORMS[kind].base_fields)
    good = st.fixed_dictionaries({name: GOOD[name] for name in fields})
    spoilt = st.dictionaries(st.sampled_from(fields), VALUES | st.just(MISSING), max_size=3)

    def merge(pair: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
        return {name: value for name, value in (pair[0] | pair[1]).items() if value is not MISSING}

    return st.tuples(good, spoilt).map(merge)


class AnythingTest(TestCase):
    """A form is valid or has errors; a valid one is placed or refused in words. Nothing else ever comes out."""

    def setUp(self) -> None:
        self.merchant = merchants.create_merchant(name="Sample", time_zone="Europe/Berlin", now=NOW)
        ledger.top_up(self.merchant, 10**15, note="", now=NOW)
        wallets.add_wallet(self.merchant, address=ADDRESS, label="", now=NOW)

    @given(st.data())
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    def test_anything(self, data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from(OrderKind.values))
        form = ORDER_FORMS[kind](data.draw(sent(kind)), merchant=self.merchant, now=NOW)
        if not form.is_valid():
            assert form.errors
            str(form.errors)
            return
        with suppress(OrderRefused):
            order, _ = placing.place_order(self.merchant, form.spec(), UNKNOWN, now=NOW)
            assert Order.objects.get(pk=order.pk).price_sun == order.price_sun
        assert connection.needs_rollback is False
