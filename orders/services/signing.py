"""What goes over the wire for a callback: its exact headers and body, signed with keys that were opened before.

A dispatcher opens the keys of an owner once (`open_keys`) and signs many callbacks with them; `signed` asks no
database.

| format       | body                                   | signed with                                          |
| ------------ | -------------------------------------- | ---------------------------------------------------- |
| iTRX         | specs/itrx.md section 5                | the credential; the timestamp is renewed at each try |
| CrossingPay  | specs/crossingpay.md 4, 5, its profile | the credential's apikey; the same at each try        |
| native       | Standard Webhooks                      | the merchant's webhook secrets                       |

Every callback of a merchant who has a webhook secret carries the three Standard Webhooks headers besides, one
signature for each secret that lives. Without one, CrossingPay's are signed with the credential's own secret.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from orders.models import (
    ApiCredential,
    CallbackFormat,
    CallbackLog,
    CrossingPayFormat,
    Dialect,
    WebhookSecret,
)
from orders.services import rotation
from providers import keyring, webhooks
from providers.base import KeyPair
from providers.crossingpay import wire as crossingpay
from providers.itrx import wire as itrx
from providers.masking import MASK

TEST_HEADER = "X-Test"
JSON_TYPE = {"Content-Type": "application/json"}


class Outgoing(Protocol):
    """What `signed` reads of a Callback."""

    @property
    def event(self) -> str: ...
    @property
    def event_id(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def payload(self) -> Any: ...
    @property
    def attempts(self) -> int: ...
    @property
    def is_test(self) -> bool: ...


class Owner(NamedTuple):
    """Whose keys sign a callback: callbacks of the same owner share them."""

    merchant_id: int
    credential_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Opened keys of an owner. They may be kept for a short time, and never past `until`, when the first of them
    retires; a revocation is noticed when they are opened again.

    `credential` is the one that signs, None for native events; `secrets` are all texts to be masked in what is stored.
    """

    credential: ApiCredential | None
    until: datetime | None
    pair: KeyPair | None = field(repr=False)
    webhook: tuple[bytes, ...] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


class Signed(NamedTuple):
    """`signed_text`: what the dialect's own signature covers, the key masked."""

    headers: dict[str, str]
    body: bytes
    signed_text: str


def last_signer(callback_id: int) -> int | None:
    """The credential that signed its latest try."""
    tries = CallbackLog.objects.filter(callback=callback_id, credential__isnull=False)
    return tries.order_by("-pk").values_list("credential", flat=True).first()


def open_keys(owner: Owner, *, now: datetime) -> Keys | None:
    """None: nothing that lives can sign for this owner. Raises SecretUnreadable."""
    secrets = list(WebhookSecret.objects.filter(merchant_id=owner.merchant_id).alive(now))
    texts = [keyring.unseal(secret.sealed_secret) for secret in secrets]
    webhook = tuple(webhooks.key_of(text) for text in texts)
    ends = [secret.retires_at for secret in secrets]
    if owner.credential_id is None:
        return _keys(None, None, webhook, ends, texts) if webhook else None
    credential = rotation.signing_credential(ApiCredential.objects.get(pk=owner.credential_id), now=now)
    if credential is None:
        return None
    pair = rotation.open_pair(credential)
    if not webhook and credential.dialect == Dialect.CROSSINGPAY:
        webhook = (pair.secret.encode(),)
    return _keys(credential, pair, webhook, [*ends, credential.retires_at], [*texts, pair.key, pair.secret])


def _keys(
    credential: ApiCredential | None,
    pair: KeyPair | None,
    webhook: tuple[bytes, ...],
    ends: list[datetime | None],
    texts: list[str],
) -> Keys:
    return Keys(
        credential=credential,
        pair=pair,
        webhook=webhook,
        until=min((end for end in ends if end), default=None),
        secrets=tuple(texts) + tuple(text.removeprefix(webhooks.PREFIX) for text in texts),
    )


def signed(callback: Outgoing, keys: Keys, *, now: datetime) -> Signed:
    """One try. The body depends on `now` in no format, the signature in iTRX and Standard Webhooks."""
    written = _written(callback, keys, now)
    headers = written.headers
    if keys.webhook:
        headers |= webhooks.signed_headers(callback.event_id, now, written.body, keys.webhook)
    if callback.is_test:
        headers[TEST_HEADER] = "1"
    return written


def _written(callback: Outgoing, keys: Keys, now: datetime) -> Signed:
    if callback.format == CallbackFormat.NATIVE:
        return _native(callback, now)
    if keys.pair is None:
        raise ValueError(f"a callback of format {callback.format} is signed with a credential")
    if callback.format == CallbackFormat.ITRX:
        return _itrx(callback, keys.pair, now)
    return _crossingpay(callback, keys.pair)


def _native(callback: Outgoing, now: datetime) -> Signed:
    told = {"type": callback.event, **callback.payload}
    # Sorted: a database need not keep the order, and the bytes must stay the same.
    body = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    text = webhooks.signed_content(callback.event_id, str(int(now.timestamp())), body)
    return Signed(JSON_TYPE | {"X-Attempt": str(callback.attempts + 1)}, body, text.decode())


def _itrx(callback: Outgoing, pair: KeyPair, now: datetime) -> Signed:
    facts = callback.payload
    body = itrx.callback_body(
        serial=facts["serial"],
        succeeded=facts["status"] == itrx.Status.COMPLETED,
        receive_address=facts["receive_address"],
        energy=facts["energy_amount"],
        delegated_energy=facts["pay_amount"],
        amount_sun=facts["amount"],
        duration_hours=facts["period_hours"],
        out_trade_no=facts["out_trade_no"],
        txid=facts["txid"],
        active_hash=facts["active_hash"],
        bandwidth_hash=facts["bandwidth_hash"],
    )
    headers = itrx.signed_headers(pair.key, pair.secret, body, now)
    return Signed(headers, body, f"{headers[itrx.TIMESTAMP_HEADER]}&{body.decode()}")


_PROFILES = {
    each.value: crossingpay.Profile(each.value.removeprefix("crossingpay_")) for each in CrossingPayFormat
}


def _crossingpay(callback: Outgoing, pair: KeyPair) -> Signed:
    facts = callback.payload
    order_id, ordersn = facts.get("order_id", ""), facts.get("ordersn", "")
    event = crossingpay.Event(
        address=facts["address"],
        amount_micro=facts["amount_micro"],
        txid=facts["txid"],
        at=crossingpay.read_timestamp(facts["timestamp"]),
        order_id=order_id,
        ordersn=ordersn,
        status=crossingpay.Status(facts.get("status", crossingpay.Status.SUCCESS)),
    )
    body, text = crossingpay.write_callback(_PROFILES[callback.format], event, pair.key)
    numbers = {"X-Attempt": str(callback.attempts + 1), "X-Ordersn": ordersn, "X-Order-Id": order_id}
    headers = JSON_TYPE | {name: value for name, value in numbers.items() if _fits_header(value)}
    return Signed(headers, body, text + MASK)


def _fits_header(value: str) -> bool:
    """The merchant's own number may be anything; a header takes printable ASCII."""
    return bool(value) and value.isascii() and value.isprintable() and value == value.strip()
