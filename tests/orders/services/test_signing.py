"""Which keys sign a callback, and the headers and bytes that come of it in each format."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import ApiCredential, Callback, CallbackFormat, CrossingPayFormat, Merchant, WebhookSecret
from orders.services import rotation, signing
from orders.services.signing import Owner
from providers import keyring, webhooks
from providers.base import KeyPair
from providers.keyring import SecretUnreadable
from tests.orders.conftest import ADDRESS, NOW, TXID

HOUR = timedelta(hours=1)
PAYMENT = {
    "address": ADDRESS,
    "amount_micro": 100_290_000,
    "txid": TXID,
    "timestamp": "1746253800",
    "order_id": "M-1001",
    "ordersn": "202605140000001015",
    "status": 1,
}
RESOURCE = {
    "serial": "886294f5204ac2fc1430f5a7d9215a80",
    "out_trade_no": None,
    "receive_address": ADDRESS,
    "energy_amount": 65_000,
    "pay_amount": 65_000,
    "amount": 6_500_000,
    "period_hours": 1,
    "status": 40,
    "txid": TXID,
    "active_hash": "",
    "bandwidth_hash": "",
}
NATIVE = {
    "timestamp": "2026-03-01T12:00:00Z",
    "data": {"number": "1", "external_id": "заказ", "charged_sun": 1},
}
FACTS: dict[str, dict[str, Any]] = {
    CallbackFormat.ITRX: RESOURCE,
    CallbackFormat.NATIVE: NATIVE,
    **dict.fromkeys(CrossingPayFormat.values, PAYMENT),
}
PAIR = KeyPair("the key", "the secret")


@dataclass
class Sent:
    """A Callback is not needed for it: a dispatcher may bring its own row."""

    format: str
    payload: dict[str, Any] = field(default_factory=dict)
    event: str = "order.succeeded"
    event_id: str = "evt_1"
    attempts: int = 0
    is_test: bool = False

    def __post_init__(self) -> None:
        self.payload = self.payload or FACTS[self.format]


def keys(*webhook: bytes) -> signing.Keys:
    return signing.Keys(credential=None, until=None, pair=PAIR, webhook=webhook, secrets=())


def webhook_secret(merchant: Merchant, **fields: Any) -> bytes:
    text = webhooks.new_secret()
    WebhookSecret.objects.create(
        merchant=merchant, hint=text[-4:], sealed_secret=keyring.seal(text), created_at=NOW, **fields
    )
    return webhooks.key_of(text)


@pytest.fixture
def apikey(merchant: Merchant) -> ApiCredential:
    return rotation.issue(merchant, "crossingpay", now=NOW).credential


def owner(credential: ApiCredential) -> Owner:
    return Owner(credential.merchant_id, credential.pk)


def opened(of: Owner, at: datetime = NOW) -> signing.Keys:
    found = signing.open_keys(of, now=at)
    assert found is not None
    return found


# --- which keys ---------------------------------------------------------------------------------------------------


def test_the_own_credential_signs_while_it_lives(apikey: ApiCredential) -> None:
    pair = rotation.open_pair(apikey)
    found = opened(owner(apikey))
    assert (found.credential, found.pair, found.webhook) == (apikey, pair, (pair.secret.encode(),))
    assert {pair.key, pair.secret} <= set(found.secrets)
    assert pair.secret not in repr(found)
    assert pair.key not in repr(found)


def test_its_successor_signs_after_the_grace_and_keys_are_not_kept_longer(apikey: ApiCredential) -> None:
    successor = rotation.rotate(apikey, grace=HOUR, now=NOW).credential
    found = opened(owner(apikey))
    assert (found.credential, found.until) == (apikey, NOW + HOUR)
    found = opened(owner(apikey), NOW + HOUR)
    assert (found.credential, found.until) == (successor, None)


def test_an_itrx_callback_has_webhook_headers_only_with_a_secret(credential: ApiCredential) -> None:
    assert opened(owner(credential)).webhook == ()
    key = webhook_secret(credential.merchant)
    assert opened(owner(credential)).webhook == (key,)


def test_all_live_secrets_sign_newest_first_and_the_credentials_own_no_more(apikey: ApiCredential) -> None:
    merchant = apikey.merchant
    webhook_secret(merchant, revoked_at=NOW)
    webhook_secret(merchant, retires_at=NOW)
    old = webhook_secret(merchant, retires_at=NOW + HOUR)
    new = webhook_secret(merchant)
    found = opened(owner(apikey))
    assert (found.webhook, found.until) == ((new, old), NOW + HOUR)
    assert opened(owner(apikey), NOW + HOUR).webhook == (new,)


def test_another_merchants_secret_signs_nothing(apikey: ApiCredential) -> None:
    webhook_secret(Merchant.objects.create(name="Another"))
    assert opened(owner(apikey)).webhook == (rotation.open_pair(apikey).secret.encode(),)


def test_native_events_need_a_webhook_secret_and_nothing_else(merchant: Merchant) -> None:
    assert signing.open_keys(Owner(merchant.pk, None), now=NOW) is None
    key = webhook_secret(merchant)
    found = opened(Owner(merchant.pk, None))
    assert (found.credential, found.pair, found.webhook) == (None, None, (key,))


def test_without_a_living_credential_there_are_no_keys(apikey: ApiCredential) -> None:
    webhook_secret(apikey.merchant)
    rotation.revoke(apikey, now=NOW)
    rotation.issue(apikey.merchant, "itrx", now=NOW)
    assert signing.open_keys(owner(apikey), now=NOW) is None


def test_a_ring_that_does_not_open_them_says_so(apikey: ApiCredential) -> None:
    webhook_secret(apikey.merchant)
    WebhookSecret.objects.update(sealed_secret="of another ring")
    with pytest.raises(SecretUnreadable):
        signing.open_keys(owner(apikey), now=NOW)


# --- what is sent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire_format", FACTS)
def test_signing_asks_no_database(wire_format: str, db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        signing.signed(Sent(wire_format), keys(b"k" * 24), now=NOW)
        row = Callback(format=wire_format, payload=FACTS[wire_format], event="order.succeeded")
        signing.signed(row, keys(b"k" * 24), now=NOW)
    assert not queries


@pytest.mark.parametrize("wire_format", FACTS)
def test_every_format_is_signed_with_each_webhook_secret(wire_format: str) -> None:
    first, second = b"k" * 24, b"l" * 24
    sent = signing.signed(Sent(wire_format), keys(first, second), now=NOW)
    assert sent.headers["webhook-id"] == "evt_1"
    assert sent.headers["Content-Type"] == "application/json"
    timestamp, header = sent.headers["webhook-timestamp"], sent.headers["webhook-signature"]
    assert len(header.split()) == 2
    for key in (first, second):
        assert webhooks.signature_ok("evt_1", timestamp, sent.body, header, key)
    assert "X-Test" not in sent.headers


@pytest.mark.parametrize("wire_format", FACTS)
def test_a_test_says_so(wire_format: str) -> None:
    assert signing.signed(Sent(wire_format, is_test=True), keys(b"k" * 24), now=NOW).headers["X-Test"] == "1"


@pytest.mark.parametrize("wire_format", FACTS)
def test_a_body_is_the_same_at_every_try(wire_format: str) -> None:
    facts = FACTS[wire_format]
    shuffled = dict(reversed(facts.items()))  # as a database may return it
    tries = [
        signing.signed(Sent(wire_format, payload, attempts=number), keys(b"k" * 24), now=NOW + HOUR * number)
        for number, payload in enumerate([facts, shuffled])
    ]
    assert tries[0].body == tries[1].body
    assert tries[0].headers["webhook-timestamp"] != tries[1].headers["webhook-timestamp"]


@pytest.mark.parametrize("wire_format", CrossingPayFormat.values)
def test_crossingpay_has_its_numbers_in_headers_and_masks_the_key(wire_format: str) -> None:
    sent = signing.signed(Sent(wire_format, attempts=2), keys(), now=NOW)
    assert (sent.headers["X-Attempt"], sent.headers["X-Order-Id"], sent.headers["X-Ordersn"]) == (
        "3",
        "M-1001",
        "202605140000001015",
    )
    assert "webhook-signature" not in sent.headers
    body = json.loads(sent.body)
    assert sent.signed_text.endswith("****")
    signed = sent.signed_text.removesuffix("****") + PAIR.key
    assert hashlib.md5(signed.encode()).hexdigest() == body.get("sign", body.get("Sign"))


def test_the_signed_text_of_itrx() -> None:
    sent = signing.signed(Sent(CallbackFormat.ITRX), keys(), now=NOW)
    assert sent.headers["API-KEY"] == PAIR.key
    mac = hmac.new(PAIR.secret.encode(), sent.signed_text.encode(), hashlib.sha256).hexdigest()
    assert sent.headers["SIGNATURE"] == mac


def test_a_native_event_over_the_wire() -> None:
    sent = signing.signed(Sent(CallbackFormat.NATIVE), keys(b"k" * 24), now=NOW)
    assert sent.body.decode() == (
        '{"data":{"charged_sun":1,"external_id":"заказ","number":"1"},'
        '"timestamp":"2026-03-01T12:00:00Z","type":"order.succeeded"}'
    )
    assert sent.signed_text == f"evt_1.{int(NOW.timestamp())}.{sent.body.decode()}"


def test_a_format_that_needs_a_credential_gets_none() -> None:
    bare = signing.Keys(credential=None, until=None, pair=None, webhook=(b"k" * 24,), secrets=())
    with pytest.raises(ValueError, match="credential"):
        signing.signed(Sent(CallbackFormat.ITRX), bare, now=NOW)
