"""Dispatchers hear that a callback is due as soon as the transaction that made it so commits.

Only PostgreSQL has the means (LISTEN and NOTIFY); elsewhere, and when a message is lost, they find it at their next
look.
"""

import asyncio
import logging
from collections.abc import Callable

import psycopg
from django.db import connection

logger = logging.getLogger(__name__)

CHANNEL = "callback_due"
PAUSE_SECONDS = 1.0
DJANGO_ONLY = {"cursor_factory", "context"}  # of its connection's parameters


def wake_dispatchers() -> None:
    """Within the transaction; several in one arrive as one."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")


async def listen(wake: Callable[[], None]) -> None:
    """Call `wake` for every message, and after each connecting, until cancelled."""
    if connection.vendor != "postgresql":
        return
    parameters = {
        name: value for name, value in connection.get_connection_params().items() if name not in DJANGO_ONLY
    }
    while True:
        try:
            listener = await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
            async with listener:
                await listener.execute(f"LISTEN {CHANNEL}")
                wake()
                async for _ in listener.notifies():
                    wake()
        except (psycopg.Error, OSError) as error:
            logger.warning("no word from the database about due callbacks: %s", type(error).__name__)
        await asyncio.sleep(PAUSE_SECONDS)
