from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from orders.management.operator import OperatorCommand
from orders.services.merchants import create_merchant


class Command(OperatorCommand):
    help = "Create a merchant."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--name", required=True)
        parser.add_argument("--time-zone", default=settings.DEFAULT_MERCHANT_TIME_ZONE)
        parser.add_argument("--callback-url", default="")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        merchant = create_merchant(
            name=options["name"].strip(),
            time_zone=options["time_zone"],
            default_callback_url=options["callback_url"],
            now=timezone.now(),
        )
        return {"id": merchant.pk, "name": merchant.name, "time_zone": merchant.time_zone}
