"""That the audit trail is what was written: by its seals, and by the triggers that refuse a change."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from django.db import connection

from orders.services import sealing

SHOWN = 20
TRIGGERS = frozenset(
    f"{table}_no_{act}" for table in ("orders_auditentry", "orders_auditseal") for act in ("update", "delete")
)
_LISTED = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def the_audit_trail_is_as_it_was_sealed(now: datetime) -> Iterator[str]:
    yield from islice(sealing.faults(now=now), SHOWN)


def the_audit_trail_refuses_changes(now: datetime) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_LISTED[connection.vendor])
        found = {str(name) for (name,) in cursor.fetchall()}
    for name in sorted(TRIGGERS - found):
        yield f"trigger {name} is missing: rows of the trail can be changed"


CHECKS: tuple[Callable[[datetime], Iterator[str]], ...] = (
    the_audit_trail_is_as_it_was_sealed,
    the_audit_trail_refuses_changes,
)
