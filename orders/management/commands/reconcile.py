from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date

from orders.management.operator import OperatorCommand
from orders.services import reconciling


class Command(OperatorCommand):
    help = "Compare the books of a day with what upstreams and the chain told; again changes nothing that is not new."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--day", required=True, help="such as 2026-03-01, by the back office's time zone")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            result = reconciling.reconcile(_day(options["day"]), now=timezone.now())
        except reconciling.NotOver as error:
            raise CommandError(str(error)) from error
        return {
            "day": str(result),
            "checked": result.checked,
            "differing": result.differing,
            "unexplained": result.unexplained,
        }


def _day(text: str) -> date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or not 2018 <= day.year <= 2200:
        raise CommandError(f"{text[:32]!r} is no day.")
    return day
