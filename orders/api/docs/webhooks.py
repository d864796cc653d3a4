"""The OpenAPI document of our own events (Standard Webhooks); what they tell: orders/services/callback_payloads.py."""

from orders.api.docs.parts import (
    SAMPLE_ADDRESS,
    SAMPLE_SERIAL,
    SAMPLE_TXID,
    Json,
    document,
    flag,
    record,
    ref,
    request_body,
    text,
    whole,
)
from orders.models import OrderKind

DESCRIPTION = """\
Tells the end of an order to the default callback URL of its merchant, where the order's own protocol has no callbacks \
(TronZap), or where it was placed without one. The operator turns this on for you and hands out the secret.

Signed by Standard Webhooks (standardwebhooks.com): use its library of your language, or compute

    webhook-signature = "v1," base64(HMAC-SHA256(key, webhook-id "." webhook-timestamp "." body))

over the body as it came. The key is what follows `whsec_` in the secret, decoded from base64. While a secret is being \
replaced there are two signatures, separated by a space; one that fits is enough. Refuse a `webhook-timestamp` that is \
more than five minutes off, either way.

The same three headers come with the callbacks of the other protocols, too, once you have a secret, and cover their \
whole body. Those callbacks are acknowledged and repeated by the rules of their own protocol.

An event keeps its `webhook-id` and its body over all repetitions, so count each id once. Members may be added later: \
ignore those that you do not know.

Tests, in any format, have the header `X-Test: 1` and a `webhook-id` that begins with `test_`. In the formats of the \
other protocols they say success of what cannot exist: numbers that begin with `TEST-`, a transaction of zeros only, \
the smallest amount. Never deliver for a callback whose order you do not know to be open.
"""
ANSWERS: Json = {
    "2XX": {"description": "Received. The body is not read."},
    "410": {"description": "You want no more of it: this event is given up, and the operator is told."},
}
TIME = text("When the order ended.", format="date-time")
COMMON: Json = {
    "id": text("The order's id; in the TronZap protocol its `id`.", pattern="^[0-9a-f]{32}$"),
    "number": text("Our speakable order number."),
    "external_id": text("Your own order number, empty if you gave none."),
    "kind": text(enum=OrderKind.values),
    "status": text(enum=["succeeded", "failed"]),
    "address": text("That received, or was paid to."),
    "to_address": text("The other address of a collect order, else empty."),
    "charged_sun": whole("What the order cost, in sun; 0 for one that failed.", minimum=0),
    "txid": text("The main transaction, empty if there is none."),
}
RESOURCE: Json = {
    "energy": whole("Ordered.", minimum=0),
    "bandwidth": whole("Ordered.", minimum=0),
    "duration_hours": whole("0 where the kind has none.", minimum=0),
    "activation_txid": text("Of the activation, empty if there was none."),
    "bandwidth_txid": text("Of the bandwidth, empty if there was none."),
}
PAYMENT: Json = {
    "amount_micro": whole("Waited for, in millionths of a USDT.", minimum=1),
    "paid_at": {"type": ["string", "null"], "format": "date-time", "description": "Time of the block."},
}


def _event(names: list[str], data: Json) -> Json:
    return record({"type": text(enum=names), "timestamp": TIME, "data": data}, is_open=True)


ENDED = ["order.succeeded", "order.failed"]
SCHEMAS: Json = {
    "ResourceOrder": record(COMMON | RESOURCE, is_open=True),
    "PaymentOrder": record(COMMON | PAYMENT, is_open=True),
    "OrderEnded": _event(ENDED, {"oneOf": [ref("ResourceOrder"), ref("PaymentOrder")]}),
    "TestPing": _event(["test.ping"], record({"test": flag("Always true."), "number": text()}, is_open=True)),
}
SAMPLE: Json = {
    "type": "order.succeeded",
    "timestamp": "2026-03-01T12:00:09Z",
    "data": {
        "id": SAMPLE_SERIAL,
        "number": "202603010000001015",
        "external_id": "S-1001",
        "kind": "energy",
        "status": "succeeded",
        "address": SAMPLE_ADDRESS,
        "to_address": "",
        "charged_sun": 6_500_000,
        "txid": SAMPLE_TXID,
        "energy": 65_000,
        "bandwidth": 0,
        "duration_hours": 1,
        "activation_txid": "",
        "bandwidth_txid": "",
    },
}
PING: Json = {
    "type": "test.ping",
    "timestamp": "2026-03-01T12:00:09Z",
    "data": {"test": True, "number": "TEST-0A1B2C3D4E5F"},
}
SECURITY: list[Json] = [{"Id": [], "Timestamp": [], "Signature": []}]


def _told(summary: str, description: str, schema: str, sample: Json) -> Json:
    return {
        "post": {
            "summary": summary,
            "description": description,
            "security": SECURITY,
            "requestBody": request_body(ref(schema), sample),
            "responses": ANSWERS,
        }
    }


def _header(name: str, description: str) -> Json:
    return {"type": "apiKey", "in": "header", "name": name, "description": description}


DOCUMENT = document(
    "Webhooks",
    DESCRIPTION,
    paths={},
    webhooks={
        "orderEnded": _told(
            "An order has ended",
            "Sent once when the order is final, and again until it is acknowledged with any 2xx; after some days it is "
            "given up. Redirects are not followed.",
            "OrderEnded",
            SAMPLE,
        ),
        "testPing": _told("A test", "Sent by the operator at your wish, once.", "TestPing", PING),
    },
    components={
        "schemas": SCHEMAS,
        "securitySchemes": {
            "Id": _header("webhook-id", "Of the event, the same over all repetitions."),
            "Timestamp": _header("webhook-timestamp", "Unix seconds of this attempt."),
            "Signature": _header("webhook-signature", "One or two, each `v1,` and base64."),
        },
    },
)
