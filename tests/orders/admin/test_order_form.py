"""Placing orders by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from orders.models import ApiCredential, AuditEntry, LedgerAccount, Merchant, Order, OrderKind, Transfer
from orders.services import ledger, merchants, rotation, wallets
from providers.models import ProviderAccount
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, MakeAccount
from tests.reader import NODE

NEW = "/admin/orders/order/add/"
QUOTE = "/admin/orders/order/quote/"
KINDS: dict[str, dict[str, str]] = {
    "collect": {"address": ADDRESS, "to_address": OTHER_ADDRESS, "scene": "0"},
    "energy": {"address": ADDRESS, "energy": "65000", "duration_hours": "1"},
    "bandwidth": {"address": ADDRESS, "bandwidth": "1000"},
    "bundle": {"address": ADDRESS, "energy": "65000", "bandwidth": "345"},
    "activation": {"address": ADDRESS},
    "monitor": {"address": ADDRESS, "amount": "100.29"},
    "deposit": {"address": OTHER_ADDRESS, "amount": "100.29"},
}


def url(kind: str, merchant: Merchant) -> str:
    return f"{NEW}?kind={kind}&merchant={merchant.pk}"


def fields(client: Client, kind: str, merchant: Merchant) -> dict[str, str]:
    """What the browser would send of the form as it opens."""
    form = client.get(url(kind, merchant)).context["form"]
    filled = {name: form[name].value() for name in form.fields}
    values = {name: str(value) for name, value in filled.items() if value not in (None, "", False)}
    for name in ("start_time", "end_time"):
        if name in filled:
            values[name] = f"{filled[name]:%Y-%m-%dT%H:%M:%S}"
    return {"kind": kind, "merchant": str(merchant.pk)} | values


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def wallet(merchant: Merchant) -> str:
    return wallets.add_wallet(merchant, address=OTHER_ADDRESS, label="sample", now=NOW).address


@pytest.mark.parametrize("kind", OrderKind.values)
def test_support_places_every_kind(support: Client, merchant: Merchant, wallet: str, kind: str) -> None:
    response = support.post(NEW, fields(support, kind, merchant) | KINDS[kind])
    order = Order.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/admin/orders/order/{order.pk}/change/"
    assert (order.kind, order.merchant, order.address) == (kind, merchant, KINDS[kind]["address"])
    assert order.created_by is not None
    assert order.created_by.username == "support"
    assert ledger.held_sun(merchant) == order.price_sun


def test_every_kind_is_one_click_from_the_list(support: Client) -> None:
    shown = text(support.get("/admin/orders/order/"))
    assert all(f"{NEW}?kind={kind}" in shown for kind in OrderKind.values)


def test_without_a_merchant_the_page_asks_for_one(support: Client, merchant: Merchant) -> None:
    response = support.get(f"{NEW}?kind=energy")
    assert response.context["form"] is None
    assert merchant.name in text(response)


@pytest.mark.parametrize("kind", ["zzz", "", "ENERGY", "\x00", "x" * 5000])
def test_an_unknown_kind_opens_the_first_one(support: Client, merchant: Merchant, kind: str) -> None:
    response = support.get(NEW, {"kind": kind, "merchant": str(merchant.pk)})
    assert response.status_code == 200
    assert response.context["kind"] == "collect"


@pytest.mark.parametrize("value", ["abc", "0", "-1", "1" * 31, "NaN", "<b>", "\x00", "²"])
def test_an_unknown_merchant_is_told_at_the_field(support: Client, merchant: Merchant, value: str) -> None:
    for response in (
        support.get(NEW, {"kind": "energy", "merchant": value}),
        support.post(NEW, KINDS["energy"] | {"kind": "energy", "merchant": value}),
    ):
        assert response.status_code == 200
        assert "There is no such merchant" in text(response)
    assert not Order.objects.exists()


def test_a_disabled_merchant_takes_no_order(support: Client, merchant: Merchant) -> None:
    values = fields(support, "energy", merchant) | KINDS["energy"]
    Merchant.objects.update(enabled=False)
    assert "or it is disabled" in text(support.post(NEW, values))
    assert not Order.objects.exists()


def test_a_form_that_is_sent_twice_makes_one_order(support: Client, merchant: Merchant) -> None:
    values = fields(support, "energy", merchant) | KINDS["energy"]
    first, second = support.post(NEW, values), support.post(NEW, values, follow=True)
    assert Order.objects.count() == 1
    assert second.redirect_chain == [(first["Location"], 302)]
    assert "nothing was placed twice" in text(second)
    assert Transfer.objects.filter(code="hold").count() == 1


def test_a_token_used_for_another_merchant_is_refused(support: Client, merchant: Merchant) -> None:
    other = merchants.create_merchant(name="Other sample merchant", time_zone="UTC", now=NOW)
    ledger.top_up(other, 100_000_000, note="", now=NOW)
    values = fields(support, "energy", merchant) | KINDS["energy"]
    support.post(NEW, values)
    response = support.post(NEW, values | {"merchant": str(other.pk)})
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert Order.objects.count() == 1


def test_each_opening_has_its_own_token(support: Client, merchant: Merchant) -> None:
    tokens = {fields(support, "energy", merchant)["submit_token"] for _ in range(3)}
    assert len(tokens) == 3


def test_too_little_money_is_said_and_stores_nothing(support: Client, merchant: Merchant) -> None:
    values = fields(support, "energy", merchant) | KINDS["energy"] | {"energy": "100000000"}
    response = support.post(NEW, values)
    assert "Insufficient funds: 1000 TRX available, 10000 TRX needed." in text(response)
    assert not Order.objects.exists()
    assert ledger.available_sun(merchant) == 1_000_000_000


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("energy", {"address": ""}, "address"),
        ("energy", {"address": ADDRESS.lower()}, "address"),
        ("energy", {"address": ADDRESS[:-1] + "x"}, "address"),
        ("energy", {"address": "T" * 1_000_000}, "address"),
        ("energy", {"energy": str(10**30)}, "energy"),
        ("energy", {"energy": "-65000"}, "energy"),
        ("energy", {"energy": "NaN"}, "energy"),
        ("energy", {"duration_hours": "7"}, "duration_hours"),
        ("energy", {"external_id": "a\x07b"}, "external_id"),
        ("energy", {"external_id": "a" * 300}, "external_id"),
        ("energy", {"account_choice": "999"}, "account_choice"),
        ("energy", {"account_choice": "abc"}, "account_choice"),
        ("collect", {"scene": "9"}, "scene"),
        ("collect", {"to_address": "nope"}, "to_address"),
        ("monitor", {"amount": "1e3"}, "amount"),
        ("monitor", {"amount": str(10**30)}, "amount"),
        ("monitor", {"amount": "0"}, "amount"),
        ("monitor", {"start_time": "yesterday"}, "start_time"),
        ("monitor", {"end_time": "2020-01-01 00:00"}, "end_time"),
        ("deposit", {"address": ADDRESS}, "address"),
    ],
)
def test_bad_input_is_told_at_its_field_and_stores_nothing(
    support: Client, merchant: Merchant, wallet: str, kind: str, change: dict[str, str], field: str
) -> None:
    response = support.post(NEW, fields(support, kind, merchant) | KINDS[kind] | change)
    assert response.status_code == 200
    assert response.context["form"].errors[field]
    assert not Order.objects.exists()


def test_markup_is_shown_as_text(support: Client, merchant: Merchant) -> None:
    values = fields(support, "energy", merchant) | {"address": "<script>x</script>"}
    assert "<script>x" not in text(support.post(NEW, values))
    assert "<script>x" not in text(support.get(url("energy", merchant) + "&address=<script>x</script>"))


def test_a_refusal_of_the_service_stands_at_its_field(support: Client, merchant: Merchant) -> None:
    first = fields(support, "monitor", merchant) | KINDS["monitor"]
    support.post(NEW, first)
    response = support.post(NEW, fields(support, "monitor", merchant) | KINDS["monitor"])
    assert "already waits for this amount" in response.context["form"].errors["amount"][0]
    assert Order.objects.count() == 1


# --- callbacks ---------------------------------------------------------------------------------------------------


def test_without_a_credential_the_page_says_that_no_callback_is_possible(
    support: Client, merchant: Merchant
) -> None:
    response = support.get(url("energy", merchant))
    assert "has no iTRX credential" in text(response)
    assert "callback_format" not in response.context["form"].fields


def test_only_credentials_that_can_sign_are_offered(
    support: Client, merchant: Merchant, credential: ApiCredential
) -> None:
    crossingpay = rotation.issue(merchant, "crossingpay", now=NOW).credential
    dead = rotation.issue(merchant, "itrx", now=NOW).credential
    rotation.revoke(dead, now=NOW)
    other = merchants.create_merchant(name="Other sample merchant", time_zone="UTC", now=NOW)
    rotation.issue(other, "itrx", now=NOW)

    def offered(kind: str) -> list[ApiCredential]:
        return list(support.get(url(kind, merchant)).context["form"].fields["credential"].queryset)

    assert offered("energy") == [credential]
    assert offered("monitor") == [crossingpay]


def test_a_merchant_with_url_and_credential_is_called_back_unless_staff_say_no(
    support: Client, merchant: Merchant, credential: ApiCredential
) -> None:
    Merchant.objects.update(default_callback_url="https://merchant.test/in")
    values = fields(support, "energy", merchant) | KINDS["energy"]
    support.post(NEW, values)
    order = Order.objects.get()
    assert (order.callback_format, order.credential) == ("itrx", credential)
    assert order.callback_url == "https://merchant.test/in"
    values = fields(support, "energy", merchant) | KINDS["energy"] | {"callback_format": "none"}
    support.post(NEW, values)
    assert Order.objects.latest("pk").credential is None


@pytest.mark.parametrize(
    ("kind", "wrong"), [("energy", "crossingpay_v2a"), ("monitor", "itrx"), ("energy", "zzz")]
)
def test_a_format_that_cannot_tell_this_kind_is_refused(
    support: Client, merchant: Merchant, credential: ApiCredential, kind: str, wrong: str
) -> None:
    rotation.issue(merchant, "crossingpay", now=NOW)
    values = fields(support, kind, merchant) | KINDS[kind]
    values |= {"callback_format": wrong, "callback_url": "https://merchant.test/in"}
    response = support.post(NEW, values)
    assert response.context["form"].errors["callback_format"]
    assert not Order.objects.exists()


@pytest.mark.parametrize("bad", ["ftp://x/y", "https://u:p@x/", "javascript:alert(1)", "http://", "x" * 3000])
def test_a_bad_callback_url_is_told(
    support: Client, merchant: Merchant, credential: ApiCredential, bad: str
) -> None:
    values = fields(support, "energy", merchant) | KINDS["energy"]
    response = support.post(NEW, values | {"callback_format": "itrx", "callback_url": bad})
    assert response.context["form"].errors["callback_url"]
    assert not Order.objects.exists()


# --- routing, zone, wallets --------------------------------------------------------------------------------------


def test_only_accounts_that_support_the_kind_are_offered(
    support: Client, merchant: Merchant, make_account: MakeAccount
) -> None:
    itrx, tronzap = make_account("itrx"), make_account("tronzap")
    make_account("crossingpay")
    ProviderAccount.objects.filter(pk=make_account("tronzap", label="off").pk).update(enabled=False)

    def offered(kind: str) -> set[ProviderAccount]:
        return set(support.get(url(kind, merchant)).context["form"].fields["account_choice"].queryset)

    assert offered("activation") == {tronzap}
    assert itrx in offered("collect")
    values = fields(support, "activation", merchant) | KINDS["activation"]
    support.post(NEW, values | {"account_choice": str(tronzap.pk)})
    assert Order.objects.get().account_choice == tronzap


def test_a_monitored_window_is_wall_clock_of_the_merchant(support: Client, merchant: Merchant) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    response = support.get(url("monitor", merchant))
    assert "Clock of Asia/Shanghai (UTC+08:00)" in text(response)
    filled = response.context["form"]["start_time"].value().replace(tzinfo=zone)
    assert abs(filled - datetime.now(UTC)) < timedelta(minutes=5)
    support.post(NEW, fields(support, "monitor", merchant) | KINDS["monitor"])
    order = Order.objects.get()
    assert order.window_start is not None
    assert order.window_end is not None
    assert order.window_end - order.window_start == timedelta(hours=1)
    assert abs(order.window_start - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_deposit_goes_to_a_wallet_of_the_merchant(support: Client, merchant: Merchant) -> None:
    assert "has no wallet yet" in text(support.get(url("deposit", merchant)))
    wallets.add_wallet(merchant, address=OTHER_ADDRESS, label="sample", now=NOW)
    choices = support.get(url("deposit", merchant)).context["form"].fields["address"].widget.choices
    assert [value for value, _ in choices] == ["", OTHER_ADDRESS]


# --- price -------------------------------------------------------------------------------------------------------


def test_the_preview_shows_parts_total_and_what_is_left(support: Client, merchant: Merchant) -> None:
    values = fields(support, "bundle", merchant) | KINDS["bundle"]
    response = support.post(QUOTE, values)
    context = response.context
    assert context["parts"] == [("Energy", 6_500_000), ("Bandwidth", 345_000)]
    assert context["total_sun"] == 6_845_000
    assert context["after_sun"] == 1_000_000_000 - 6_845_000
    assert "6.845" in text(response)
    support.post(NEW, values)
    assert Order.objects.get().price_sun == context["total_sun"]


def test_the_preview_stores_nothing(support: Client, merchant: Merchant) -> None:
    support.post(QUOTE, fields(support, "energy", merchant) | KINDS["energy"])
    assert not Order.objects.exists()
    assert ledger.available_sun(merchant) == 1_000_000_000


def test_the_preview_warns_when_the_money_is_short(support: Client, merchant: Merchant) -> None:
    values = fields(support, "energy", merchant) | KINDS["energy"] | {"energy": "20000000"}
    response = support.post(QUOTE, values)
    assert response.context["short_sun"] == 1_000_000_000
    assert 'role="alert"' in text(response)
    LedgerAccount.objects.filter(merchant=merchant, kind="available").update(credit_limit=1_000_000_000)
    assert support.post(QUOTE, values).context["short_sun"] == 0


def test_the_preview_of_an_unfinished_form_says_what_is_needed(support: Client, merchant: Merchant) -> None:
    values = fields(support, "energy", merchant) | {"energy": "12"}
    response = support.post(QUOTE, values)
    assert response.context["missing"] == ["Receiving address"]
    assert [label for label, _ in response.context["errors"]] == ["Energy, units"]


def test_the_preview_and_the_order_use_the_same_chain_facts(support: Client, merchant: Merchant) -> None:
    """Facts that cannot be had are priced as the dearer case, and the page says so."""
    caches["process"].clear()
    values = fields(support, "collect", merchant) | KINDS["collect"]
    response = support.post(QUOTE, values)
    assert response.context["is_dearer_case"]
    assert ("Activation of the address", 1_500_000) in response.context["parts"]
    support.post(NEW, values)
    assert Order.objects.get().price_sun == response.context["total_sun"]


@pytest.mark.parametrize("value", ["abc", "", "1" * 31, "\x00"])
def test_a_preview_for_no_merchant_is_a_plain_400(support: Client, merchant: Merchant, value: str) -> None:
    assert support.post(QUOTE, {"kind": "energy", "merchant": value}).status_code == 400


def test_the_preview_is_a_post(support: Client) -> None:
    assert support.get(QUOTE).status_code == 405


# --- permission --------------------------------------------------------------------------------------------------


def test_finance_places_nothing_and_the_refusals_are_on_record(finance: Client, merchant: Merchant) -> None:
    values = KINDS["energy"] | {"kind": "energy", "merchant": str(merchant.pk)}
    answers = [finance.get(NEW), finance.post(NEW, values), finance.post(QUOTE, values)]
    assert {answer.status_code for answer in answers} == {403}
    assert not Order.objects.exists()
    assert AuditEntry.objects.filter(refused=True).count() == 3
    assert NEW not in text(finance.get("/admin/orders/order/"))


def test_staff_choose_who_watches_a_payment_order(
    support: Client, merchant: Merchant, settings: Settings
) -> None:
    values = fields(support, "monitor", merchant) | KINDS["monitor"] | {"watcher": "own"}
    assert "TRON_NODE_URL is not set" in text(support.post(NEW, values))
    settings.TRON_NODES = [NODE]
    assert support.post(NEW, values).status_code == 302
    assert Order.objects.get().watcher == "own"
    assert "watcher" not in support.get(url("energy", merchant)).context["form"].fields
