"""A claimed row with all that is needed to send it: the opened keys of its owner."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.models import Callback
from orders.services import delivery, signing
from orders.services.dispatching.claimed import Claimed
from orders.services.signing import Keys, Owner
from providers.keyring import SecretUnreadable

# A revoked key signs no longer than this.
KEEP = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Job:
    """`keys`, or why there are none: `unreadable`."""

    callback: Claimed
    keys: Keys | None
    unreadable: str = ""


class Jobs:
    """Makes them; keeps opened keys for a moment. For one thread."""

    def __init__(self) -> None:
        self._kept: dict[Owner, tuple[datetime, Keys]] = {}

    def of(self, rows: Iterable[Claimed], *, now: datetime) -> list[Job]:
        """Rows for which no key lives now are no jobs: they wait visibly for one."""
        self._kept = {owner: kept for owner, kept in self._kept.items() if now < kept[0]}
        jobs = []
        for row in rows:
            try:
                keys = self._keys(Owner(row.merchant_id, row.credential_id), now)
            except SecretUnreadable as error:
                jobs.append(Job(row, None, str(error)))
                continue
            if keys is None:
                delivery.wait_for_keys(Callback.objects.get(pk=row.id))
            else:
                jobs.append(Job(row, keys))
        return jobs

    def _keys(self, owner: Owner, now: datetime) -> Keys | None:
        kept = self._kept.get(owner)
        if kept is not None:
            return kept[1]
        keys = signing.open_keys(owner, now=now)
        if keys is not None:
            end = now + KEEP
            self._kept[owner] = min(end, keys.until or end), keys
        return keys
