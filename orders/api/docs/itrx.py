"""The OpenAPI document of the iTRX dialect (specs/itrx.md sections 2 to 6)."""

from orders.api.docs.itrx_schemas import SAMPLE_CALLBACK, SAMPLE_ORDER, SCHEMAS
from orders.api.docs.parts import (
    OTHER_ADDRESS,
    RETRY_AFTER,
    SAMPLE_ADDRESS,
    SAMPLE_SERIAL,
    Json,
    address,
    answer,
    document,
    query,
    ref,
    request_body,
    shell,
    text,
)
from orders.api.itrx import not_offered, reclaims, refusals
from providers.itrx import wire

DESCRIPTION = """\
Speaks the protocol of iTRX: a client of it needs another base URL and nothing else. JSON both ways. Sums of money are \
whole sun (1 TRX = 1,000,000 sun) except `small_addition`, which is TRX. No path ends in a slash.

A GET carries the key alone, in the header `API-KEY`. A POST also carries `TIMESTAMP`, Unix seconds within 300 seconds \
of the server's clock unless the operator has set another bound, and `SIGNATURE`:

    body      = JSON text of the parameters, keys sorted, no spaces
    SIGNATURE = hex of HMAC-SHA256(API_SECRET, TIMESTAMP + "&" + body)

The secret is used as text, never decoded from hex. Send exactly the bytes that were signed. The signature is also \
accepted over the sorted compact form of what was sent. JSON with a name twice, NaN or Infinity is refused.

HTTP 400 means refused: `detail` for the call as a whole, else a list of texts per parameter. HTTP 200 with `errno` \
above 0 means understood, but failed. An unknown path answers 404, a wrong method 405, both with `detail`. A body may \
have 64 KB; more answers 413, another content type 415.

The very same signed request sent again gets the first answer and places no second order. A new TIMESTAMP makes a new \
order, so ask `order/query` by `out_trade_no` before repeating a call that timed out.
"""
KEY: list[dict[str, list[str]]] = [{"ApiKey": []}]
SIGNED: list[dict[str, list[str]]] = [{"ApiKey": [], "Timestamp": [], "Signature": []}]
REFUSED = answer(
    "Refused.",
    {"oneOf": [ref("Detail"), ref("FieldErrors")]},
    unknown_key={"detail": wire.UNKNOWN_KEY},
    stale={"detail": wire.STALE_TIMESTAMP},
    bad_signature={"detail": wire.BAD_SIGNATURE},
    unreadable={"detail": wire.NOT_JSON},
    inactive_receiver={"detail": f"{SAMPLE_ADDRESS} {wire.INACTIVE_ADDRESS}"},
    no_funds={"detail": "Insufficient funds: 6500000 sun needed, 0 sun available."},
    fields={"energy_amount": ["Ensure this value is greater than or equal to 10000."]},
)
RESPONSES = {
    "Refused": REFUSED,
    "TooLarge": answer("More than 64 KB.", ref("Detail"), large={"detail": refusals.TOO_LARGE}),
    "MediaType": answer(
        "Not JSON.", ref("Detail"), form={"detail": 'Unsupported media type "text/plain" in request.'}
    ),
    "Throttled": answer(
        "Too many requests.",
        ref("Detail"),
        RETRY_AFTER,
        throttled={"detail": "Request was throttled. Expected available in 30 seconds."},
    ),
    "Fault": answer("A fault of ours.", ref("Detail"), fault={"detail": refusals.FAULT}),
    "Unavailable": answer(
        "Our database does not answer. The very same signed request again is safe.",
        ref("Detail"),
        RETRY_AFTER,
        unavailable={"detail": refusals.UNAVAILABLE},
    ),
}
READ = {400: "Refused", 429: "Throttled", 500: "Fault", 503: "Unavailable"}
WRITE = READ | {413: "TooLarge", 415: "MediaType"}
NOT_FOUND = {"errno": wire.ERRNO_NOT_FOUND, "message": wire.ORDER_NOT_FOUND}
NOT_OFFERED = {"errno": refusals.FAILED, "message": not_offered.TEXT}


def _answers(good: Json, others: dict[int, str]) -> Json:
    return {"200": good} | {str(status): ref(name, of="responses") for status, name in sorted(others.items())}


def _get(path: str, summary: str, description: str, good: Json, *parameters: Json, **more: object) -> Json:
    arguments = '"$BASE_URL' + path + '" -H "API-KEY: $API_KEY"'
    found = {
        "summary": summary,
        "description": description,
        "parameters": list(parameters),
        "security": KEY,
        "responses": _answers(good, READ),
        "x-codeSamples": shell(
            f"curl -G {arguments}" + "".join(f" \\\n  {each}" for each in _data(parameters))
        ),
    }
    return {"get": found | more}


def _data(parameters: tuple[Json, ...]) -> list[str]:
    return [f"-d {each['name']}={each['schema']['examples'][0]}" for each in parameters if each["required"]]


def _post(path: str, summary: str, description: str, good: Json, schema: Json, parameters: Json) -> Json:
    source = (
        f"BODY='{wire.canonical(parameters)}'; TS=$(date +%s)\n"
        "SIGNATURE=$(printf '%s' \"$TS&$BODY\" | openssl dgst -sha256 -hmac \"$API_SECRET\" -r | cut -d' ' -f1)\n"
        f'curl "$BASE_URL{path}" -H "API-KEY: $API_KEY" -H "TIMESTAMP: $TS" \\\n'
        '  -H "SIGNATURE: $SIGNATURE" -H "Content-Type: application/json" -d "$BODY"'
    )
    return {
        "post": {
            "summary": summary,
            "description": description,
            "security": SIGNED,
            "requestBody": request_body(schema, parameters),
            "responses": _answers(good, WRITE),
            "x-codeSamples": shell(source),
        }
    }


def _or_failure(description: str, name: str, failure: Json, **examples: Json) -> Json:
    schema = {"oneOf": [ref(name), ref("Failure")]}
    return answer(description, schema, **examples, failed=failure)


PERIOD = query("period", text(examples=["3D"]), "`1H`, or days: `1D`, `3D`, `30D`.", required=True)
OPTIONAL_ADDRESS = query(
    "to_address",
    address(),
    "Whom a USDT transfer goes to; without `energy_amount`, that transfer's energy is priced.",
)
ENERGY_AMOUNT = query("energy_amount", {"type": "integer", "minimum": 10_000}, "Wins over `to_address`.")
SERIAL = query("serial", text(), "Our order number; wins over `out_trade_no`. One of the two is needed.")
OUT_TRADE_NO = query("out_trade_no", text(), "Your own order number; of several orders the newest.")

INDEX_DATA = {
    "platform_avail_energy": 100_000_000,
    "platform_max_energy": 100_000_000,
    "minimum_order_energy": 10_000,
    "maximum_order_energy": 100_000_000,
    "small_amount": 50_000,
    "small_addition": 0.6,
    "usdt_energy_need_old": 65_000,
    "usdt_energy_need_new": 131_000,
    "tiered_pricing": [{"period": 0, "price": 100}, {"period": 1, "price": 200}],
    "balance": 813_892_429_257,
}
PRICE = {
    "period": "3D",
    "energy_amount": 32_000,
    "price": 152,
    "total_price": 15_192_000,
    "addition": 600_000,
}
PLACED = {"errno": 0, "serial": SAMPLE_SERIAL, "amount": 6_500_000, "balance": 813_900_029_257}
FAILED = {"errno": 1, "message": "this order cannot be served"}
SUMMARY = {
    "name": "API x7Qz",
    "create_time": "2026-03-01 20:00:00",
    "total_count": 46,
    "total_sum_energy": 3_696_000,
    "total_sum_trx": 598_165_000,
    "today_count": 0,
    "today_sum_energy": 0,
    "today_sum_trx": 0,
    "yesterday_count": 1,
    "yesterday_sum_energy": 1_300_000,
    "yesterday_sum_trx": 197_600_000,
    "balance": 813_892_429_257,
}

ENDPOINTS: Json = {
    wire.INDEX_DATA: _get(
        wire.INDEX_DATA,
        "Prices and bounds",
        "Needs no key. With a good key the prices are your own and `balance` is there; a bad key is not refused.",
        answer("Prices.", ref("IndexData"), with_a_key=INDEX_DATA),
        security=[{}, *KEY],
        responses=_answers(
            answer("Prices.", ref("IndexData"), with_a_key=INDEX_DATA),
            {429: "Throttled", 500: "Fault", 503: "Unavailable"},
        ),
    ),
    wire.ORDER_PRICE: _get(
        wire.ORDER_PRICE,
        "Price of an energy order",
        "What the order would cost. `total_price` has `addition`, the surcharge of a small order, in it.",
        answer("The price.", ref("Price"), price=PRICE),
        *(PERIOD, ENERGY_AMOUNT, OPTIONAL_ADDRESS),
    ),
    wire.ORDER: _post(
        wire.ORDER,
        "Buy energy",
        "Charged at once. An order that fails later is paid back.",
        _or_failure("Placed, or failed.", "Placed", FAILED, placed=PLACED),
        ref("EnergyOrder"),
        {
            "energy_amount": 65_000,
            "period": "1H",
            "receive_address": SAMPLE_ADDRESS,
            "out_trade_no": "S202302320004",
        },
    ),
    wire.COLLECT: _post(
        wire.COLLECT,
        "Collection order: all that one USDT transfer needs",
        "Energy for one hour to the sender of a USDT transfer; bandwidth and activation as the scene says. As much "
        "energy as `index-data` tells: `usdt_energy_need_new` where the recipient is known to hold no USDT, else "
        "`usdt_energy_need_old`.",
        _or_failure("Placed, or failed.", "CollectPlaced", FAILED, placed=PLACED | {"scene": 1}),
        ref("CollectOrder"),
        {"scene": 0, "receive_address": SAMPLE_ADDRESS, "to_address": OTHER_ADDRESS},
    ),
    wire.ORDER_QUERY: _get(
        wire.ORDER_QUERY,
        "One order",
        "`status`: 20 paid, 30 in preparation, 31 partly delegated, 32 an exception, 40 completed, 41 failed and paid "
        "back. 40 and 41 are final.",
        _or_failure("The order, or none.", "Order", NOT_FOUND, order=SAMPLE_ORDER),
        *(SERIAL, OUT_TRADE_NO),
    ),
    wire.RECLAIM: _post(
        wire.RECLAIM,
        "End a delegation early",
        "Accepted now, done soon after.",
        _or_failure(
            "Accepted, or no such order.",
            "Accepted",
            NOT_FOUND,
            accepted={"errno": 0, "message": reclaims.ACCEPTED},
        ),
        ref("Reclaim"),
        {"serial": SAMPLE_SERIAL},
    ),
    wire.SUMMARY: _get(
        wire.SUMMARY,
        "Usage of this key",
        "Orders that failed do not count. Days are those of +08:00. A key that may not be used answers 403.",
        answer("Usage.", ref("Summary"), summary=SUMMARY),
        responses=_answers(
            answer("Usage.", ref("Summary"), summary=SUMMARY),
            {403: "Forbidden", 429: "Throttled", 500: "Fault"},
        ),
    ),
}
RESPONSES["Forbidden"] = answer(
    "The key may not be used.", ref("Detail"), unknown_key={"detail": wire.UNKNOWN_KEY}
)

OFFERS_NOTHING = answer("Not offered.", ref("Failure"), failed=NOT_OFFERED)


def _not_offered(path: str, *methods: str) -> Json:
    told = "Here so that clients of iTRX get an answer that they understand. Authenticated like any call."
    made: Json = {}
    if "GET" in methods:
        made |= _get(path, "Not offered", told, OFFERS_NOTHING)
    if "POST" in methods:
        made |= _post(path, "Not offered", told, OFFERS_NOTHING, {"type": "object"}, {})
    if "{policy}" in path:
        made["parameters"] = [{"name": "policy", "in": "path", "required": True, "schema": text()}]
    return made


LEFT_OUT: Json = {
    f"{wire.PREFIX}{path}": _not_offered(f"{wire.PREFIX}{path}", *methods)
    for path, methods in {
        "/order/transfer": ("POST",),
        "/count-delegate-policy": ("GET", "POST"),
        "/count-delegate-policy/edit-address": ("POST",),
        "/auto-delegate-policy": ("GET", "POST"),
        "/auto-delegate-policy/{policy}/change-status": ("POST",),
    }.items()
}
CALLBACK: Json = {
    "post": {
        "summary": "An order has ended",
        "description": "Sent to the order's `callback_url`, else to your default one, when an order ends: 40 done, 41 "
        "failed. Signed like a request, with the secret of the key that placed the order. Answer HTTP 200; anything "
        "else is tried again after 15 s, 15 s, 30 s, 3 min, 10 min, 20 min and 30 min, each time with a new TIMESTAMP "
        "and SIGNATURE. It may come twice: tell by `serial`.",
        "security": SIGNED,
        "requestBody": request_body(ref("Callback"), SAMPLE_CALLBACK),
        "responses": {"200": {"description": "Received. The body is not read."}},
    }
}


def _header(name: str, description: str) -> Json:
    return {"type": "apiKey", "in": "header", "name": name, "description": description}


DOCUMENT = document(
    "iTRX API",
    DESCRIPTION,
    paths=ENDPOINTS | LEFT_OUT,
    webhooks={"orderEnded": CALLBACK},
    components={
        "schemas": SCHEMAS,
        "responses": RESPONSES,
        "securitySchemes": {
            "ApiKey": _header(wire.KEY_HEADER, "The key."),
            "Timestamp": _header(wire.TIMESTAMP_HEADER, "Unix seconds, ten digits."),
            "Signature": _header(
                wire.SIGNATURE_HEADER, "HMAC-SHA256 of timestamp, ampersand and body; 64 hex digits."
            ),
        },
    },
)
