"""Merchants: made, changed, topped up; and what their page tells."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from orders.models import Approval, AuditEntry, Merchant, Transfer, Wallet, WatchedAddress
from orders.services import ledger, wallets, webhook_secrets
from tests.orders.admin.conftest import send_form, text
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, Place

LIST = "/admin/orders/merchant/"
GOOD = {
    "name": "Sample two",
    "time_zone": "Asia/Shanghai",
    "enabled": "on",
    "default_callback_url": "",
    "note": "",
}


def page(merchant: Merchant) -> str:
    return f"{LIST}{merchant.pk}/change/"


def top_up(merchant: Merchant) -> str:
    return f"{LIST}{merchant.pk}/top-up/"


def test_a_new_merchant_has_its_ledger_accounts_and_leads_to_its_page(administrator: Client) -> None:
    response = administrator.post(
        f"{LIST}add/", GOOD | {"default_callback_url": "https://sample.example/hook"}
    )
    merchant = Merchant.objects.get()
    assert response["Location"] == page(merchant)
    assert {account.kind for account in merchant.accounts.all()} == {"available", "held"}
    entry = AuditEntry.objects.get(act="merchant.create")
    assert (entry.user.username, entry.object_id) == ("administrator", str(merchant.pk))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 129),
        ("name", "a\x00b"),
        ("name", "a\u202eb"),
        ("time_zone", "Mars/Base"),
        ("time_zone", ""),
        ("time_zone", "1" * 31),
        ("default_callback_url", "ftp://sample.example"),
        ("default_callback_url", "https://user:pass@sample.example"),
        ("default_callback_url", "javascript:alert(1)"),
        ("default_callback_url", "https://sample.example/" + "x" * 3000),
        ("note", "x" * 1_000_000),
    ],
)
def test_bad_input_is_told_at_the_field_and_stores_nothing(
    field: str, value: str, administrator: Client
) -> None:
    response = administrator.post(f"{LIST}add/", GOOD | {field: value})
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [field]
    assert not Merchant.objects.exists()


def test_a_taken_name_is_told(merchant: Merchant, administrator: Client) -> None:
    response = administrator.post(f"{LIST}add/", GOOD | {"name": merchant.name})
    assert "already exists" in text(response)
    assert Merchant.objects.count() == 1


def test_a_change_is_on_the_trail(merchant: Merchant, administrator: Client) -> None:
    administrator.post(page(merchant), GOOD | {"name": merchant.name, "enabled": "", "note": "<i>late</i>"})
    merchant.refresh_from_db()
    assert not merchant.enabled
    entry = AuditEntry.objects.get(act="merchant.change")
    assert entry.before == {"enabled": "True", "note": ""}
    assert entry.after == {"enabled": "False", "note": "<i>late</i>"}


def test_below_which_balance_to_tell_is_set_on_the_form(merchant: Merchant, administrator: Client) -> None:
    administrator.post(page(merchant), GOOD | {"name": merchant.name, "low_balance": "12.5"})
    merchant.refresh_from_db()
    assert merchant.low_balance_sun == 12_500_000
    assert AuditEntry.objects.get(act="merchant.change").after == {"low_balance": "12500000"}
    assert 'value="12.5"' in text(administrator.get(page(merchant)))


def test_external_ids_are_made_unique_on_the_form(merchant: Merchant, administrator: Client) -> None:
    changes = GOOD | {"name": merchant.name, "unique_external_id": "on"}
    administrator.post(page(merchant), changes)
    merchant.refresh_from_db()
    assert merchant.unique_external_id
    entry = AuditEntry.objects.get(act="merchant.change")
    assert entry.before == {"unique_external_id": "False"}
    assert entry.after == {"unique_external_id": "True"}


def test_a_new_merchant_can_begin_with_unique_external_ids(administrator: Client) -> None:
    administrator.post(f"{LIST}add/", GOOD | {"unique_external_id": "on"})
    assert Merchant.objects.get().unique_external_id
    assert AuditEntry.objects.get(act="merchant.create").after["unique_external_id"] is True


def test_a_top_up_address_is_watched_and_on_the_trail(merchant: Merchant, administrator: Client) -> None:
    form = {"name": merchant.name, "time_zone": "UTC", "watcher": "own", "top_up_address": OTHER_ADDRESS}
    assert administrator.post(page(merchant), form).status_code == 302
    merchant.refresh_from_db()
    assert (merchant.watcher, merchant.top_up_address) == ("own", OTHER_ADDRESS)
    assert WatchedAddress.objects.get().is_ours
    assert AuditEntry.objects.get(act="merchant.top_up_address").after == {"top_up_address": OTHER_ADDRESS}
    administrator.post(page(merchant), form | {"top_up_address": ""})
    merchant.refresh_from_db()
    assert merchant.top_up_address is None


def test_a_deposit_wallet_is_no_top_up_address(merchant: Merchant, administrator: Client) -> None:
    wallets.add_wallet(merchant, address=OTHER_ADDRESS, label="", now=NOW)
    form = {"name": merchant.name, "time_zone": "UTC", "top_up_address": OTHER_ADDRESS}
    assert "This is a deposit wallet." in text(administrator.post(page(merchant), form))
    assert not WatchedAddress.objects.exists()


def test_markup_in_a_name_is_text(administrator: Client) -> None:
    administrator.post(f"{LIST}add/", GOOD | {"name": "<script>alert(1)</script>"})
    merchant = Merchant.objects.get()
    for url in (LIST, page(merchant), top_up(merchant), "/admin/orders/auditentry/"):
        assert "<script>alert" not in text(administrator.get(url)), url


def test_the_list_tells_balances_and_counts(merchant: Merchant, place: Place, finance: Client) -> None:
    place()
    row = finance.get(LIST).context["cl"].result_list[0]
    assert (row.available_sun, row.held_sun) == (993_500_000, 6_500_000)
    assert (row.alive_credentials, row.open_order_count) == (0, 1)


def test_the_page_shows_each_role_its_buttons(
    merchant: Merchant, support: Client, finance: Client, administrator: Client
) -> None:
    offers = {"New order", "Ask for a top-up", "Top up", "Issue credential", "Register wallet"}

    def offered(client: Client) -> set[str]:
        words = text(client.get(page(merchant)))
        return {
            offer for offer in offers if f"{offer}\n" in words or f"{offer}</a>" in words or offer in words
        }

    assert offered(support) == {"New order", "Ask for a top-up"}
    assert offered(finance) == set()
    assert offered(administrator) == {"New order", "Top up", "Issue credential", "Register wallet"}


# --- money -----------------------------------------------------------------------------------------------------


def test_an_administrator_tops_up_at_once(merchant: Merchant, administrator: Client) -> None:
    response = send_form(administrator, top_up(merchant), amount="12.5", reason="reference 1")
    assert response["Location"] == page(merchant)
    assert ledger.available_sun(merchant) == 1_012_500_000
    assert AuditEntry.objects.get(act="merchant.top_up").after["amount_sun"] == 12_500_000


def test_a_form_sent_twice_tops_up_once(merchant: Merchant, administrator: Client) -> None:
    token = administrator.get(top_up(merchant)).context["form"]["token"].value()
    form = {"token": token, "amount": "10", "reason": "x"}
    administrator.post(top_up(merchant), form)
    response = administrator.post(top_up(merchant), form, follow=True)
    assert "sent before" in text(response)
    assert ledger.available_sun(merchant) == 1_010_000_000


def test_above_the_limit_an_administrator_only_asks(merchant: Merchant, administrator: Client) -> None:
    above = f"{settings.APPROVAL_LIMIT_SUN // 1_000_000}.000001"
    response = send_form(administrator, top_up(merchant), amount=above, reason="x")
    approval = Approval.objects.get()
    assert response["Location"] == f"/admin/orders/approval/{approval.pk}/change/"
    assert approval.data == {"amount_sun": settings.APPROVAL_LIMIT_SUN + 1}
    assert ledger.available_sun(merchant) == 1_000_000_000


def test_support_only_asks(merchant: Merchant, support: Client) -> None:
    send_form(support, top_up(merchant), amount="1", reason="x")
    assert Approval.objects.get().requested_by.username == "support"
    assert ledger.available_sun(merchant) == 1_000_000_000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            ("amount", bad)
            for bad in ("", "0", "-5", "NaN", "1e30", "1" * 31, "0.0000001", "١٠", "<b>1</b>", "1\x00")
        ),
        ("amount", "1000000000.000001"),
        ("amount", "1" * 1_000_000),
        *(("reason", bad) for bad in ("", "a\x07b", "x" * 151)),
        ("token", ""),
        ("token", "x" * 65),
    ],
)
def test_bad_amounts_book_nothing(field: str, value: str, merchant: Merchant, administrator: Client) -> None:
    form: dict[str, Any] = {"amount": "1", "reason": "x", "token": "t"} | {field: value}
    response = administrator.post(top_up(merchant), form)
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert Transfer.objects.count() == 1  # the fixture's
    assert not Approval.objects.exists()


# --- wallets ---------------------------------------------------------------------------------------------------


def register(client: Client, merchant: Merchant, address: str, label: str = "") -> Any:
    return client.post(
        "/admin/orders/wallet/add/", {"merchant": str(merchant.pk), "address": address, "label": label}
    )


def test_a_wallet_is_registered_in_an_upstreams_custody(merchant: Merchant, administrator: Client) -> None:
    register(administrator, merchant, ADDRESS, "till")
    wallet = Wallet.objects.get()
    assert (wallet.address, wallet.custody, wallet.label) == (ADDRESS, "upstream", "till")
    assert AuditEntry.objects.filter(act="wallet.add").exists()


@pytest.mark.parametrize(
    "address", ["", ADDRESS.lower(), ADDRESS[:-1] + "x", "0x" + "0" * 40, "T" * 34, "x" * 5000, "\x00", "<b>"]
)
def test_an_address_that_is_none_is_refused(address: str, merchant: Merchant, administrator: Client) -> None:
    response = register(administrator, merchant, address)
    assert list(response.context["adminform"].form.errors) == ["address"]
    assert not Wallet.objects.exists()


def test_an_address_is_registered_once(merchant: Merchant, administrator: Client) -> None:
    register(administrator, merchant, OTHER_ADDRESS)
    assert "already exists" in text(register(administrator, merchant, OTHER_ADDRESS))
    assert Wallet.objects.count() == 1


@pytest.mark.parametrize("merchant_id", ["abc", "1" * 31, "999999", "-1", "\x00", ""])
def test_a_merchant_that_is_none_is_refused(merchant_id: str, administrator: Client) -> None:
    form = {"merchant": merchant_id, "address": ADDRESS, "label": ""}
    response = administrator.post("/admin/orders/wallet/add/", form)
    assert list(response.context["adminform"].form.errors) == ["merchant"]


def test_a_webhook_secret_is_issued_where_none_lives_and_rotated_otherwise(
    merchant: Merchant, administrator: Client
) -> None:
    assert "Issue webhook secret" in text(administrator.get(page(merchant)))
    issued = webhook_secrets.issue(merchant, now=timezone.now())
    words = text(administrator.get(page(merchant)))
    assert "Issue webhook secret" not in words
    assert f"…{issued.row.hint}" in words


def test_the_buttons_lead_on_with_this_merchant(merchant: Merchant, administrator: Client) -> None:
    words = text(administrator.get(page(merchant)))
    of_merchant = f"?merchant={merchant.pk}"
    for place in (
        "order/add/",
        "apicredential/add/",
        "wallet/add/",
        "webhooksecret/add/",
        "merchant/workbench/",
    ):
        url = f"/admin/orders/{place}{of_merchant}"
        assert f'href="{url}"' in words, place
        assert administrator.get(url).status_code == 200
