from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from orders.management.operator import OperatorCommand, find_merchant
from orders.models import Asset
from orders.services import ledger, merchants
from providers.money import parse_units


class Command(OperatorCommand):
    help = "Correct a merchant's account: available TRX, or USDT deposits."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--merchant", required=True, help="name or id")
        parser.add_argument("--asset", required=True, choices=Asset.values)
        side = parser.add_mutually_exclusive_group(required=True)
        side.add_argument("--credit", help="amount the merchant gets, such as 100 or 12.5")
        side.add_argument("--debit", help="amount the merchant loses")
        parser.add_argument("--reason", required=True)

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        merchant, asset = find_merchant(options["merchant"]), Asset(options["asset"])
        side = "debit" if options["credit"] is None else "credit"
        try:
            amount = parse_units(options[side]) * (1 if side == "credit" else -1)
            merchants.adjust(
                merchant, asset=asset, amount=amount, reason=options["reason"], now=timezone.now()
            )
        except (ValueError, ledger.InsufficientFunds) as error:
            raise CommandError(f"--{side}: {error}") from error
        account = ledger.adjusted_account(merchant, asset)
        return {
            "merchant": merchant.name,
            "asset": asset.value,
            "amount": amount,
            "balance": ledger.balance_of(account),
        }
