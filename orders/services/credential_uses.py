"""Noting from where a key pair is used: after a leak, who still uses the old one is the question."""

import threading
from datetime import datetime, timedelta

from orders.models import ApiCredential, CredentialUse
from orders.services import networks

EVERY = timedelta(minutes=1)
MOST_REMEMBERED = 10_000
MOST_ADDRESSES = 1_000
_lock = threading.Lock()
_noted: dict[tuple[int, str], datetime] = {}


def note(credential: ApiCredential, ip: str, *, now: datetime) -> None:
    """At most once a minute, pair, address and process. A caller without an address leaves none. Of a pair that is
    used from very many addresses the first are kept."""
    try:
        address = str(networks.plain(ip.partition("%")[0]))
    except ValueError:
        return
    key = (credential.pk, address)
    with _lock:
        last = _noted.get(key)
        if last is not None and timedelta(0) <= now - last < EVERY:
            return
        if len(_noted) >= MOST_REMEMBERED:
            _noted.clear()
        _noted[key] = now
    uses = CredentialUse.objects.filter(credential=credential)
    if uses.filter(ip=address).update(last_at=now) or uses.count() >= MOST_ADDRESSES:
        return
    CredentialUse.objects.bulk_create(
        [CredentialUse(credential=credential, ip=address, first_at=now, last_at=now)], ignore_conflicts=True
    )


def forget() -> None:
    """Drop what this process remembers; for tests."""
    with _lock:
        _noted.clear()
