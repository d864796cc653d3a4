"""A claimed row with all that is needed to send it: the opened keys of its owner."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.models import Callback
from orders.services import signing, waiting
from orders.services.dispatching.claimed import Claimed
from orders.services.signing import Keys, Owner
from providers.keyring import SecretUnreadable

logger = logging.getLogger(__name__)

# A revoked key signs no longer than this.
KEEP = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Job:
    callback: Claimed
    keys: Keys


class Jobs:
    """Makes them; keeps opened keys for a moment. For one thread."""

    def __init__(self) -> None:
        self._kept: dict[Owner, tuple[datetime, Keys | None]] = {}

    def of(self, rows: Iterable[Claimed], *, now: datetime) -> list[Job]:
        """Rows for which no key lives now, or none that can be opened, are no jobs: they wait visibly for one."""
        jobs = []
        for row in rows:
            if keys := self.keys_of(row, now=now):
                jobs.append(Job(row, keys))
            else:
                waiting.wait_for_keys(Callback.objects.get(pk=row.id))
        return jobs

    def keys_of(self, row: Claimed, *, now: datetime) -> Keys | None:
        """Once the order's own credential is dead, the one that signed the latest try goes on while it lives."""
        keys = self._keys(Owner(row.merchant_id, row.credential_id), now)
        if (
            keys is None
            or keys.credential is None
            or keys.credential.pk == row.credential_id
            or not row.attempts
        ):
            return keys
        return self._keys(Owner(row.merchant_id, signing.last_signer(row.id) or row.credential_id), now)

    def _keys(self, owner: Owner, now: datetime) -> Keys | None:
        kept = self._kept.get(owner)
        if kept is None or now >= kept[0]:
            keys = _opened(owner, now)
            end = now + (KEEP if keys else timedelta.resolution)  # a key that is issued now counts at once
            self._kept = {each: found for each, found in self._kept.items() if now < found[0]}
            self._kept[owner] = kept = min(end, (keys and keys.until) or end), keys
        return kept[1]


def _opened(owner: Owner, now: datetime) -> Keys | None:
    try:
        return signing.open_keys(owner, now=now)
    except SecretUnreadable as error:
        logger.error("callbacks of merchant %d wait: %s", owner.merchant_id, error)
        return None
