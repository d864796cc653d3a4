"""Callbacks on their way out: queued with the order's end, tried a few times, every last result kept."""

import ipaddress
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import requests
import urllib3

from providers.sandbox import accounts, purchases
from providers.sandbox.accounts import Account, Dialect
from providers.sandbox.crossingpay import paying
from providers.sandbox.itrx import ending
from providers.sandbox.purchases import Purchase
from providers.sandbox.state import Store, stamp

RETRY_SECONDS = (1, 2, 4, 8, 15)
CONNECT_SECONDS, READ_SECONDS = 2, 5
NOT_LOOPBACK = "refused: the sandbox calls back to this machine only"
FORGER = "whoever signs with this does not know the secret"

_Writer = Callable[[Purchase, Account, str, datetime], tuple[dict[str, str], bytes]]
WRITERS: dict[Dialect, _Writer] = {
    Dialect.ITRX: ending.callback,
    Dialect.CROSSINGPAY: paying.callback,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    id: int
    forged: bool
    attempts: int
    purchase: Purchase
    account: Account


def enqueue(db: sqlite3.Connection, purchase: Purchase, forgeries: Sequence[bool], now: datetime) -> None:
    """One delivery per entry; True is to be signed wrongly."""
    db.executemany(
        "INSERT INTO deliveries (purchase_id, forged, due_at) VALUES (?, ?, ?)",
        [(purchase.id, forged, stamp(now)) for forged in forgeries],
    )


def release_all(db: sqlite3.Connection) -> None:
    """At the start: what a killed process had in hand is tried again."""
    db.execute("UPDATE deliveries SET claimed = 0")


def claim_due(db: sqlite3.Connection, now: datetime) -> list[Delivery]:
    rows = db.execute(
        "UPDATE deliveries SET claimed = 1 WHERE due_at <= ? AND NOT claimed RETURNING *", (stamp(now),)
    ).fetchall()
    return [_delivery(db, row) for row in rows]


def deliver(store: Store, delivery: Delivery, session: requests.Session) -> None:
    """One try, and its result on record. A forgery is tried once: nobody retries a refused lie."""
    now = datetime.now(UTC)
    http_status, error = _post(delivery, session, now)
    again = http_status != 200 and error != NOT_LOOPBACK and not delivery.forged
    due_at = None
    if again and delivery.attempts < len(RETRY_SECONDS):
        due_at = stamp(datetime.now(UTC) + timedelta(seconds=RETRY_SECONDS[delivery.attempts]))
    with store.transaction() as db:
        db.execute(
            "UPDATE deliveries SET claimed = 0, due_at = ?, attempts = attempts + 1, http_status = ?, error = ?"
            " WHERE id = ?",
            (due_at, http_status, error, delivery.id),
        )


def is_loopback(url: str) -> bool:
    """An http URL that names this machine, by address or as localhost."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _post(delivery: Delivery, session: requests.Session, now: datetime) -> tuple[int | None, str]:
    purchase, account = delivery.purchase, delivery.account
    if not is_loopback(purchase.callback_url):
        return None, NOT_LOOPBACK
    secret = FORGER if delivery.forged else account.secret
    headers, body = WRITERS[purchase.dialect](purchase, account, secret, now)
    try:
        with session.post(
            purchase.callback_url,
            data=body,
            headers=headers,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,  # the status is the acknowledgement; the body is never read
        ) as answer:
            return answer.status_code, ""
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        return None, type(error).__name__


def _delivery(db: sqlite3.Connection, row: sqlite3.Row) -> Delivery:
    purchase = purchases.get(db, row["purchase_id"])
    return Delivery(
        id=row["id"],
        forged=bool(row["forged"]),
        attempts=row["attempts"],
        purchase=purchase,
        account=accounts.by_id(db, purchase.account_id),
    )
