"""What every handler and thread of the process shares."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from providers.sandbox import accounts, rules
from providers.sandbox.accounts import Account, Dialect
from providers.sandbox.outcomes import Outcome
from providers.sandbox.state import Store


@dataclass(frozen=True, slots=True)
class Sandbox:
    """`wake` tells the clock that something new may be due; `stopping` ends every wait.

    `node_requests`: how often each path of the TRON node was asked since the start; counted under the store's lock.
    """

    store: Store
    wake: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)
    node_requests: Counter[str] = field(default_factory=Counter)

    def account(self, dialect: Dialect, credential: str) -> Account | None:
        with self.store.transaction() as db:
            return accounts.find(db, dialect, credential)

    def purchase_outcome(self, account: Account, address: str) -> Outcome:
        with self.store.transaction() as db:
            return rules.purchase_outcome(db, account, address)

    def lookup_outcome(self, account: Account) -> Outcome:
        with self.store.transaction() as db:
            return rules.lookup_outcome(db, account)
