"""The switches of a merchant's callbacks, and test callbacks, on the staff's pages."""

import pytest
from django.test import Client

from orders.models import AuditEntry, Callback, Merchant
from orders.services import limits, rotation, webhook_secrets
from tests.orders.admin.conftest import send_form, text
from tests.orders.conftest import NOW

URL = "https://sample.example/hook"


@pytest.fixture(autouse=True)
def no_shares_left() -> None:
    limits.forget()


def page(merchant: Merchant, act: str) -> str:
    return f"/admin/orders/merchant/{merchant.pk}/{act}/"


def test_the_switches_are_changed_with_before_and_after(merchant: Merchant, administrator: Client) -> None:
    wanted = {"crossingpay_format": "crossingpay_v2b", "tell_failures": "on", "native_events": "on"}
    response = send_form(administrator, page(merchant, "callbacks"), **wanted)
    assert response["Location"] == page(merchant, "change")
    merchant.refresh_from_db()
    assert (merchant.crossingpay_format, merchant.tell_failures) == ("crossingpay_v2b", True)
    assert (merchant.automatic_retry, merchant.native_events) == (False, True)
    entry = AuditEntry.objects.get(act="merchant.callbacks")
    assert entry.before["automatic_retry"] is True
    assert entry.after["automatic_retry"] is False
    words = text(administrator.get(page(merchant, "change")))
    assert "needs a default callback URL and a living webhook secret" in words
    assert "v2b, signed by the table" in words


def test_the_form_shows_what_is_set(merchant: Merchant, administrator: Client) -> None:
    form = administrator.get(page(merchant, "callbacks")).context["form"]
    assert form["crossingpay_format"].value() == "crossingpay_v2a"
    assert (form["automatic_retry"].value(), form["tell_failures"].value()) == (True, False)


@pytest.mark.parametrize("bad", ["", "itrx", "native", "\x00", "x" * 5000])
def test_a_format_that_is_none(bad: str, merchant: Merchant, administrator: Client) -> None:
    response = send_form(administrator, page(merchant, "callbacks"), crossingpay_format=bad)
    assert list(response.context["form"].errors) == ["crossingpay_format"]
    assert not AuditEntry.objects.filter(act="merchant.callbacks").exists()


def test_a_test_callback_is_due_at_once_and_leads_to_its_page(merchant: Merchant, support: Client) -> None:
    Merchant.objects.update(default_callback_url=URL)
    credential = rotation.issue(merchant, "crossingpay", now=NOW).credential
    response = send_form(support, page(merchant, "test-callback"), callback_format="crossingpay_v2a")
    callback = Callback.objects.get()
    assert response["Location"] == f"/admin/orders/callback/{callback.pk}/change/"
    assert (callback.url, callback.credential, callback.is_test) == (URL, credential, True)
    assert AuditEntry.objects.get(act="callback.test").user.username == "support"  # type: ignore[union-attr]
    assert support.get(response["Location"]).status_code == 200
    found = support.get("/admin/orders/callback/", {"q": callback.event_id}).context["cl"].result_list
    assert list(found) == [callback]


def test_a_second_click_sends_no_second_one(merchant: Merchant, support: Client) -> None:
    webhook_secrets.issue(merchant, now=NOW)
    form = {"callback_format": "native", "url": URL}
    form["token"] = support.get(page(merchant, "test-callback")).context["form"]["token"].value()
    for _ in range(2):
        support.post(page(merchant, "test-callback"), form)
    assert Callback.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"callback_format": "none"}, "callback_format"),
        ({"callback_format": "native", "url": URL}, "callback_format"),
        ({"callback_format": "itrx", "url": URL}, "callback_format"),
        ({"callback_format": "crossingpay_v2a"}, "url"),
        ({"callback_format": "crossingpay_v2a", "url": "ftp://m.example"}, "url"),
        ({"callback_format": "crossingpay_v2a", "url": URL, "credential": "999"}, "credential"),
        ({"callback_format": "crossingpay_v2a", "url": URL, "credential": "1" * 31}, "credential"),
    ],
)
def test_bad_input_is_told_and_sends_nothing(
    given: dict[str, str], field: str, merchant: Merchant, support: Client
) -> None:
    rotation.issue(merchant, "crossingpay", now=NOW)
    response = send_form(support, page(merchant, "test-callback"), **given)
    assert response.status_code == 200
    errors = response.context["form"].errors
    assert field in errors or "__all__" in errors
    assert not Callback.objects.exists()


def test_one_minutes_share_is_told(merchant: Merchant, support: Client) -> None:
    webhook_secrets.issue(merchant, now=NOW)
    given = {"callback_format": "native", "url": URL}
    answers = [text(send_form(support, page(merchant, "test-callback"), **given)) for _ in range(14)]
    assert any("a minute" in answer for answer in answers)
    assert 6 <= Callback.objects.count() <= 12  # the minute may have changed in between
