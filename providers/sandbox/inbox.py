"""A merchant's end: receives callbacks of any dialect, verifies them, keeps them, answers as told.

Nothing here is shared with the senders but the pure wire modules.
"""

import hmac
import json
import sqlite3
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from providers import strict_json
from providers.crossingpay import wire as crossingpay
from providers.errors import CallbackRefused
from providers.itrx import wire as itrx
from providers.sandbox.accounts import Dialect
from providers.sandbox.exchange import Reply, Request, json_reply
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.state import stamp

# Headers that carry a whole key are kept as their last four characters.
SECRET_HEADERS = frozenset({"api-key", "x-api-key", "authorization", "cookie"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`verdict`: valid, bad_signature, stale, malformed or no_key. `identity`: what a merchant de-duplicates by, ""
    where nothing could be read."""

    dialect: str
    verdict: str
    identity: str = ""


def receive(sandbox: Sandbox, request: Request, name: str) -> Reply:
    with sandbox.store.transaction() as db:
        keys = db.execute("SELECT * FROM inbox_keys WHERE name = ?", (name,)).fetchall()
    reading = read(request, keys)
    with sandbox.store.transaction() as db:
        status, hangs = _answer(db, name)
        _keep(db, request, name, reading, None if hangs else status)
    return json_reply({}, status) if not hangs else Reply(slow=True, cut=True)


def read(request: Request, keys: list[sqlite3.Row]) -> Reading:
    """Which dialect it is, and whether one of the registered keys signed it."""
    try:
        body = strict_json.loads(request.body)
    except strict_json.BadJSON:
        return Reading(dialect="", verdict="malformed")
    if not isinstance(body, dict):
        return Reading(dialect="", verdict="malformed")
    if "signature" in request.headers and "serial" in body:
        secrets = [key["secret"] for key in keys if key["dialect"] == Dialect.ITRX]
        return _read_itrx(request, body, secrets)
    return _read_crossingpay(request, body, [key for key in keys if key["dialect"] == Dialect.CROSSINGPAY])


def entries(db: sqlite3.Connection, name: str, *, limit: int = 500) -> list[dict[str, Any]]:
    """What came in, oldest first; at most the newest `limit`."""
    rows = db.execute("SELECT * FROM inbox WHERE name = ? ORDER BY id DESC LIMIT ?", (name, limit)).fetchall()
    return [
        {
            "id": row["id"],
            "at": row["at"],
            "dialect": row["dialect"],
            "verdict": row["verdict"],
            "identity": row["identity"],
            "duplicate_of": row["duplicate_of"],
            "headers": json.loads(row["headers"]),
            "body": row["body"],
            "answered": row["answered"],
        }
        for row in reversed(rows)
    ]


def names(db: sqlite3.Connection) -> list[tuple[str, int]]:
    """Every inbox with a key or a callback, and how many callbacks it has."""
    rows = db.execute(
        "SELECT name, SUM(got) FROM (SELECT name, 1 AS got FROM inbox UNION ALL SELECT name, 0 FROM inbox_keys)"
        " GROUP BY name ORDER BY name"
    )
    return [(row[0], row[1]) for row in rows]


def _read_itrx(request: Request, body: dict[str, Any], secrets: list[str]) -> Reading:
    identity = f"{body['serial']} {body.get('status')}"
    timestamp, signature = request.headers.get("timestamp", ""), request.headers["signature"]
    if not secrets:
        verdict = "no_key"
    elif not any(itrx.callback_signature_ok(one, timestamp, request.body, signature) for one in secrets):
        verdict = "bad_signature"
    elif not itrx.timestamp_ok(timestamp, request.now):
        verdict = "stale"
    else:
        verdict = "valid"
    return Reading(dialect=Dialect.ITRX, verdict=verdict, identity=identity)


def _read_crossingpay(request: Request, body: dict[str, Any], keys: list[sqlite3.Row]) -> Reading:
    """v2a names no order, so the sender's headers are part of the identity where it sends them.

    A pair's key is the apikey; an upstream's account has the apikey alone, as secret.
    """
    event = request.headers.get("webhook-id") or request.headers.get("x-order-id") or body.get("OrderID", "")
    identity = f"{event} {body.get('txid') or body.get('Txid')}"
    try:
        got = crossingpay.read_callback(request.body, [key["key"] or key["secret"] for key in keys])
        verdict = "valid" if _webhook_ok(request, keys[got.key_index]["secret"]) else "bad_signature"
    except CallbackRefused as refusal:
        verdict = refusal.reason
    if verdict == "bad_signature" and not keys:
        verdict = "no_key"
    return Reading(dialect=Dialect.CROSSINGPAY, verdict=verdict, identity=identity)


def _webhook_ok(request: Request, secret: str) -> bool:
    """specs/crossingpay.md section 7.2, computed here and not by the sender's code; most senders have the MD5 only."""
    given = request.headers.get("webhook-signature")
    if given is None:
        return True
    event, sent_at = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
    signed = f"{event}.{sent_at}.".encode() + request.body
    right = "v1," + b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()
    return any(hmac.compare_digest(one.encode(), right.encode()) for one in given.split(" "))


def _answer(db: sqlite3.Connection, name: str) -> tuple[int, bool]:
    """The status to answer, and whether to hang instead; uses up one count of what was told."""
    row = db.execute("SELECT * FROM inbox_answers WHERE name = ?", (name,)).fetchone()
    if row is None:
        return 200, False
    if row["remaining"] > 1:
        db.execute("UPDATE inbox_answers SET remaining = remaining - 1 WHERE name = ?", (name,))
    else:
        db.execute("DELETE FROM inbox_answers WHERE name = ?", (name,))
    return row["status"], bool(row["hang"])


def _keep(
    db: sqlite3.Connection, request: Request, name: str, reading: Reading, answered: int | None
) -> None:
    """Only valid callbacks count as first ones: a forgery must not make the real one look like a repetition."""
    first = db.execute(
        "SELECT MIN(id) FROM inbox WHERE name = ? AND identity = ? AND identity != '' AND verdict = 'valid'",
        (name, reading.identity),
    ).fetchone()[0]
    headers = {key: _masked(key, value) for key, value in request.headers.items()}
    db.execute(
        "INSERT INTO inbox (name, at, dialect, verdict, identity, duplicate_of, headers, body, answered)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            name,
            stamp(request.now),
            reading.dialect,
            reading.verdict,
            reading.identity,
            first,
            json.dumps(headers),
            request.body.decode(errors="replace"),
            answered,
        ),
    )


def _masked(header: str, value: str) -> str:
    return f"…{value[-4:]}" if header in SECRET_HEADERS else value
