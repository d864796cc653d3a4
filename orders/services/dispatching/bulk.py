"""Appends many rows at once: by COPY where there is one, which costs a fraction of what model instances do."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def append(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """`columns` are those of the table, and all that it has but its id; a dict goes into a JSON column."""
    if not rows:
        return
    if connection.vendor != "postgresql":
        model._default_manager.bulk_create(model(**dict(zip(columns, row, strict=True))) for row in rows)
        return
    names = ", ".join(columns)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([json.dumps(value) if isinstance(value, dict) else value for value in row])
