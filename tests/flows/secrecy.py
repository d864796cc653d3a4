"""Where a secret shows that must not: everything stored and everything written by a process."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from django.apps import apps
from django.db import connection
from django_q.models import OrmQ


def places_with(secrets: Iterable[str], logs: str) -> set[str]:
    """`table.column`, `tasks`, `logs` or `database file` for each place that holds one in clear."""
    wanted = [secret for secret in secrets if secret]
    assert all(len(secret) > 10 for secret in wanted), "too short to be told from other text"
    return {place for place, text in _texts(logs) if any(secret in text for secret in wanted)}


def _texts(logs: str) -> Iterator[tuple[str, str]]:
    yield "logs", logs
    for queued in OrmQ.objects.all():
        yield "tasks", str(queued.task)
    for model in apps.get_models():
        for row in model._default_manager.values():
            for column, value in row.items():
                yield f"{model._meta.db_table}.{column}", str(value)
    if connection.vendor == "sqlite":  # rows that were deleted since are still in it
        for file in Path(connection.settings_dict["NAME"]).parent.glob("*.sqlite3*"):
            yield "database file", file.read_bytes().decode("latin-1")
