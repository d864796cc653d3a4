"""Ending the sessions of staff."""

from collections.abc import Sequence
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db import transaction

from orders.services import audit


@transaction.atomic
def drop(people: Sequence[int], *, but: str | None = None) -> int:
    """End every session of people with these ids, except the one of that key. Returns how many."""
    rows = list(UserSession.objects.filter(user__in=people).exclude(session_key=but or ""))
    for row in rows:
        row.end()
    return len(rows)


@transaction.atomic
def end(rows: Sequence[UserSession], *, user: User, now: datetime) -> None:
    for row in rows:
        row.end()
        audit.record("session.end", user=user, now=now, target=row.user, after={"address": row.ip})
