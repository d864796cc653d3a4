"""What is told, when, and how often; by a real webhook and a mail box."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import Message

import pytest
from django.core import mail
from pytest_django import Settings

from orders.models import Alert, AlertNotice, CallbackHost, Merchant, Order
from orders.services import alert_conditions, alert_sending, alerting, rotation
from providers import webhooks
from providers.models import ProviderAccount
from tests.orders.conftest import NOW, MakeAccount, Place
from tests.upstream import Upstream, serve

SECRET = webhooks.new_secret()
HOUR = timedelta(hours=1)


@pytest.fixture
def hook() -> Iterator[Upstream]:
    with serve() as upstream:
        yield upstream


@pytest.fixture
def by_mail(settings: Settings) -> None:
    settings.ALERT_EMAIL_TO, settings.ALERT_EMAIL_FROM = ["ops@example.test"], "office@example.test"
    settings.ALERT_QUIET_MINUTES, settings.PUBLIC_URL = 60, "https://office.example.test"


@pytest.fixture
def by_webhook(settings: Settings, hook: Upstream) -> Upstream:
    settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = f"{hook.url}/alerts", SECRET
    return hook


@pytest.fixture
def low(make_account: MakeAccount) -> ProviderAccount:
    account = make_account(low_balance_sun=5_000_000)
    ProviderAccount.objects.filter(pk=account.pk).update(balance_sun=1_000_000)
    return account


def look(now: datetime) -> None:
    """As one round of the worker; a schedule that never ran is no matter here."""
    alerting.evaluate(now=now)
    alert_sending.send_due(clock=lambda: now)


def end(account: ProviderAccount) -> None:
    ProviderAccount.objects.filter(pk=account.pk).update(balance_sun=6_000_000)


def subjects() -> list[str]:
    return [str(message.subject) for message in mail.outbox if "upstream" in message.subject]


def kinds(now: datetime = NOW) -> set[tuple[str, str]]:
    found = alert_conditions.conditions(now=now)
    return {(each.kind.value, each.subject) for each in found if each.kind != "queue"}


def test_it_is_told_once_in_a_quiet_period_and_once_when_over(by_mail: None, low: ProviderAccount) -> None:
    raised = f"[alert] low balance at an upstream: {low.label}"
    for minutes in (0, 1, 59):
        look(NOW + timedelta(minutes=minutes))
    assert subjects() == [raised]
    look(NOW + HOUR)
    assert subjects() == [raised] * 2
    end(low)
    look(NOW + HOUR + timedelta(minutes=1))
    look(NOW + 3 * HOUR)
    assert subjects() == [raised, raised, f"[over] low balance at an upstream: {low.label}"]
    message = mail.outbox[0]
    assert f"https://office.example.test/admin/providers/provideraccount/{low.pk}/change/" in message.body
    assert (message.to, message.from_email) == (["ops@example.test"], "office@example.test")


def test_what_comes_and_goes_within_the_quiet_period_is_told_once(
    by_mail: None, low: ProviderAccount
) -> None:
    look(NOW)
    end(low)
    look(NOW + timedelta(minutes=1))
    ProviderAccount.objects.filter(pk=low.pk).update(balance_sun=0)
    look(NOW + timedelta(minutes=2))
    end(low)
    look(NOW + timedelta(minutes=3))
    assert [subject.partition(" ")[0] for subject in subjects()] == ["[alert]", "[over]"]
    assert Alert.objects.filter(kind="provider_balance").count() == 1


def test_the_webhook_is_signed_and_names_the_page(by_webhook: Upstream, low: ProviderAccount) -> None:
    by_webhook.answer(b"")
    look(NOW)
    [received] = by_webhook.received
    headers = {name.lower(): value for name, value in received.headers.items()}
    stamp, notice = headers["webhook-timestamp"], headers["webhook-id"]
    assert webhooks.signature_ok(
        notice, stamp, received.body, headers["webhook-signature"], webhooks.key_of(SECRET)
    )
    told_body = json.loads(received.body)
    assert told_body["type"] == "alert.raised"
    assert told_body["data"]["name"] == low.label
    assert told_body["data"]["url"].endswith(f"/provideraccount/{low.pk}/change/")
    assert AlertNotice.objects.get(notice_id=notice).status == "sent"


def test_what_failed_is_sent_again_under_the_same_id(by_webhook: Upstream, low: ProviderAccount) -> None:
    by_webhook.answer(b"busy", 503)
    by_webhook.answer(b"")
    alerting.evaluate(now=NOW)
    notice = AlertNotice.objects.get()
    alert_sending.send_due(clock=lambda: NOW)
    notice.refresh_from_db()
    assert (notice.status, notice.attempts, notice.error) == ("pending", 1, "the webhook answered 503")
    assert alert_sending.send_due(clock=lambda: NOW + timedelta(seconds=59)) == 0
    assert alert_sending.send_due(clock=lambda: NOW + timedelta(minutes=1)) == 1
    assert len({each.headers["webhook-id"] for each in by_webhook.received}) == 1
    assert alert_sending.send_due(clock=lambda: NOW + HOUR) == 0


def test_it_is_given_up_at_last(by_webhook: Upstream, low: ProviderAccount, settings: Settings) -> None:
    settings.ALERT_WEBHOOK_SECRET = "whsec_x"
    alerting.evaluate(now=NOW)
    AlertNotice.objects.update(attempts=alert_sending.MOST_ATTEMPTS - 1)
    alert_sending.send_due(clock=lambda: NOW)
    notices = AlertNotice.objects.filter(channel="webhook")
    assert set(notices.values_list("status", flat=True)) == {"failed"}
    assert "whsec_x" not in str(list(notices.values("error")))


def test_two_processes_tell_it_once(by_mail: None, low: ProviderAccount) -> None:
    assert alerting.evaluate(now=NOW) > 0
    assert alerting.evaluate(now=NOW) == 0
    alert_sending.send_due(clock=lambda: NOW)
    assert alert_sending.send_due(clock=lambda: NOW) == 0


def test_without_a_channel_it_stands_on_the_page_only(low: ProviderAccount) -> None:
    look(NOW)
    assert Alert.objects.filter(kind="provider_balance", over_at=None).exists()
    assert not AlertNotice.objects.exists()


def test_a_subject_with_line_breaks_is_no_header(by_mail: None, low: ProviderAccount) -> None:
    ProviderAccount.objects.filter(pk=low.pk).update(label="a\nBcc: b@example.test")
    look(NOW)
    message: Message = next(each.message() for each in mail.outbox if "upstream" in each.subject)
    assert message["Bcc"] is None
    assert "a Bcc: b@example.test" in str(message["Subject"])


def a_failing_account(make: Callable[..., ProviderAccount], place: Place, merchant: Merchant) -> str:
    account = make()
    long_ago = NOW - HOUR
    ProviderAccount.objects.filter(pk=account.pk).update(health="failing", failing_since=long_ago)
    return f"account:{account.pk}"


def a_poor_merchant(make: Callable[..., ProviderAccount], place: Place, merchant: Merchant) -> str:
    Merchant.objects.filter(pk=merchant.pk).update(low_balance_sun=1_000_000_001)
    return f"merchant:{merchant.pk}"


def a_paused_endpoint(make: Callable[..., ProviderAccount], place: Place, merchant: Merchant) -> str:
    host = CallbackHost.objects.create(host="one.test", circuit="open", opened_at=NOW, probe_at=NOW)
    return f"host:{host.pk}"


def an_order_for_a_person(make: Callable[..., ProviderAccount], place: Place, merchant: Merchant) -> str:
    Order.objects.filter(pk=place().pk).update(status="attention")
    return "attention"


def a_pair_in_use_that_ends(make: Callable[..., ProviderAccount], place: Place, merchant: Merchant) -> str:
    credential = rotation.issue(merchant, "itrx", now=NOW - 9 * HOUR).credential
    credential.retires_at, credential.last_used_at = NOW + HOUR, NOW - HOUR
    credential.save()
    return f"credential:{credential.pk}"


@pytest.mark.parametrize(
    ("kind", "trouble"),
    [
        ("provider_health", a_failing_account),
        ("merchant_balance", a_poor_merchant),
        ("circuit", a_paused_endpoint),
        ("unknown", an_order_for_a_person),
        ("credential", a_pair_in_use_that_ends),
    ],
)
def test_each_trouble_is_seen(
    kind: str,
    trouble: Callable[..., str],
    make_account: MakeAccount,
    place: Place,
    merchant: Merchant,
) -> None:
    assert kinds() == set()
    subject = trouble(make_account, place, merchant)
    assert (kind, subject) in kinds()


def test_a_chain_that_stands_still_is_seen(merchant: Merchant, settings: Settings) -> None:
    settings.TRON_NODES = [{"name": "n", "url": "http://127.0.0.1:1", "solidity_url": "", "api_key": ""}]
    assert ("chain", settings.TRON_NETWORK) in kinds()


def test_orders_that_should_have_moved_are_a_stuck_queue(place: Place) -> None:
    Order.objects.filter(pk=place().pk).update(next_action_at=NOW - HOUR)
    found = {each.subject for each in alert_conditions.conditions(now=NOW) if each.kind == "queue"}
    assert "orders" in found
