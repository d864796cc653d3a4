"""The OpenAPI document of the TronZap dialect (specs/tronzap.md sections 1 to 5)."""

import json

from orders.api.docs import tronzap_schemas as schemas
from orders.api.docs.parts import (
    RETRY_AFTER,
    SAMPLE_ADDRESS,
    Json,
    answer,
    document,
    ref,
    request_body,
    shell,
)
from orders.api.tronzap.urls import NOT_OFFERED
from providers.tronzap.wire import ERRORS, HTTP_ERRORS, Code, paths

DESCRIPTION = """\
Speaks the protocol of TronZap: a client of it needs another base URL and nothing else. Every call is a POST with a \
JSON object; without parameters send `{}`. Sums of money are TRX; prices of energy and bandwidth are TRX per 1,000 \
units.

Send `Authorization: Bearer API_TOKEN` and `X-Signature`, over the exact bytes of the body:

    X-Signature = hex of SHA256(body + API_SECRET)

A plain SHA-256 with the secret appended, nothing between and no HMAC. Whitespace and the order of names are your \
choice, as long as what was signed is sent. `direct-recharge-info` is public.

Always look at `code`: 0 is success, with `result`; anything else is a refusal, with `key` and `error`, as a rule \
under HTTP 200. The HTTP status differs only where `code` is the same number: 404 unknown path, 405 no POST, 413 more \
than 64 KB, 429 too many requests, 500 a fault of ours; a database that does not answer tells code 500 under 503.

An `external_id` does not stop a second order unless the operator has set that for you. After a call that timed out \
ask `transaction/check` first: code 20 means that nothing was bought. Nothing calls back; poll.
"""
SIGNED: list[dict[str, list[str]]] = [{"Token": [], "Signature": []}]
REQUEST_ID = "99d8b507-0bca-4d5a-9542-cc2a2f2e3639"


def _error(code: int, sub_key: str = "", text: str = "") -> Json:
    kind = (ERRORS | HTTP_ERRORS)[code]
    key = f"{kind.key}.{sub_key}" if sub_key else kind.key
    return {"code": code, "key": key, "request_id": REQUEST_ID, "error": text or kind.text}


def _of_http(description: str, code: int, headers: Json | None = None) -> Json:
    return answer(description, ref("Error"), headers, error=_error(code))


RESPONSES = {
    "TooLarge": _of_http("More than 64 KB.", 413),
    "Throttled": _of_http("Too many requests.", 429, RETRY_AFTER),
    "Fault": _of_http("A fault of ours.", 500),
    "Unavailable": answer(
        "Our database does not answer, so nobody knows whether the order was placed: ask transaction/check.",
        ref("Error"),
        RETRY_AFTER,
        error=_error(Code.INTERNAL_SERVER_ERROR),
    ),
}


def _success(schema: Json) -> Json:
    return {
        "type": "object",
        "required": ["code", "request_id", "result"],
        "additionalProperties": False,
        "properties": {
            "code": {"const": 0},
            "request_id": {"type": "string", "format": "uuid"},
            "result": schema,
        },
    }


def _call(
    path: str,
    summary: str,
    description: str,
    *,
    takes: str = "Nothing",
    body: Json | None = None,
    gives: str = "",
    result: Json | None = None,
    errors: tuple[int, ...] = (),
) -> Json:
    """`gives` and `result`: absent where it always refuses."""
    sent = json.dumps(body or {}, separators=(",", ":"))
    shapes = [*([_success(ref(gives))] if gives else []), ref("Error")]
    examples = {"success": {"code": 0, "request_id": REQUEST_ID, "result": result}} if gives else {}
    examples |= {ERRORS[code].key: _error(code) for code in (Code.AUTH, *errors)}
    codes = ", ".join(f"{code:d} {ERRORS[code].key}" for code in (Code.AUTH, *errors))
    answers = {"200": answer(f"Success, or a refusal: {codes}.", {"oneOf": shapes}, **examples)}
    others = {"413": "TooLarge", "429": "Throttled", "500": "Fault", "503": "Unavailable"}
    source = (
        f"BODY='{sent}'\n"
        "SIGNATURE=$(printf '%s' \"$BODY$API_SECRET\" | openssl dgst -sha256 -r | cut -d' ' -f1)\n"
        f'curl "$BASE_URL{path}" -H "Authorization: Bearer $API_TOKEN" \\\n'
        '  -H "X-Signature: $SIGNATURE" -H "Content-Type: application/json" -d "$BODY"'
    )
    return {
        "post": {
            "summary": summary,
            "description": description,
            "security": SIGNED,
            "requestBody": request_body(ref(takes), body or {}),
            "responses": answers | {status: ref(name, of="responses") for status, name in others.items()},
            "x-codeSamples": shell(source),
        }
    }


PURCHASE_ERRORS = (
    *(Code.INVALID_SERVICE_OR_PARAMS, Code.INSUFFICIENT_FUNDS, Code.INVALID_TRON_ADDRESS),
    *(Code.INVALID_ENERGY_AMOUNT, Code.INVALID_DURATION, Code.ADDRESS_NOT_ACTIVATED),
    *(Code.ADDRESS_ALREADY_ACTIVATED, Code.SERVICE_UNAVAILABLE, Code.INVALID_BANDWIDTH_AMOUNT),
)
QUOTE_ERRORS = (
    *(Code.INVALID_SERVICE_OR_PARAMS, Code.INVALID_TRON_ADDRESS, Code.INVALID_ENERGY_AMOUNT),
    *(Code.INVALID_DURATION, Code.SERVICE_UNAVAILABLE, Code.INVALID_BANDWIDTH_AMOUNT),
)

ENDPOINTS: Json = {
    paths.SERVICES: _call(
        paths.SERVICES,
        "Price list",
        "What is sold to you, by duration and amount. Of tiers that share a bound the one with the larger "
        "`min_amount` decides.",
        gives="Services",
        result=schemas.SERVICES,
    ),
    paths.BALANCE: _call(
        paths.BALANCE,
        "Balance",
        "TRX sent to `address` is added to your balance once solidified; empty where that is not offered.",
        gives="Balance",
        result=schemas.BALANCE,
    ),
    paths.ADDRESS_INFO: _call(
        paths.ADDRESS_INFO,
        "Resources and balances of an address",
        "`balances` has what is known.",
        takes="AddressOnly",
        body={"address": SAMPLE_ADDRESS},
        gives="AddressInfo",
        result=schemas.ADDRESS_INFO,
        errors=(Code.INVALID_TRON_ADDRESS, Code.SERVICE_UNAVAILABLE),
    ),
    paths.ESTIMATE_ENERGY: _call(
        paths.ESTIMATE_ENERGY,
        "Energy of a token transfer",
        "The energy that one transfer needs, and what it costs for an hour. Without `contract_address` of USDT. A bad "
        "address is named in `key`, as `invalid_tron_address.from_address`.",
        takes="Transfer",
        body=schemas.TRANSFER,
        gives="Estimate",
        result=schemas.ESTIMATE,
        errors=(Code.INVALID_TRON_ADDRESS, Code.SERVICE_UNAVAILABLE),
    ),
    paths.CALCULATE: _call(
        paths.CALCULATE,
        "Price of a purchase",
        "`price` is what transaction/new charges, `total` what it charges with `activate_address`.",
        takes="Calculation",
        body=schemas.CALCULATION,
        gives="Quote",
        result=schemas.QUOTE,
        errors=QUOTE_ERRORS,
    ),
    paths.TRANSACTION_NEW: _call(
        paths.TRANSACTION_NEW,
        "Buy energy, bandwidth, both or an activation",
        "Charged at once. An order that fails later is paid back. Of the amounts `amounts` wins over `amount`, which "
        "wins over `energy_amount`. A `resource_bundle` comes back as `energy` with both amounts.",
        takes="Purchase",
        body=schemas.PURCHASE,
        gives="Transaction",
        result=schemas.TRANSACTION,
        errors=PURCHASE_ERRORS,
    ),
    paths.TRANSACTION_CHECK: _call(
        paths.TRANSACTION_CHECK,
        "One transaction",
        "`id` or `external_id`; `id` wins, and of several with that `external_id` the newest. `success` and `failed` "
        "are final. Unknown: code 20.",
        takes="TransactionCheck",
        body={"external_id": "my-external-id-123"},
        gives="Transaction",
        result=schemas.TRANSACTION | {"status": "success", "hash": schemas.SAMPLE_TXID},
        errors=(Code.INVALID_SERVICE_OR_PARAMS, Code.NOT_FOUND),
    ),
    paths.DIRECT_RECHARGE_INFO: _call(
        paths.DIRECT_RECHARGE_INFO,
        "Recharge by sending TRX: not offered",
        "Public: neither body nor signature is looked at. Always code 35.",
        errors=(Code.SERVICE_UNAVAILABLE,),
    ),
}
for status in ("413", "429", "503"):  # it looks at nothing and counts nobody
    del ENDPOINTS[paths.DIRECT_RECHARGE_INFO]["post"]["responses"][status]
ENDPOINTS[paths.DIRECT_RECHARGE_INFO]["post"] |= {
    "security": [],
    "x-codeSamples": shell(f'curl -X POST "$BASE_URL{paths.DIRECT_RECHARGE_INFO}"'),
}
LEFT_OUT: Json = {
    path: _call(
        path,
        "Not offered",
        "AML checks and subscriptions are not offered. Authenticated like any call, then code 35.",
        errors=(Code.INVALID_SERVICE_OR_PARAMS, Code.SERVICE_UNAVAILABLE),
    )
    for path in NOT_OFFERED
}

DOCUMENT = document(
    "TronZap API",
    DESCRIPTION,
    paths=ENDPOINTS | LEFT_OUT,
    components={
        "schemas": schemas.SCHEMAS,
        "responses": RESPONSES,
        "securitySchemes": {
            "Token": {"type": "http", "scheme": "bearer"},
            "Signature": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Signature",
                "description": "SHA-256 of body and secret; 64 hex digits.",
            },
        },
    },
)
