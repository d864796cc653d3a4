"""Amounts, times and JSON text as CrossingPay writes them (spec sections 2, 4 and 6)."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal

from providers.money import format_units, parse_units

_ENCODER = json.JSONEncoder(ensure_ascii=False)
CHINA_OFFSET = timezone(timedelta(hours=8))
_UNIX_SECONDS = re.compile(r"[0-9]{1,11}")
_TXID = re.compile(r"[0-9a-fA-F]{64}")
_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def dump(fields: Mapping[str, object]) -> bytes:
    """One flat object as compact JSON in its order. A Decimal becomes a plain number: 100.29 stays 100.29."""
    return ("{" + ",".join(f"{_json(name)}:{_json(value)}" for name, value in fields.items()) + "}").encode()


def _json(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else _ENCODER.encode(value)


def amount_number(amount_micro: int) -> Decimal:
    """For `dump`, where the wire has a JSON number."""
    return Decimal(format_units(amount_micro))


def read_amount(value: object) -> int:
    """A JSON number (int, or Decimal from `strict_json`) or decimal text -> micro-USDT, by section 6 #3.

    Raises ValueError for more than 6 decimals, NaN, zero and less, and a text with an exponent. A JSON number with one
    is read: some upstreams write small numbers so. Requests refuse it.
    """
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError("not a number or decimal text")
    # str() and not format(): a huge exponent stays short, and parse_units refuses its "E".
    amount_micro = parse_units(str(value))
    if amount_micro == 0:
        raise ValueError("the amount must be above zero")
    return amount_micro


def read_txid(text: str) -> str:
    """A transaction hash in lower case, so that one transaction has one name. Raises ValueError."""
    if not _TXID.fullmatch(text):
        raise ValueError("not a transaction hash")
    return text.lower()


def unix_text(at: datetime) -> str:
    """The default form of a callback's timestamp, e.g. `"1746253800"`."""
    return str(int(at.timestamp()))


def iso_text(at: datetime) -> str:
    """The other form (section 6 #4), e.g. `"2025-05-03T14:30:00+08:00"`."""
    return at.astimezone(CHINA_OFFSET).isoformat(timespec="seconds")


def utc_text(at: datetime) -> str:
    """`"2025-05-03T06:30:00Z"`: the query's times and the X-Window headers."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def read_timestamp(text: str) -> datetime:
    """A callback's timestamp in either form -> aware UTC. Raises ValueError."""
    if _UNIX_SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    return read_instant(text)


def read_instant(text: str) -> datetime:
    """RFC 3339 with an offset -> aware UTC. Raises ValueError."""
    if not _RFC_3339.fullmatch(text):
        raise ValueError("not an RFC 3339 time with offset")
    return _to_utc(datetime.fromisoformat(text))


def is_time_text(text: str) -> bool:
    """Whether it has one of the forms that `read_time` takes."""
    return bool(_LOCAL_TIME.fullmatch(text) or _RFC_3339.fullmatch(text))


def read_time(text: str, zone: tzinfo) -> datetime:
    """`YYYY-MM-DD HH:mm:ss` in `zone`, or RFC 3339 with an offset -> aware UTC (section 6 #9).

    Raises ValueError, also for a local time that the zone has twice or not at all.
    """
    if _LOCAL_TIME.fullmatch(text):
        return _resolve(datetime.fromisoformat(text), zone)
    return read_instant(text)


def format_time(at: datetime, zone: tzinfo) -> str:
    """`YYYY-MM-DD HH:mm:ss` in `zone`; parts of a second are dropped. Raises ValueError where that text would
    not be read as the same instant."""
    if at.tzinfo is None:
        raise ValueError("a time without zone")
    local = at.astimezone(zone).replace(tzinfo=None, fold=0, microsecond=0)
    _resolve(local, zone)
    return local.isoformat(sep=" ")


def _resolve(local: datetime, zone: tzinfo) -> datetime:
    """The one instant at which clocks of `zone` show `local`."""
    instants = {_to_utc(local.replace(tzinfo=zone, fold=fold)) for fold in (0, 1)}
    shown = [at for at in instants if at.astimezone(zone).replace(tzinfo=None, fold=0) == local]
    if len(shown) != 1:
        raise ValueError("this local time happens twice or never in its zone")
    return shown[0]


def _to_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time is out of range") from error
