from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from orders.management.operator import OperatorCommand, find_merchant
from orders.models import Dialect
from orders.services import rotation


class Command(OperatorCommand):
    help = "Issue an API key pair to a merchant. The secret is printed here and never again."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--merchant", required=True, help="name or id")
        parser.add_argument("--dialect", required=True, choices=Dialect.values)

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        merchant = find_merchant(options["merchant"])
        issued = rotation.issue(merchant, options["dialect"], now=timezone.now())
        return {
            "id": issued.credential.pk,
            "merchant": merchant.name,
            "dialect": issued.credential.dialect,
            "key": issued.key,
            "secret": issued.secret,
        }
