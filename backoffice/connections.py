"""How each connection to PostgreSQL is set up."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver


@receiver(connection_created)
def compile_nothing(sender: object, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """A query here takes milliseconds, to compile one took 180. Not as an option of the start: poolers refuse it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")
