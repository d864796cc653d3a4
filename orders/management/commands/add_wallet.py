from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from orders.management.operator import OperatorCommand, find_merchant
from orders.models import Custody
from orders.services.wallets import add_wallet


class Command(OperatorCommand):
    help = "Register a deposit address of a merchant, held by an upstream or by us."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--merchant", required=True, help="name or id")
        parser.add_argument("--address", required=True)
        parser.add_argument("--label", default="")
        parser.add_argument("--custody", choices=Custody.values, default=Custody.UPSTREAM.value)

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        merchant = find_merchant(options["merchant"])
        try:
            wallet = add_wallet(
                merchant,
                address=options["address"],
                label=options["label"],
                custody=Custody(options["custody"]),
                now=timezone.now(),
            )
        except ValueError as error:
            raise CommandError(f"--address: {error}") from error
        return {"id": wallet.pk, "merchant": merchant.name, "address": wallet.address}
