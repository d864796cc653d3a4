"""Test callbacks: the real way to the merchant's server, and no way to take one for real."""

import json
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from orders.models import (
    ApiCredential,
    AuditEntry,
    Callback,
    CallbackFormat,
    CallbackLog,
    Merchant,
    OrderEvent,
)
from orders.services import limits, pings, rotation, webhook_secrets
from orders.services.dispatching.sending import deliver_due
from orders.services.invariants import broken
from providers import keyring, webhooks
from providers.crossingpay import wire as crossingpay
from providers.itrx import wire as itrx
from providers.tron.addresses import is_address
from tests.orders.conftest import NOW
from tests.upstream import Upstream

FORMATS = [each for each in CallbackFormat if each != CallbackFormat.NONE]
CROSSINGPAY = [each for each in FORMATS if each.startswith("crossingpay")]


@pytest.fixture(autouse=True)
def no_shares_left() -> None:
    limits.forget()


@pytest.fixture
def ready(merchant: Merchant, receiver: Upstream) -> Merchant:
    """With everything that could sign, and a server at the default URL."""
    merchant.default_callback_url = f"{receiver.url}/hook"
    merchant.save()
    for dialect in ("itrx", "crossingpay"):
        rotation.issue(merchant, dialect, now=NOW)
    webhook_secrets.issue(merchant, now=NOW)
    return merchant


def sent(receiver: Upstream, status: int = 200) -> dict[str, str]:
    """Delivers what is due; the headers as the server received them."""
    receiver.answer(b"", status)
    assert len(deliver_due(clock=lambda: NOW)) == 1
    return {name.lower(): value for name, value in receiver.received[-1].headers.items()}


@pytest.mark.parametrize("wire_format", FORMATS)
def test_it_is_marked_on_the_wire_and_in_the_log(
    wire_format: CallbackFormat, ready: Merchant, receiver: Upstream, admin_user: User
) -> None:
    callback = pings.send_test(ready, callback_format=wire_format, user=admin_user, now=NOW)
    headers = sent(receiver)
    assert headers["x-test"] == "1"
    assert headers["webhook-id"].startswith("test_")
    (secret,) = rows(ready)
    assert webhooks.signature_ok(
        headers["webhook-id"],
        headers["webhook-timestamp"],
        receiver.received[0].body,
        headers["webhook-signature"],
        secret,
    )
    log = CallbackLog.objects.get()
    assert (log.is_test, log.order, log.merchant, log.trigger, log.verdict) == (
        True,
        None,
        ready,
        "test",
        "delivered",
    )
    callback.refresh_from_db()
    assert (callback.is_test, callback.order, callback.status) == (True, None, "delivered")
    assert not OrderEvent.objects.exists()
    assert broken(now=NOW) == []
    entry = AuditEntry.objects.get(act="callback.test")
    assert (entry.user, entry.after["format"]) == (admin_user, wire_format)


def rows(merchant: Merchant) -> list[bytes]:
    return [webhooks.key_of(keyring.unseal(row.sealed_secret)) for row in merchant.webhook_secrets.all()]


@pytest.mark.parametrize("wire_format", CROSSINGPAY)
def test_crossingpays_fields_are_all_there_and_name_nothing(
    wire_format: CallbackFormat, ready: Merchant, receiver: Upstream, admin_user: User
) -> None:
    callback = pings.send_test(ready, callback_format=wire_format, user=admin_user, now=NOW)
    sent(receiver)
    assert callback.credential is not None
    told = crossingpay.read_callback(receiver.received[0].body, [rotation.open_pair(callback.credential).key])
    assert (told.txid, told.amount_micro, told.timestamp) == ("0" * 64, 1, NOW)
    assert is_address(told.address)
    numbers = {told.order_id, told.ordersn} - {""}
    assert all(number.startswith("TEST-") for number in numbers)


def test_itrx_names_nothing_that_exists(ready: Merchant, receiver: Upstream, admin_user: User) -> None:
    callback = pings.send_test(ready, callback_format=CallbackFormat.ITRX, user=admin_user, now=NOW)
    headers = sent(receiver)
    body = receiver.received[0].body
    assert callback.credential is not None
    secret = rotation.open_pair(callback.credential).secret
    assert itrx.callback_signature_ok(secret, headers["timestamp"], body, headers["signature"])
    told = json.loads(body)
    assert (told["serial"], told["txid"]) == ("0" * 32, "0" * 64)
    assert told["out_trade_no"].startswith("TEST-")


def test_a_native_one_has_its_own_type(ready: Merchant, receiver: Upstream, admin_user: User) -> None:
    pings.send_test(ready, callback_format=CallbackFormat.NATIVE, user=admin_user, now=NOW)
    sent(receiver)
    told = json.loads(receiver.received[0].body)
    assert (told["type"], told["data"]["test"]) == ("test.ping", True)


def test_url_and_credential_may_be_named(ready: Merchant, receiver: Upstream, admin_user: User) -> None:
    older = ApiCredential.objects.get(dialect="crossingpay")
    rotation.issue(ready, "crossingpay", now=NOW)
    callback = pings.send_test(
        ready,
        callback_format=CallbackFormat.V2A,
        credential=older,
        url=f"{receiver.url}/other",
        user=admin_user,
        now=NOW,
    )
    sent(receiver)
    assert (callback.credential, receiver.received[0].path) == (older, "/other")


def test_a_failure_is_not_tried_again_by_itself(
    ready: Merchant, receiver: Upstream, admin_user: User
) -> None:
    callback = pings.send_test(ready, callback_format=CallbackFormat.V2A, user=admin_user, now=NOW)
    sent(receiver, 500)
    callback.refresh_from_db()
    assert (callback.status, callback.attempts, callback.is_retried) == ("exhausted", 1, False)


@pytest.mark.parametrize("url", ["nonsense", "ftp://m.example/", "http://user:pass@m.example/"])
def test_a_url_that_cannot_be_called_stores_nothing(url: str, ready: Merchant, admin_user: User) -> None:
    with pytest.raises(ValidationError):
        pings.send_test(ready, callback_format=CallbackFormat.V2A, url=url, user=admin_user, now=NOW)
    assert not Callback.objects.exists()


@pytest.mark.parametrize("wire_format", FORMATS)
def test_without_a_key_there_is_no_test(
    wire_format: CallbackFormat, merchant: Merchant, admin_user: User
) -> None:
    with pytest.raises(ValidationError, match="has no "):
        pings.send_test(
            merchant, callback_format=wire_format, url="https://m.example", user=admin_user, now=NOW
        )


def test_without_a_url_there_is_no_test(merchant: Merchant, admin_user: User) -> None:
    with pytest.raises(ValidationError, match="default callback URL"):
        pings.send_test(merchant, callback_format=CallbackFormat.V2A, user=admin_user, now=NOW)


@pytest.mark.parametrize("which", ["another dialect's", "a dead one", "another merchant's"])
def test_a_credential_that_does_not_sign_it(which: str, ready: Merchant, admin_user: User) -> None:
    credential = ApiCredential.objects.get(dialect="itrx" if which == "another dialect's" else "crossingpay")
    if which == "a dead one":
        rotation.revoke(credential, now=NOW)
    if which == "another merchant's":
        other = Merchant.objects.create(name="Another")
        credential = rotation.issue(other, "crossingpay", now=NOW).credential
    with pytest.raises(ValidationError, match="signed with a living CrossingPay"):
        pings.send_test(
            ready, callback_format=CallbackFormat.V2A, credential=credential, user=admin_user, now=NOW
        )


def test_a_merchants_server_is_not_flooded(ready: Merchant, admin_user: User, now: datetime) -> None:
    def ping(at: datetime) -> Callback:
        return pings.send_test(ready, callback_format=CallbackFormat.V2A, user=admin_user, now=at)

    for _ in range(pings.MOST_PER_MINUTE):
        ping(now)
    with pytest.raises(ValidationError, match="a minute"):
        ping(now)
    assert Callback.objects.count() == pings.MOST_PER_MINUTE
    ping(now + timedelta(minutes=1))
