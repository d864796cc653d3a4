"""The other side of the wire: accounts at the sandbox, what they sold, and what merchants' inboxes got.

The sandbox's own process serves HTTP; this reads and scripts it through its state file, which outlives it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from orders.services.accounts import add_account
from providers.base import KeyPair
from providers.models import ProviderAccount
from providers.sandbox import accounts, purchases, rules
from providers.sandbox.accounts import Dialect, NewAccount
from providers.sandbox.outcomes import Outcome
from providers.sandbox.progress import COURSES
from providers.sandbox.purchases import Purchase
from providers.sandbox.state import FILE_NAME, Store
from tests.sandbox_process import SandboxProcess

MANY = 1_000_000
VERIFIED = "valid"


@dataclass(frozen=True)
class Arrived:
    """A callback in a merchant's inbox: how its signature was judged, and which event it is."""

    verdict: str
    identity: str


def is_paid_back(purchase: Purchase) -> bool:
    """A resource order that cost nothing in the end."""
    return purchase.dialect is not Dialect.CROSSINGPAY and purchase.returned == purchase.amount


class Upstreams:
    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.secrets: list[str] = []

    @property
    def url(self) -> str:
        return self.sandbox.url

    @contextmanager
    def _state(self) -> Iterator[sqlite3.Connection]:
        with closing(Store(self.sandbox.data_dir / FILE_NAME)) as store, store.transaction() as db:
            yield db

    def know_inbox_keys(self, inbox: str, dialect: str, pair: KeyPair) -> None:
        self.sandbox.inbox_keys(inbox, dialect, pair.key, pair.secret)
        self.secrets += [pair.key, pair.secret]

    def set_timing(self, *, delay: timedelta, slow: timedelta) -> None:
        """How long an order takes there, and how long a slow answer."""
        with self._state() as db:
            rules.set_setting(db, "delay_seconds", delay // timedelta(milliseconds=1))
            rules.set_setting(db, "slow_seconds", slow // timedelta(milliseconds=1))

    @staticmethod
    def retire_accounts() -> None:
        """Routing chooses among those made from now on; orders pinned to an older one have been sent."""
        ProviderAccount.objects.update(enabled=False)

    def account(
        self,
        dialect: Dialect,
        name: str,
        *,
        priority: int = 100,
        outcome: Outcome | None = None,
        times: int = MANY,
        balance_sun: int = accounts.START_BALANCE_SUN,
        has_query: bool = False,
        is_known: bool = True,
        base_url: str = "",
    ) -> ProviderAccount:
        """One account on both sides. `outcome`: what its first `times` purchases come to; `is_known`: whether the
        upstream accepts its key; `base_url`: where we look for the upstream instead."""
        key, secret = self._pair(dialect, name)
        self.secrets += [key, secret]
        if is_known:
            self._issue(
                NewAccount(
                    dialect=dialect,
                    name=name,
                    key=key,
                    secret=secret,
                    balance_sun=balance_sun,
                    has_query=has_query,
                ),
                outcome,
                times,
            )
        return add_account(
            kind=dialect,
            label=name,
            base_url=base_url or self.url,
            key=key,
            secret=secret,
            upstream_account=name,
            priority=priority,
            has_query=has_query,
            now=timezone.now(),
        )

    def _issue(self, account: NewAccount, outcome: Outcome | None, times: int) -> None:
        with self._state() as db:
            accounts.issue(db, account, now=timezone.now())
            if outcome is not None:
                self._rule(db, account.dialect, account.key or account.name, outcome, times)

    def next_purchases(self, account: ProviderAccount, outcome: Outcome, times: int = 1) -> None:
        """What becomes of the account's next purchases, whatever their addresses ask for."""
        key, _ = self._pair(Dialect(account.kind), account.label)
        with self._state() as db:
            self._rule(db, Dialect(account.kind), key or account.label, outcome, times)

    @staticmethod
    def _pair(dialect: Dialect, name: str) -> tuple[str, str]:
        word = name.upper().replace(" ", "-")
        return "" if dialect is Dialect.CROSSINGPAY else f"KEY-OF-{word}", f"SECRET-OF-{word}"

    @staticmethod
    def _rule(db: sqlite3.Connection, dialect: Dialect, name: str, outcome: Outcome, times: int) -> None:
        rules.add(
            db,
            rules.Rule(dialect=dialect, account=name, on_lookup=False, outcome=outcome, remaining=times),
        )

    def is_done(self, request_id: str) -> bool:
        """Whether what was ordered under it has come to its end there."""
        return any(
            each.request_id == request_id and each.status in COURSES[each.dialect].final
            for each in self.purchases()
        )

    def purchases(self) -> list[Purchase]:
        """Everything that was executed there, oldest first."""
        with self._state() as db:
            return purchases.listing(db)[::-1]

    def arrived(self, inbox: str, *, naming: str = "") -> list[Arrived]:
        """What came to a merchant's inbox, oldest first; only what has `naming` in its body."""
        with self._state() as db:
            rows = db.execute("SELECT * FROM inbox WHERE name = ? ORDER BY id", (inbox,)).fetchall()
        return [Arrived(row["verdict"], row["identity"]) for row in rows if naming in row["body"]]
