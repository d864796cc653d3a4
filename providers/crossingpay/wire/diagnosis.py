"""Which rule of a CrossingPay callback's signature was broken (spec sections 4.1 and 5), by us, by a receiver that
checks it, or by an upstream: each step of signing, right and mistaken."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote_plus

from providers import strict_json
from providers.base import KeyPair
from providers.crossingpay.wire import values
from providers.crossingpay.wire.callbacks import Reading
from providers.crossingpay.wire.signatures import B1_NAMES, b1_text, b2_text, joined
from providers.diagnosis import Choice, Diagnosis, key_choices, masked, mistakes_of, spellings, ways
from providers.masking import MASK
from providers.money import format_fixed, format_units

LONGEST_NUMBER = 40

V2A_FIELDS = ("address", "amount", "timestamp", "txid")
V2B_FIELDS = ("Address", "Amount", "OrderID", "SystemOrderID", "Txid", "Status", "Timestamp")
Fields = Mapping[str, str]
Layout = Callable[[Fields], str]
Hash = Callable[[bytes, bytes], bytes]


def diagnose(
    raw: bytes, signature: str, keys: Sequence[Choice[KeyPair]], *, reading: Reading | None = None
) -> Diagnosis:
    """`signature`: "" for the one in the body. `reading`: of v2b, the one agreed on; None takes either."""
    try:
        body = strict_json.loads(raw)
    except ValueError as error:
        return _hopeless(f"the body is no JSON that we take: {error}")
    if not isinstance(body, dict):
        return _hopeless("the body is no JSON object")
    is_v2b = "Sign" in body or "Address" in body
    names = V2B_FIELDS if is_v2b else V2A_FIELDS
    if missing := [_missing(name, body) for name in names if name not in body]:
        return _hopeless(*missing)
    own = body.pop("Sign" if is_v2b else "sign", "")
    signature = signature or str(own)
    if not signature:
        return _hopeless(f"“{'Sign' if is_v2b else 'sign'}” is missing: there is no signature")
    fields = {name: _text(value) for name, value in body.items()}
    odd = tuple(
        f"“{name}” is {_kind(body[name])} and should be text"
        for name in names
        if name != "Status" and not isinstance(body[name], str)
    )
    layouts = _v2b_layouts(reading) if is_v2b else _v2a_layouts()
    return _search(fields, signature, keys, layouts, _Steps(is_v2b, fields), odd)


class _Steps:
    """How amount and timestamp may have been written into the text that was signed."""

    def __init__(self, is_v2b: bool, fields: Fields) -> None:
        self.amount_name = "Amount" if is_v2b else "amount"
        self.timestamp_name = "Timestamp" if is_v2b else "timestamp"
        self.txid_name = "Txid" if is_v2b else "txid"
        self.amounts = _amounts(fields[self.amount_name], is_v2b)
        self.timestamps = _timestamps(fields[self.timestamp_name])
        self.txids = _letters(fields[self.txid_name])

    def put(self, fields: Fields, amount: str, timestamp: str, txid: str) -> Fields:
        changed = {self.amount_name: amount, self.timestamp_name: timestamp, self.txid_name: txid}
        return {**fields, **changed}


def _search(
    fields: Fields,
    signature: str,
    keys: Sequence[Choice[KeyPair]],
    layouts: Sequence[Choice[Layout]],
    steps: _Steps,
    odd: tuple[str, ...],
) -> Diagnosis:
    secrets = [text for key in keys for text in (key.value.key, key.value.secret)]
    amount = next(each.value for each in steps.amounts if not each.mistake)
    right = steps.put(fields, amount, fields[steps.timestamp_name], fields[steps.txid_name])
    right_text = masked(layouts[0].value(right).encode(), *secrets) + MASK
    every_way = ways(steps.amounts, steps.timestamps, steps.txids, layouts, _keys(keys), HASHES)
    for way in every_way:
        amount_way, timestamp_way, txid_way, layout, key, digest = way
        put = steps.put(fields, amount_way.value, timestamp_way.value, txid_way.value)
        text = layout.value(put).encode()
        spelled = spellings(digest.value(key.value, text), signature)
        if spelled is None:
            continue
        mistakes = odd + mistakes_of([*way, spelled])
        signed = masked(text, *secrets) + MASK
        return Diagnosis(
            is_explained=True,
            mistakes=mistakes,
            right_text=right_text if mistakes else signed,
            signed_text=signed if mistakes and signed != right_text else "",
        )
    return Diagnosis(is_explained=False, mistakes=odd, right_text=right_text)


def _hopeless(*mistakes: str) -> Diagnosis:
    return Diagnosis(is_explained=False, mistakes=mistakes)


def _missing(name: str, body: Mapping[str, object]) -> str:
    other = next((each for each in body if each.lower().replace("_", "") == _plain(name)), None)
    other = other or next((each for each in body if each.lower() in _ALIASES.get(_plain(name), ())), None)
    return f"the field “{name}” is missing" + (f": it is named “{other}”" if other else "")


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


_ALIASES = {
    "txid": ("tx_hash", "txhash", "hash", "transaction_id", "tx_id"),
    "timestamp": ("time", "ts", "times", "×tamp"),
    "address": ("to", "to_address"),
    "amount": ("money", "value"),
    "orderid": ("order_sn", "order_no", "ordersn"),
    "systemorderid": ("ordersn", "trade_no"),
}


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        # Written out, a number of a few characters may have as many digits as its exponent says.
        return format(value, "f") if abs(value.adjusted()) <= LONGEST_NUMBER else str(value)
    return "" if value is None else str(value)


def _kind(value: object) -> str:
    return "a number" if isinstance(value, int | Decimal) and not isinstance(value, bool) else "no text"


# --- the steps -----------------------------------------------------------------------------------------------------


def _amounts(text: str, is_v2b: bool) -> list[Choice[str]]:
    try:
        micro = values.read_amount(text)
    except ValueError as error:
        return [Choice(text), Choice("", f"the amount “{text[:40]}” cannot be read: {error}")]
    six = "six decimals were signed: this format signs the amount as it is sent"
    as_sent = "the amount was signed as it is sent: it needs exactly six decimals"
    right, wrong = (text, format_fixed(micro)) if is_v2b else (format_fixed(micro), text)
    found = [Choice(right), Choice(wrong, six if is_v2b else as_sent)]
    found.append(Choice(format_units(micro), "the amount was signed in its shortest form"))
    found.append(Choice(f"{Decimal(micro) / 10**6:.2f}", "the amount was signed with two decimals"))
    found.append(Choice(format_fixed(micro) + "00", "the amount was signed with eight decimals"))
    found.append(
        Choice(f"{micro // 10**6:,}{format_fixed(micro)[-7:]}", "the amount was signed with grouping")
    )
    found.append(Choice(str(micro), "the amount was signed in micro-USDT"))
    return _unique(found)


def _timestamps(text: str) -> list[Choice[str]]:
    found = [Choice(text)]
    try:
        at = values.read_timestamp(text)
        values.iso_text(at)  # the last hours of the year 9999 have no local time
    except (ValueError, OverflowError, OSError):
        return found
    as_sent = "the text that is sent is signed"
    found.append(Choice(values.unix_text(at), f"the timestamp was signed as Unix time: {as_sent}"))
    found.append(Choice(values.iso_text(at), f"the timestamp was signed as ISO time (+08:00): {as_sent}"))
    found.append(Choice(values.utc_text(at), f"the timestamp was signed as ISO time in UTC: {as_sent}"))
    found.append(Choice(values.unix_text(at) + "000", f"the timestamp was signed in milliseconds: {as_sent}"))
    for zone in (values.CHINA_OFFSET, UTC):
        local = datetime.astimezone(at, zone).strftime("%Y-%m-%d %H:%M:%S")
        found.append(Choice(local, f"the timestamp was signed as a local time: {as_sent}"))
    return _unique(found)


def _letters(txid: str) -> list[Choice[str]]:
    found = [Choice(txid), Choice(txid.lower(), "the txid was signed in lower case")]
    found.append(Choice(txid.upper(), "the txid was signed in upper case"))
    found.append(Choice(f"0x{txid}", "the txid was signed with 0x before it"))
    return _unique(found)


def _unique(choices: Sequence[Choice[str]]) -> list[Choice[str]]:
    found: dict[str, Choice[str]] = {}
    for choice in choices:
        found.setdefault(choice.value, choice)
    return list(found.values())


def _pairs(*names: str) -> Layout:
    return lambda fields: "&".join(f"{name}={fields[name]}" for name in names)


def _four(write: Layout) -> Layout:
    return lambda fields: write({name: fields[name] for name in V2A_FIELDS})


def _v2a_layouts() -> list[Choice[Layout]]:
    printed = _pairs("address", "amount", "txid", "timestamp")
    return [
        Choice(_four(joined)),
        Choice(
            printed, "the fields were not sorted (the order printed on page 63): timestamp comes before txid"
        ),
        Choice(_pairs("txid", "timestamp", "amount", "address"), "the fields were sorted backwards"),
        Choice(
            lambda fields: printed(fields).replace("&timestamp", "×tamp"),
            "“&timestamp” was damaged to “×tamp”, and the fields were not sorted",
        ),
        Choice(
            lambda fields: _four(joined)(fields).replace("&timestamp", "×tamp"),
            "“&timestamp” was damaged to “×tamp” by HTML",
        ),
        *_joins(_four),
        Choice(joined, "fields besides the four were signed: address, amount, timestamp and txid are"),
    ]


def _joins(among: Callable[[Layout], Layout]) -> list[Choice[Layout]]:
    return [
        Choice(
            among(lambda f: "&".join(f[name] for name in sorted(f))),
            "only the values were signed, joined by “&”",
        ),
        Choice(among(lambda f: "".join(f[name] for name in sorted(f))), "only the values were signed"),
        Choice(
            among(lambda f: "".join(f"{name}={f[name]}" for name in sorted(f))),
            "there is no “&” between the fields",
        ),
        Choice(
            among(lambda f: "&".join(f"{name}={quote_plus(f[name])}" for name in sorted(f))),
            "the values were URL-encoded: they are signed raw",
        ),
        Choice(
            among(lambda f: joined({name: f[name] for name in f if f[name]})), "empty fields were left out"
        ),
        Choice(
            among(lambda f: joined(f) + "&"),
            "there is a “&” before the key: it follows the last value directly",
        ),
        Choice(
            among(lambda f: values.dump(dict(sorted(f.items()))).decode()),
            "JSON was signed and not name=value",
        ),
    ]


def _v2b_layouts(reading: Reading | None) -> list[Choice[Layout]]:
    other = "the other reading of v2b was signed"
    b1 = "" if reading in (None, Reading.B1) else f"{other}: the names of the table, without Status (B1)"
    b2 = "" if reading in (None, Reading.B2) else f"{other}: the body's own names, with Status (B2)"
    both: list[Choice[Layout]] = [Choice(b1_text, b1), Choice(b2_text, b2)]
    lowered: Layout = lambda f: joined({name.lower(): f[name] for name in f})  # noqa: E731
    without: Layout = lambda f: b2_text({name: f[name] for name in f if name != "Status"})  # noqa: E731
    v2a: Layout = lambda f: joined({name: f[name.capitalize()] for name in V2A_FIELDS})  # noqa: E731
    return [
        *sorted(both, key=lambda choice: choice.mistake != ""),
        Choice(
            lambda f: f"{b1_text(f)}&Status={f['Status']}", "Status was signed with the names of the table"
        ),
        Choice(
            lambda f: joined({**_table(f), "status": f["Status"]}),
            "status was signed with the names of the table",
        ),
        Choice(without, "the body's own names were signed without Status"),
        Choice(lowered, "the body's names were changed to lower case"),
        Choice(v2a, "only the four fields of v2a were signed"),
        Choice(lambda f: "&".join(f"{name}={f[name]}" for name in f), "the fields were not sorted"),
        Choice(lambda f: f"{b2_text(f)}&Sign=", "an empty Sign was signed, too"),
        Choice(
            lambda f: b2_text(f) + "&", "there is a “&” before the key: it follows the last value directly"
        ),
        Choice(
            lambda f: b1_text(f) + "&", "there is a “&” before the key: it follows the last value directly"
        ),
        Choice(lambda f: "".join(f[name] for name in sorted(f)), "only the values were signed"),
    ]


def _table(fields: Fields) -> dict[str, str]:
    return {name: fields[field] for name, field in B1_NAMES.items()}


def _keys(keys: Sequence[Choice[KeyPair]]) -> list[Choice[bytes]]:
    variants: list[tuple[str, Callable[[KeyPair], bytes | None]]] = [
        ("", lambda pair: pair.key.encode()),
        (
            "signed with the secret of webhook-signature and not with the apikey",
            lambda pair: pair.secret.encode(),
        ),
        ("the apikey was used with a newline at its end", lambda pair: pair.key.encode() + b"\n"),
        ("the apikey was changed to upper case", lambda pair: pair.key.upper().encode()),
        ("the apikey was changed to lower case", lambda pair: pair.key.lower().encode()),
    ]
    return key_choices(keys, variants)


def _md5(message: bytes) -> bytes:
    return hashlib.md5(message, usedforsecurity=False).digest()


DIRECT = "the key follows the last value directly"
HASHES: list[Choice[Hash]] = [
    Choice(lambda key, text: _md5(text + key)),
    Choice(lambda key, text: _md5(text + b"&key=" + key), f"“&key=” stands before the key: {DIRECT}"),
    Choice(lambda key, text: _md5(text + b"&apikey=" + key), f"“&apikey=” stands before the key: {DIRECT}"),
    Choice(lambda key, text: _md5(text + b"+" + key), f"a “+” stands before the key: {DIRECT}"),
    Choice(lambda key, text: _md5(key + text), f"the key stands in front: {DIRECT}"),
    Choice(lambda key, text: _md5(text), "the key was left out"),
    Choice(lambda key, text: hmac.digest(key, text, "md5"), "HMAC-MD5 was used and not plain MD5"),
    Choice(
        lambda key, text: hashlib.sha1(text + key, usedforsecurity=False).digest(),
        "SHA-1 was used and not MD5",
    ),
    Choice(lambda key, text: hashlib.sha256(text + key).digest(), "SHA-256 was used and not MD5"),
    Choice(lambda key, text: hmac.digest(key, text, "sha256"), "HMAC-SHA256 was used and not MD5"),
]
