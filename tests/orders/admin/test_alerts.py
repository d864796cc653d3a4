"""The page of alerts."""

from django.test import Client

from orders.models import Alert
from orders.services import alerting
from providers.models import ProviderAccount
from tests.orders.admin.conftest import text
from tests.orders.conftest import NOW, MakeAccount


def test_alerts_are_listed_with_their_page(
    make_account: MakeAccount, finance: Client, support: Client
) -> None:
    account = make_account(low_balance_sun=5)
    ProviderAccount.objects.filter(pk=account.pk).update(balance_sun=1)
    alerting.evaluate(now=NOW)
    alert = Alert.objects.get(kind="provider_balance")
    words = text(finance.get("/admin/orders/alert/", {"state": "on"}))
    assert account.label in words
    assert f"/admin/providers/provideraccount/{account.pk}/change/" in words
    assert "ALERT_EMAIL_TO" in words
    assert account.label in text(finance.get(f"/admin/orders/alert/{alert.pk}/change/"))
    assert account.label not in text(finance.get("/admin/orders/alert/", {"state": "over"}))
    assert support.get("/admin/orders/alert/").status_code == 403
