"""What each row of the trail is told: whose it is, and where the request came from."""

from django.test import Client

from orders.models import AuditEntry, Merchant
from orders.services import audit, rotation
from tests.orders.conftest import NOW, Place


def test_a_row_names_the_merchant_it_is_about(merchant: Merchant, place: Place) -> None:
    order = place()
    for target in (merchant, order, rotation.issue(merchant, "itrx", now=NOW).credential):
        assert audit.record("x", user=None, now=NOW, target=target).merchant_id == merchant.pk
    assert audit.record("x", user=None, now=NOW).merchant_id is None


def test_an_act_without_a_request_came_from_nowhere(merchant: Merchant) -> None:
    entry = AuditEntry.objects.get(act="merchant.create")
    assert (entry.ip, entry.user_agent) == (None, "")


def test_what_a_service_writes_tells_the_address_and_the_program(
    merchant: Merchant, admin_client: Client
) -> None:
    page = f"/admin/orders/merchant/{merchant.pk}/callbacks/"
    token = admin_client.get(page).context["form"]["token"].value()
    headers = {"User-Agent": "x" * 300}
    values = {"token": token, "crossingpay_format": "crossingpay_v2b"}
    admin_client.post(page, values, REMOTE_ADDR="::ffff:192.0.2.7", headers=headers)
    entry = AuditEntry.objects.get(act="merchant.callbacks")
    assert (entry.ip, entry.user_agent) == ("192.0.2.7", "x" * 200)
    assert audit.record("x", user=None, now=NOW).ip is None
