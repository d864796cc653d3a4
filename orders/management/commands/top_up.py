from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from orders.management.operator import OperatorCommand, find_merchant
from orders.services import ledger, merchants
from providers.money import parse_units


class Command(OperatorCommand):
    help = "Book a payment of a merchant to its available balance."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--merchant", required=True, help="name or id")
        parser.add_argument("--trx", required=True, help="amount in TRX, such as 100 or 12.5")
        parser.add_argument("--reason", default="top-up by command")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        merchant = find_merchant(options["merchant"])
        try:
            amount_sun = parse_units(options["trx"])
            merchants.top_up(merchant, amount_sun=amount_sun, reason=options["reason"], now=timezone.now())
        except ValueError as error:
            raise CommandError(f"--trx: {error}") from error
        return {
            "merchant": merchant.name,
            "amount_sun": amount_sun,
            "available_sun": ledger.available_sun(merchant),
        }
