"""The trail of staff acts. Called by services and by the admin's base class; never with a secret.

Where a request came from is set once at the edge, for all that happens in it: the services in between do nothing else
with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.utils import translation
from django.utils.functional import Promise

from orders.models import AuditEntry
from orders.models.scope import merchant_id_of

MOST_AGENT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """`ip`: an address in its plain spelling; None: not known, or no request."""

    ip: str | None = None
    user_agent: str = ""


NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def record(
    act: str,
    *,
    user: User | None,
    now: datetime,
    target: models.Model | None = None,
    label: str | Promise = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    refused: bool = False,
) -> AuditEntry:
    """Labels are kept in English, whatever the person reads."""
    origin = _origin.get()
    with translation.override("en"):
        text = str(label or target or "")[:255]
    return AuditEntry.objects.create(
        act=act,
        user=user if user and user.pk else None,
        refused=refused,
        object_type=target._meta.label_lower if target else "",
        object_id=str(target.pk or "") if target else "",
        label=text,
        before=before or {},
        after=after or {},
        merchant_id=merchant_id_of(target),
        ip=origin.ip,
        user_agent=origin.user_agent[:MOST_AGENT_CHARACTERS],
        created_at=now,
    )
