"""One HTTP try of a callback: its exact bytes, and what came back. No transaction is open during the exchange."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings

from orders.models import Callback, CallbackFormat
from orders.services import delivery, rotation
from providers import masking
from providers.base import KeyPair
from providers.crossingpay import wire as crossingpay
from providers.errors import ProviderError, ProviderMisconfigured
from providers.http import Exchange, Transport
from providers.itrx import wire as itrx
from providers.keyring import SecretUnreadable

MAX_ANSWER_BYTES = 65_536


def deliver(callback: Callback, *, clock: Callable[[], datetime]) -> bool:
    """Send a claimed row once and record it. True when the merchant answered 200, which is the only success."""
    credential = delivery.signing_credential(callback, now=clock())
    if credential is None:
        return False
    try:
        pair = rotation.open_pair(credential)
    except SecretUnreadable as error:
        told = {"url": callback.url, "verdict": "keys_unreadable", "note": str(error)}
        delivery.record_attempt(callback, credential=credential, exchange=told, delivered=False, now=clock())
        return False
    headers, body = signed(callback, pair, now=clock())
    exchange = _post(callback.url, headers, body)
    delivered = exchange is not None and exchange.status == 200
    delivery.record_attempt(
        callback,
        credential=credential,
        exchange=_columns(callback, headers, body, exchange, pair),
        delivered=delivered,
        now=clock(),
    )
    return delivered


def signed(callback: Callback, pair: KeyPair, *, now: datetime) -> tuple[dict[str, str], bytes]:
    """Headers and body of one try. iTRX renews its timestamp each time; a v2a body is the same for the same key."""
    facts = callback.payload
    if callback.format == CallbackFormat.ITRX:
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
        return itrx.signed_headers(pair.key, pair.secret, body, now), body
    body = crossingpay.v2a_body(
        facts["address"], facts["amount_micro"], facts["txid"], facts["timestamp"], pair.key
    )
    order = callback.order
    extra = crossingpay.webhook_headers(callback.event_id, now, body, [pair.secret.encode()])
    numbers = {"X-Attempt": str(callback.attempts + 1), "X-Ordersn": order.number}
    # A header is Latin-1; the merchant's own number may be anything.
    number = order.external_id
    if number and number.isascii() and number.isprintable() and number == number.strip():
        numbers["X-Order-Id"] = number
    return {"Content-Type": "application/json", **extra, **numbers}, body


def _post(url: str, headers: dict[str, str], body: bytes) -> Exchange | None:
    """None only for a URL that is none."""
    exchanges: list[Exchange] = []
    transport = Transport(
        connect_seconds=settings.PROVIDER_CONNECT_SECONDS,
        total_seconds=settings.CALLBACK_TIMEOUT_SECONDS,
        max_bytes=MAX_ANSWER_BYTES,
        record=exchanges.append,
    )
    # What went wrong stands in the exchange; a callback is simply tried again.
    with suppress(ProviderError, ProviderMisconfigured):
        transport.call("POST", url, headers=headers, body=body, purpose="callback", spending=True)
    return exchanges[-1] if exchanges else None


def _columns(
    callback: Callback, headers: dict[str, str], body: bytes, exchange: Exchange | None, pair: KeyPair
) -> dict[str, Any]:
    secrets = (pair.key, pair.secret)
    columns = {
        "url": masking.mask_text(callback.url, secrets)[:2048],
        "request_headers": masking.mask_headers(headers, secrets),
        "request_body": masking.mask_body(body, secrets),
    }
    if exchange is None:
        return columns | {"verdict": "bad_url", "note": "this is not a URL that can be called"}
    return columns | {
        "status": exchange.status,
        "response_headers": masking.mask_headers(exchange.response_headers, secrets),
        "response_body": masking.mask_body(exchange.response_body, secrets),
        "verdict": verdict(exchange),
        "note": exchange.error[:255],
        "duration_ms": exchange.duration_ms,
    }


def verdict(exchange: Exchange) -> str:
    if exchange.status == 200:
        return "delivered"
    if exchange.status is not None:
        return "refused"
    return "no_answer" if exchange.sent else "no_connection"
