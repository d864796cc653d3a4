"""What an upstream finds out about an address: as published, else from the chain if it has met the address, else that
it is an ordinary one."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from providers.sandbox.outcomes import INACTIVE, NO_BANDWIDTH, NO_USDT
from providers.sandbox.tron import delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    is_active: bool = True
    has_bandwidth: bool = True
    holds_usdt: bool = True


PUBLISHED = {
    INACTIVE: Facts(is_active=False, has_bandwidth=False, holds_usdt=False),
    NO_BANDWIDTH: Facts(has_bandwidth=False),
    NO_USDT: Facts(holds_usdt=False),
}


def about(db: sqlite3.Connection, address: str, now: datetime) -> Facts:
    if address in PUBLISHED:
        return PUBLISHED[address]
    met = delivery.met(db, address, now)
    if met is None:
        return Facts()
    is_active, has_bandwidth, usdt_micro = met
    return Facts(is_active=is_active, has_bandwidth=has_bandwidth, holds_usdt=usdt_micro > 0)


def is_dear(db: sqlite3.Connection, to_address: str, now: datetime, *, sender: str = "") -> bool:
    """Whether a USDT transfer there needs the energy of a first one. `sender`: if the chain knows it, then a receiver
    that the chain does not know holds nothing."""
    if not to_address:
        return False
    if to_address not in PUBLISHED and sender and delivery.met(db, sender, now):
        found = delivery.met(db, to_address, now)
        return not (found and found[2])
    return not about(db, to_address, now).holds_usdt
