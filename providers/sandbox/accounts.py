"""The key pairs that the sandbox, as an upstream, has issued: a few well-known ones, and more on request."""

import hashlib
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from providers.sandbox.state import stamp

START_BALANCE_SUN = 100_000_000_000  # 100,000 TRX


class Dialect(StrEnum):
    ITRX = "itrx"
    TRONZAP = "tronzap"
    CROSSINGPAY = "crossingpay"


class CallbackFormat(StrEnum):
    """CrossingPay only: how its callbacks look (specs/crossingpay.md sections 4 and 5)."""

    V2A = "v2a"
    V2A_ISO = "v2a_iso"
    V2B_B1 = "v2b_b1"
    V2B_B2 = "v2b_b2"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """`key` is what a caller shows; CrossingPay has only the apikey, which is `secret`, and `key` stays empty."""

    dialect: Dialect
    name: str
    key: str = ""
    secret: str = field(repr=False)
    balance_sun: int = START_BALANCE_SUN
    has_query: bool = False
    format: CallbackFormat = CallbackFormat.V2A

    @property
    def credential(self) -> str:
        """By what a request's account is found; unique per dialect."""
        return self.secret if self.dialect is Dialect.CROSSINGPAY else self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(NewAccount):
    id: int
    created_at: str

    @property
    def label(self) -> str:
        """What the control pages and rules call it: the key, or the name where a key would be the secret."""
        return self.key or self.name


def _well_known(name: str, length: int) -> str:
    return hashlib.sha256(f"sandbox:{name}".encode()).hexdigest()[:length]


def _itrx(name: str) -> NewAccount:
    key, secret = _well_known(f"{name} key", 32).upper(), _well_known(f"{name} secret", 64).upper()
    return NewAccount(dialect=Dialect.ITRX, name=name, key=key, secret=secret)


ITRX_MAIN = _itrx("itrx-main")
ITRX_SPARE = _itrx("itrx-spare")
TRONZAP_MAIN = NewAccount(
    dialect=Dialect.TRONZAP,
    name="tronzap-main",
    key=_well_known("tronzap-main key", 40),
    secret=_well_known("tronzap-main secret", 48),
)
CROSSINGPAY_PLAIN = NewAccount(
    dialect=Dialect.CROSSINGPAY, name="crossingpay-plain", secret=_well_known("crossingpay-plain", 32)
)
CROSSINGPAY_QUERY = NewAccount(
    dialect=Dialect.CROSSINGPAY,
    name="crossingpay-query",
    secret=_well_known("crossingpay-query", 32),
    has_query=True,
)
DEMO_ACCOUNTS = (ITRX_MAIN, ITRX_SPARE, TRONZAP_MAIN, CROSSINGPAY_PLAIN, CROSSINGPAY_QUERY)


def issue(db: sqlite3.Connection, account: NewAccount, *, now: datetime) -> None:
    """Add an account; a known credential gets the new values, and keeps its purchases."""
    db.execute(
        "INSERT INTO accounts (dialect, name, key, secret, credential, start_balance_sun, balance_sun, has_query,"
        " format, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (dialect, credential) DO UPDATE SET name = excluded.name, secret = excluded.secret,"
        " start_balance_sun = excluded.start_balance_sun, balance_sun = excluded.balance_sun,"
        " has_query = excluded.has_query, format = excluded.format",
        (
            account.dialect,
            account.name,
            account.key,
            account.secret,
            account.credential,
            account.balance_sun,
            account.balance_sun,
            account.has_query,
            account.format,
            stamp(now),
        ),
    )


def issue_demo(db: sqlite3.Connection, *, now: datetime) -> None:
    """The well-known accounts, unless they are there: a restart must not refill a balance."""
    for account in DEMO_ACCOUNTS:
        if find(db, account.dialect, account.credential) is None:
            issue(db, account, now=now)


def find(db: sqlite3.Connection, dialect: Dialect, credential: str) -> Account | None:
    row = db.execute(
        "SELECT * FROM accounts WHERE dialect = ? AND credential = ?", (dialect, credential)
    ).fetchone()
    return row and _account(row)


def by_id(db: sqlite3.Connection, account_id: int) -> Account:
    return _account(db.execute("SELECT * FROM accounts WHERE id = ?", (account_id,)).fetchone())


def everyone(db: sqlite3.Connection) -> list[Account]:
    return [_account(row) for row in db.execute("SELECT * FROM accounts ORDER BY id")]


def debit(db: sqlite3.Connection, account: Account, amount_sun: int) -> int | None:
    """Take `amount_sun` and return the balance after it; None, and nothing changed, when it does not suffice."""
    row = db.execute(
        "UPDATE accounts SET balance_sun = balance_sun - ? WHERE id = ? AND balance_sun >= ? RETURNING balance_sun",
        (amount_sun, account.id, amount_sun),
    ).fetchone()
    return row and int(row["balance_sun"])


def credit(db: sqlite3.Connection, account_id: int, amount_sun: int) -> None:
    db.execute("UPDATE accounts SET balance_sun = balance_sun + ? WHERE id = ?", (amount_sun, account_id))


def _account(row: sqlite3.Row) -> Account:
    return Account(
        id=row["id"],
        dialect=Dialect(row["dialect"]),
        name=row["name"],
        key=row["key"],
        secret=row["secret"],
        balance_sun=row["balance_sun"],
        has_query=bool(row["has_query"]),
        format=CallbackFormat(row["format"]),
        created_at=row["created_at"],
    )
