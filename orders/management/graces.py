"""How long what is replaced keeps working, as options of a command."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from orders.services import rotation


def add_grace(parser: CommandParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--grace", default="24h", choices=list(rotation.GRACES))
    group.add_argument("--until", help="a time with its zone, such as 2026-12-01T09:00+08:00")


def grace_of(options: dict[str, Any], now: datetime) -> timedelta:
    """Raises CommandError."""
    if options["until"] is None:
        return rotation.GRACES[options["grace"]]
    try:
        until = parse_datetime(options["until"])
        if until is None or until.tzinfo is None:
            raise ValueError("a time with its zone is needed, such as 2026-12-01T09:00+08:00")
        return rotation.grace_until(until, now=now)
    except ValueError as error:
        raise CommandError(f"--until: {error}") from error
