"""Requests of spec sections 2, 3 and 7.3: what a client writes and a server reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from providers import strict_json
from providers.crossingpay.wire import values
from providers.crossingpay.wire.errors import RequestRefused
from providers.tron.addresses import check_wallet

MONITOR_PATH = "/api/orders/monitor"
DEPOSIT_PATH = "/api/orders/deposit"
QUERY_PATH = "/api/orders/query"
LONGEST_ORDER_ID = 64
LONGEST_CALLBACK = 2048
LONGEST_TIME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRequest:
    order_id: str
    address: str
    amount_micro: int
    callback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorRequest(DepositRequest):
    """The times as sent, since a known order is answered before they are judged; `window` reads them."""

    start_time: str
    end_time: str

    def window(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Aware UTC, both inclusive; `zone` is the merchant's. Raises RequestRefused."""
        start_at = _time("start_time", self.start_time, zone)
        end_at = _time("end_time", self.end_time, zone)
        if end_at <= start_at:
            raise RequestRefused("invalid_param", "end_time must be after start_time", field="end_time")
        return start_at, end_at


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRequest:
    """One of the two is set."""

    order_id: str = ""
    ordersn: str = ""


def monitor_body(
    apikey: str, order_id: str, address: str, amount_micro: int, callback: str, start_time: str, end_time: str
) -> bytes:
    return values.dump(
        {
            "apikey": apikey,
            "order_id": order_id,
            "address": address,
            "amount": values.amount_number(amount_micro),
            "callback": callback,
            "start_time": start_time,
            "end_time": end_time,
        }
    )


def deposit_body(apikey: str, order_id: str, address: str, amount_micro: int, callback: str) -> bytes:
    return values.dump(
        {
            "apikey": apikey,
            "order_id": order_id,
            "amount": values.amount_number(amount_micro),
            "address": address,
            "callback": callback,
        }
    )


def query_body(apikey: str, *, order_id: str = "", ordersn: str = "") -> bytes:
    number = {"order_id": order_id} if order_id else {"Ordersn": ordersn}
    return values.dump({"apikey": apikey} | number)


def read_fields(raw: bytes, content_type: str) -> dict[str, Any]:
    """The body as JSON, or leniently as a form; no content type means JSON. Raises RequestRefused."""
    if len(raw) > strict_json.MAX_BYTES:
        raise RequestRefused("too_large", "the body is too large")
    match content_type.partition(";")[0].strip().lower():
        case "application/json" | "":
            return _read_json(raw)
        case "application/x-www-form-urlencoded":
            return _read_form(raw)
    raise RequestRefused("unsupported_media_type", "send application/json")


def apikey_of(fields: Mapping[str, object]) -> str:
    """ "" where there is none, which no merchant has: missing and unknown keys get one answer."""
    apikey = fields.get("apikey")
    return apikey if isinstance(apikey, str) else ""


def read_deposit(fields: Mapping[str, object]) -> DepositRequest:
    """Raises RequestRefused, naming the field."""
    return DepositRequest(
        order_id=_text(fields, "order_id", LONGEST_ORDER_ID),
        address=_address(fields),
        amount_micro=_amount(fields),
        callback=_callback(fields),
    )


def read_monitor(fields: Mapping[str, object]) -> MonitorRequest:
    """Raises RequestRefused, naming the field."""
    return MonitorRequest(
        order_id=_text(fields, "order_id", LONGEST_ORDER_ID),
        address=_address(fields),
        amount_micro=_amount(fields),
        callback=_callback(fields),
        start_time=_time_text(fields, "start_time"),
        end_time=_time_text(fields, "end_time"),
    )


def read_query(fields: Mapping[str, object]) -> QueryRequest:
    """Raises RequestRefused, naming the field."""
    if "Ordersn" in fields and "order_id" not in fields:
        return QueryRequest(ordersn=_text(fields, "Ordersn", LONGEST_ORDER_ID))
    return QueryRequest(order_id=_text(fields, "order_id", LONGEST_ORDER_ID))


def _read_json(raw: bytes) -> dict[str, Any]:
    try:
        fields = strict_json.loads(raw)
    except strict_json.BadJSON as error:
        raise RequestRefused("invalid_json", f"the body is unreadable: {error}") from error
    if not isinstance(fields, dict):
        raise RequestRefused("invalid_json", "the body must be a JSON object")
    return fields


def _read_form(raw: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError as error:
        raise RequestRefused("invalid_json", "the form is unreadable") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise RequestRefused("invalid_json", "a field was sent twice")
    return fields


def _text(fields: Mapping[str, object], name: str, longest: int) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
        raise RequestRefused("invalid_param", f"{name} must be text of 1 to {longest} characters", field=name)
    return value


def _time_text(fields: Mapping[str, object], name: str) -> str:
    """The shape only: which instant it is depends on the merchant's zone."""
    text = _text(fields, name, LONGEST_TIME)
    if not values.is_time_text(text):
        form = "YYYY-MM-DD HH:mm:ss, or RFC 3339 with an offset"
        raise RequestRefused("invalid_param", f"{name} must be {form}", field=name)
    return text


def _address(fields: Mapping[str, object]) -> str:
    address = fields.get("address")
    try:
        return check_wallet(address if isinstance(address, str) else "")
    except ValueError as error:
        raise RequestRefused("invalid_param", f"address is wrong: {error}", field="address") from error


def _amount(fields: Mapping[str, object]) -> int:
    amount = fields.get("amount")
    try:
        if isinstance(amount, strict_json.Exponential):
            raise ValueError("an exponent")
        return values.read_amount(amount)
    except ValueError as error:
        raise RequestRefused("invalid_param", f"amount is wrong: {error}", field="amount") from error


def _callback(fields: Mapping[str, object]) -> str:
    """The shape only; where it may lead is judged when the callback is sent."""
    callback = _text(fields, "callback", LONGEST_CALLBACK)
    try:
        parts = urlsplit(callback)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or " " in callback:
        raise RequestRefused("invalid_param", "callback must be an http or https URL", field="callback")
    return callback


def _time(name: str, text: str, zone: tzinfo) -> datetime:
    try:
        return values.read_time(text, zone)
    except ValueError as error:
        raise RequestRefused("invalid_param", f"{name} is wrong: {error}", field=name) from error
