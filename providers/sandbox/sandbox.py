"""What every handler and thread of the process shares."""

import threading
from dataclasses import dataclass, field

from providers.sandbox import accounts, rules
from providers.sandbox.accounts import Account, Dialect
from providers.sandbox.outcomes import Outcome
from providers.sandbox.state import Store


@dataclass(frozen=True, slots=True)
class Sandbox:
    """`wake` tells the clock that something new may be due; `stopping` ends every wait."""

    store: Store
    wake: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)

    def account(self, dialect: Dialect, credential: str) -> Account | None:
        with self.store.transaction() as db:
            return accounts.find(db, dialect, credential)

    def purchase_outcome(self, account: Account, address: str) -> Outcome:
        with self.store.transaction() as db:
            return rules.purchase_outcome(db, account, address)

    def lookup_outcome(self, account: Account) -> Outcome:
        with self.store.transaction() as db:
            return rules.lookup_outcome(db, account)
