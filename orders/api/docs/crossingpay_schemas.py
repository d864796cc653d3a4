"""What travels in the CrossingPay dialect, as JSON Schemas (specs/crossingpay.md sections 2 to 7), with samples."""

from orders.api.docs.parts import SAMPLE_TXID, Json, address, flag, number, record, text, whole
from providers.crossingpay.wire import DEPOSIT_CREATED_MESSAGE, ERROR_STATUS

APIKEY = text("Your secret key.")
ORDER_ID = text("Your own order number, used once.", minLength=1, maxLength=64)
AMOUNT: Json = {
    "type": ["number", "string"],
    "description": "USDT, above 0, at most six decimals, no exponent.",
    "exclusiveMinimum": 0,
}
TIME = "`YYYY-MM-DD HH:mm:ss` in your time zone, or RFC 3339 with an offset."
CALLBACK_URL = text("http(s) URL that is told.", minLength=1, maxLength=2048)
ORDERSN = text("Our order number.", pattern="^[0-9]{18,26}$")

SCHEMAS: Json = {
    "Error": record(
        {
            "message": text("For people."),
            "code": text(enum=sorted(ERROR_STATUS)),
            "field": text("Which one is wrong."),
            "order_id": text("The other order, if it is yours."),
        },
        optional=["field", "order_id"],
    ),
    "Monitor": record(
        {
            "apikey": APIKEY,
            "order_id": ORDER_ID,
            "address": address("Your own address."),
            "amount": AMOUNT,
            "callback": CALLBACK_URL,
            "start_time": text(TIME),
            "end_time": text(TIME),
        },
        is_open=True,
    ),
    "Deposit": record(
        {
            "apikey": APIKEY,
            "order_id": ORDER_ID,
            "amount": AMOUNT,
            "address": address("One of your registered system wallets."),
            "callback": CALLBACK_URL,
        },
        is_open=True,
    ),
    "Query": record(
        {"apikey": APIKEY, "order_id": ORDER_ID, "Ordersn": ORDERSN},
        optional=["order_id", "Ordersn"],
        is_open=True,
    ),
    "Created": record({"message": text()}),
    "DepositCreated": record(
        {
            "message": text(),
            "address": address(),
            "amount": number("To be paid, USDT.", exclusiveMinimum=0),
            "Ordersn": ORDERSN,
        }
    ),
    "Order": record(
        {
            "message": text(),
            "kind": text(enum=["monitor", "deposit"]),
            "order_id": text("Yours."),
            "Ordersn": ORDERSN,
            "address": address(),
            "amount": number("USDT."),
            "status": whole("0 failed, 1 success, 2 waiting.", enum=[0, 1, 2]),
            "txid": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
            "log_index": {"type": ["integer", "null"], "description": "Of the transfer in its transaction."},
            "block_time": {"type": ["integer", "null"], "description": "Unix seconds."},
            "start_utc": text(format="date-time"),
            "end_utc": text(format="date-time"),
            "late": flag(),
        }
    ),
    "Callback": record(
        {
            "address": address(),
            "amount": text("USDT, in the shortest form."),
            "txid": text("64 hex digits; empty where nothing was paid."),
            "timestamp": text("Unix seconds of the block; ISO 8601 if the operator has set that for you."),
            "sign": text("MD5, see above.", pattern="^[0-9a-f]{32}$"),
            "order_id": text("These three only if the operator has set that for you."),
            "Ordersn": text(),
            "status": whole("Of a failure in any case.", enum=[0, 1]),
        },
        optional=["order_id", "Ordersn", "status"],
    ),
    "LaterCallback": record(
        {
            "Address": address(),
            "Amount": text("USDT, with two to six decimals."),
            "OrderID": text("Your order number."),
            "SystemOrderID": text("Ours."),
            "Txid": text("64 hex digits; empty where nothing was paid."),
            "Status": whole("0 failed, 1 success.", enum=[0, 1]),
            "Timestamp": text("Unix seconds of the block.", pattern="^[0-9]{1,11}$"),
            "Sign": text("MD5, see above.", pattern="^[0-9a-f]{32}$"),
        }
    ),
}

MONITOR: Json = {
    "apikey": "yourapikeyKey123",
    "order_id": "M-1001",
    "address": "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",
    "amount": 100.29,
    "callback": "https://m.example/cb",
    "start_time": "2026-03-01 20:00:00",
    "end_time": "2026-03-01 21:00:00",
}
DEPOSIT: Json = {
    "apikey": "yourapikeyKey123",
    "order_id": "D-1001",
    "amount": 100.29,
    "address": "TNfdtE7p8pEfTTbfRb88gikf2tt5ENc86b",
    "callback": "https://m.example/cb",
}
DEPOSIT_CREATED: Json = {
    "message": DEPOSIT_CREATED_MESSAGE,
    "address": DEPOSIT["address"],
    "amount": 100.29,
    "Ordersn": "202603010000001015",
}
ORDER: Json = {
    "message": "ok",
    "kind": "monitor",
    "order_id": "M-1001",
    "Ordersn": "202603010000001015",
    "address": MONITOR["address"],
    "amount": 100.29,
    "status": 1,
    "txid": SAMPLE_TXID,
    "log_index": 0,
    "block_time": 1772366700,
    "start_utc": "2026-03-01T12:00:00Z",
    "end_utc": "2026-03-01T13:00:00Z",
    "late": False,
}
CALLBACK: Json = {
    "address": "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",
    "amount": "100.29",
    "txid": SAMPLE_TXID,
    "timestamp": "1746253800",
    "sign": "56a5b5b37d934a0f802ee4c23e42f1d7",
}
LATER_CALLBACK: Json = {
    "Address": "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE",
    "Amount": "100.29",
    "OrderID": "202505140000001259",
    "SystemOrderID": "202505140000001015",
    "Txid": SAMPLE_TXID,
    "Status": 1,
    "Timestamp": "1746253800",
    "Sign": "e56e3dd6ed8a1245ec347cf2888f7a9c",
}
