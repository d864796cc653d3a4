"""Handing work to django-q2. The queue is a hint: the sweep finds every row whose task was lost."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task


def enqueue(path: str, *arguments: int) -> None:
    """With the ORM broker the task commits or rolls back with the caller's transaction; with Redis it is sent after
    the commit, and lost with a crash in between (the sweep then finds the row)."""
    if settings.Q_BROKER == "orm":
        async_task(path, *arguments)
    else:
        # Robust: what is committed is committed, whatever the broker says.
        transaction.on_commit(partial(async_task, path, *arguments), robust=True)
