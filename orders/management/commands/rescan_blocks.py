from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from orders.management.operator import OperatorCommand
from orders.services import backfilling


class Command(OperatorCommand):
    help = "Have the watcher read a range of blocks again; what is known stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("first", type=int, help="number of the first block")
        parser.add_argument("last", type=int, help="number of the last block")
        parser.add_argument("--reason", default="")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            backfill = backfilling.rescan(
                options["first"], options["last"], reason=options["reason"], now=timezone.now()
            )
        except backfilling.NotScannable as error:
            raise CommandError(str(error)) from error
        return {"id": backfill.pk, "first": backfill.first_number, "last": backfill.last_number}
