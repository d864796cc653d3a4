"""Adjusting a merchant's account on its page."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from orders.models import Approval, AuditEntry, Merchant
from orders.services import ledger
from tests.orders.admin.conftest import send_form, text

START_SUN = 1_000_000_000
GOOD = {"side": "credit", "asset": "TRX", "amount": "12.5", "reason": "counted twice"}


def adjust(merchant: Merchant) -> str:
    return f"/admin/orders/merchant/{merchant.pk}/adjust/"


def test_an_administrator_adjusts_at_once(merchant: Merchant, administrator: Client) -> None:
    response = send_form(administrator, adjust(merchant), **GOOD)
    assert response["Location"] == f"/admin/orders/merchant/{merchant.pk}/change/"
    send_form(administrator, adjust(merchant), **GOOD | {"side": "debit", "amount": "2.5"})
    send_form(administrator, adjust(merchant), **GOOD | {"asset": "USDT"})
    assert ledger.available_sun(merchant) == START_SUN + 10_000_000
    assert ledger.deposits_micro(merchant) == 12_500_000
    assert AuditEntry.objects.filter(act="merchant.adjust").count() == 3


def test_finance_asks_and_an_administrator_grants(
    merchant: Merchant, finance: Client, administrator: Client
) -> None:
    send_form(finance, adjust(merchant), **GOOD | {"side": "debit"})
    approval = Approval.objects.get()
    assert approval.data == {"asset": "TRX", "amount": -12_500_000}
    assert ledger.available_sun(merchant) == START_SUN
    assert "−12.50" in text(administrator.get(f"/admin/orders/approval/{approval.pk}/change/"))
    send_form(administrator, f"/admin/orders/approval/{approval.pk}/grant/", note="seen")
    assert ledger.available_sun(merchant) == START_SUN - 12_500_000


def test_above_the_limit_which_the_page_tells_an_administrator_only_asks(
    merchant: Merchant, administrator: Client, settings: Settings
) -> None:
    settings.APPROVAL_LIMIT_MICRO_USDT = 30_000_000
    assert "Above 100.00 TRX or 30.00 USDT" in text(administrator.get(adjust(merchant)))
    above = f"{settings.APPROVAL_LIMIT_SUN // 1_000_000}.000001"
    send_form(administrator, adjust(merchant), **GOOD | {"amount": above, "side": "debit"})
    assert Approval.objects.get().data["amount"] == -settings.APPROVAL_LIMIT_SUN - 1
    assert ledger.available_sun(merchant) == START_SUN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("amount", bad) for bad in ("", "0", "-5", "NaN", "1e30", "0.0000001", "١٠", "1\x00", "1" * 9999)),
        *(("side", bad) for bad in ("", "both", "\x00")),
        *(("asset", bad) for bad in ("", "BTC", "trx")),
        *(("reason", bad) for bad in ("", "a\x00b", "a\u202eb", "x" * 151)),
    ],
)
def test_bad_input_is_told_at_its_field(
    field: str, value: str, merchant: Merchant, administrator: Client
) -> None:
    response = send_form(administrator, adjust(merchant), **GOOD | {field: value})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert ledger.available_sun(merchant) == START_SUN
    assert not Approval.objects.exists()


def test_more_than_the_merchant_has_is_refused_in_words(merchant: Merchant, administrator: Client) -> None:
    response = send_form(administrator, adjust(merchant), **GOOD | {"side": "debit", "asset": "USDT"})
    assert "The merchant has only 0.00 USDT." in text(response)
    assert AuditEntry.objects.get(act="merchant.refused").refused


def test_others_do_neither(merchant: Merchant, support: Client, auditor: Client) -> None:
    for client in (support, auditor):
        assert client.get(adjust(merchant)).status_code == 403
        assert "/adjust/" not in text(client.get(f"/admin/orders/merchant/{merchant.pk}/change/"))


def test_the_balances_lead_to_it(merchant: Merchant, finance: Client, auditor: Client) -> None:
    balances = "/admin/orders/ledgeraccount/balances/"
    assert adjust(merchant) in text(finance.get(balances))
    assert adjust(merchant) not in text(auditor.get(balances))
