from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from orders.management.operator import OperatorCommand, find_merchant
from orders.services import rotation, webhook_secrets


class Command(OperatorCommand):
    help = (
        "Issue the webhook secret of a merchant, or with --rotate its successor. "
        "The secret is printed here and never again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--merchant", required=True, help="name or id")
        parser.add_argument(
            "--rotate",
            choices=rotation.GRACES,
            metavar="OVERLAP",
            help=f"how long the old one signs too: {', '.join(rotation.GRACES)}",
        )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        merchant, now = find_merchant(options["merchant"]), timezone.now()
        try:
            if options["rotate"] is None:
                issued = webhook_secrets.issue(merchant, now=now)
            else:
                overlap = rotation.GRACES[options["rotate"]]
                issued = webhook_secrets.rotate(merchant, overlap=overlap, now=now)
        except rotation.NotRotatable as error:
            raise CommandError(str(error)) from error
        return {"id": issued.row.pk, "merchant": merchant.name, "secret": issued.secret}
