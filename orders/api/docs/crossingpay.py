"""The OpenAPI document of the CrossingPay dialect (specs/crossingpay.md sections 1 to 7)."""

import json

from orders.api.docs import crossingpay_schemas as schemas
from orders.api.docs.parts import RETRY_AFTER, Json, answer, document, media, query, ref, shell, text
from providers.crossingpay.wire import DEPOSIT_PATH, ERROR_STATUS, MONITOR_PATH, QUERY_PATH

DESCRIPTION = """\
Speaks the protocol of CrossingPay: tells you when USDT (TRC-20) has arrived. Requests are POST with JSON, or with a \
form. Each path is also served with a slash at its end. Amounts are USDT with at most six decimals.

Authentication is the field `apikey` of the body; nothing is signed. A GET names the key in the header `X-Api-Key`, \
never in its URL. An unknown key and a disabled one get the same answer. The apikey also signs the callbacks.

Errors have a `message` for people and a `code` for programs; `invalid_param` names the `field`. An unknown path \
answers 404 `unknown_path`, a wrong method 405 `method_not_allowed`.

Repeating is safe: the same `order_id` with the same content gets the first answer again, with other content 409. So \
send the identical request again after a timeout.

The signature of a callback, over the texts as they were sent, the amount with exactly six decimals:

    sign = hex of MD5("address=" A "&amount=" N "&timestamp=" T "&txid=" X APIKEY)

It covers no order number. Count each txid once, and ask `query` before you deliver.

If the operator has set the later contract for you, the callback has eight fields, and the amount is signed as it is \
sent. The text before the apikey is either of these, as agreed:

    address=…&amount=…&order_id=…&system_order_id=…&timestamp=…&tx_hash=…
    Address=…&Amount=…&OrderID=…&Status=…&SystemOrderID=…&Timestamp=…&Txid=…
"""
FORM = "application/x-www-form-urlencoded"
MESSAGES = {
    "invalid_json": "the body must be a JSON object",
    "invalid_param": "order_id must be text of 1 to 64 characters",
    "invalid_apikey": "The apikey is not valid.",
    "insufficient_funds": "The fee of this order exceeds the balance.",
    "address_not_found": "This address is not a registered system wallet of yours.",
    "order_not_found": "There is no such order.",
    "order_conflict": "This order_id was used before with other content.",
    "window_overlap": "Another order waits for this amount at this address in that time.",
    "too_large": "The body is too large.",
    "unsupported_media_type": "send application/json",
    "rate_limited": "Too many requests.",
    "internal": "A fault of ours; please send the same request again later.",
    "unavailable": "Please send the same request again later.",
}
EXTRAS = {"invalid_param": {"field": "order_id"}, "window_overlap": {"order_id": "M-1000"}}
EVERYWHERE = (
    *("invalid_json", "invalid_param", "invalid_apikey", "too_large", "unsupported_media_type"),
    *("rate_limited", "internal", "unavailable"),
)
ORDERING = (*EVERYWHERE, "insufficient_funds", "order_conflict", "window_overlap")


def _refusals(codes: tuple[str, ...]) -> Json:
    """By HTTP status, each with its codes."""
    found: Json = {}
    for status in sorted({ERROR_STATUS[code] for code in codes}):
        here = [code for code in codes if ERROR_STATUS[code] == status]
        examples = {code: {"message": MESSAGES[code], "code": code} | EXTRAS.get(code, {}) for code in here}
        schema = {"allOf": [ref("Error"), {"properties": {"code": {"enum": here}}}]}
        headers = RETRY_AFTER if "rate_limited" in here else None
        found[str(status)] = answer(", ".join(here), schema, headers, **examples)
    return found


def _body(name: str, example: Json) -> Json:
    texts = {key: str(value) for key, value in example.items()}
    return {
        "required": True,
        "content": {
            "application/json": media(ref(name), {"request": example}),
            FORM: media(ref(name), {"request": texts}),
        },
    }


def _post(path: str, summary: str, description: str, name: str, example: Json, answers: Json) -> Json:
    sent = json.dumps(example | {"apikey": "'$API_KEY'"}, separators=(",", ":"))
    source = f'curl "$BASE_URL{path}" -H "Content-Type: application/json" \\\n  -d \'{sent}\''.replace(
        "\"'$API_KEY'\"", '"\'"$API_KEY"\'"'
    )
    return {
        "summary": summary,
        "description": description,
        "security": [],
        "requestBody": _body(name, example),
        "responses": answers,
        "x-codeSamples": shell(source),
    }


WINDOW = {
    "X-Window-Start": {"description": "Begin of the window, UTC.", "schema": text(format="date-time")},
    "X-Window-End": {"description": "Its end, inclusive.", "schema": text(format="date-time")},
}
FOUND = answer("The order.", ref("Order"), order=schemas.ORDER)
QUERY_DESCRIPTION = (
    "By `order_id`, else by `Ordersn`. `status`: 2 waiting, 1 success, 0 failed. `txid`, `log_index` and `block_time` "
    "are null until paid. `late`: paid after the end and settled by the operator."
)
QUERY_REFUSALS = _refusals((*EVERYWHERE, "order_not_found"))
NO_BODY = {status: found for status, found in QUERY_REFUSALS.items() if status not in ("413", "415")}

ENDPOINTS: Json = {
    MONITOR_PATH: {
        "post": _post(
            MONITOR_PATH,
            "Watch an address of your own",
            "Waits for exactly this amount at this address, from `start_time` to `end_time`, both inclusive, by the "
            "time of the block. Times without an offset are those of your time zone. At most 30 days; the begin may "
            "lie up to 24 hours back, unless the operator has set other bounds. No two open orders may wait for the "
            "same amount at the same address at the same time.",
            "Monitor",
            schemas.MONITOR,
            {"200": answer("Watching.", ref("Created"), WINDOW, created={"message": "监听订单创建成功"})}
            | _refusals(ORDERING),
        )
    },
    DEPOSIT_PATH: {
        "post": _post(
            DEPOSIT_PATH,
            "Wait for a deposit to a system wallet",
            "Like monitor, at one of your registered system wallets and for 30 minutes. The operator may have set that "
            "the amount is moved a little to keep orders apart: ask for the `amount` of the answer.",
            "Deposit",
            schemas.DEPOSIT,
            {"200": answer("Waiting.", ref("DepositCreated"), WINDOW, created=schemas.DEPOSIT_CREATED)}
            | _refusals((*ORDERING, "address_not_found")),
        )
    },
    QUERY_PATH: {
        "post": _post(
            QUERY_PATH,
            "One order",
            QUERY_DESCRIPTION,
            "Query",
            {"apikey": "yourapikeyKey123", "order_id": "M-1001"},
            {"200": FOUND} | QUERY_REFUSALS,
        ),
        "get": {
            "summary": "One order, by GET",
            "description": QUERY_DESCRIPTION,
            "security": [{"ApiKey": []}],
            "parameters": [
                query("order_id", text(maxLength=64), "Your order number. One of the two is needed."),
                query("Ordersn", text(maxLength=64), "Our order number."),
            ],
            "responses": {"200": FOUND} | NO_BODY,
            "x-codeSamples": shell(f'curl "$BASE_URL{QUERY_PATH}?order_id=M-1001" -H "X-Api-Key: $API_KEY"'),
        },
    },
}
CALLBACK: Json = {
    "post": {
        "summary": "An order was paid",
        "description": "Sent to the order's `callback` once the payment is final on the chain; for orders that failed "
        "too, if the operator has set that for you: then `txid` is empty and the status 0. Answer HTTP 200; anything "
        "else is tried again for about three days. A repetition has the same body. The headers `webhook-id`, "
        "`webhook-timestamp` and `webhook-signature` cover the whole body, see Webhooks; they are signed with your "
        "webhook secret, or, while you have none, with the secret that came with your apikey. `X-Order-Id` and "
        "`X-Ordersn` name the order. A test has the header `X-Test: 1`.",
        "security": [],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": media(
                    {"oneOf": [ref("Callback"), ref("LaterCallback")]},
                    {"paid": schemas.CALLBACK, "paid, later contract": schemas.LATER_CALLBACK},
                )
            },
        },
        "responses": {"200": {"description": "Received. The body is not read."}},
    }
}

DOCUMENT = document(
    "CrossingPay API",
    DESCRIPTION,
    paths=ENDPOINTS,
    webhooks={"orderPaid": CALLBACK},
    components={
        "schemas": schemas.SCHEMAS,
        "securitySchemes": {"ApiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}},
    },
)
