"""Base of the commands for scripts and operators: one result, as text or, with --json, as one JSON object."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.models import ApiCredential, Merchant


class OperatorCommand(BaseCommand):
    """Subclasses implement `act(options) -> result`; bad input raises CommandError and changes nothing."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = self.act(options)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False, default=str))
        else:
            for name, value in result.items():
                self.stdout.write(f"{name}: {value}")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


def find_merchant(text: str) -> Merchant:
    """By name, else by id."""
    merchant = Merchant.objects.filter(name=text).first()
    if merchant is None and text.isascii() and text.isdigit() and len(text) < 19:
        merchant = Merchant.objects.filter(pk=int(text)).first()
    if merchant is None:
        raise CommandError(f"There is no merchant {text!r}.")
    return merchant


def find_credential(text: str) -> ApiCredential:
    """By id, as `issue_credential` prints it."""
    if text.isascii() and text.isdigit() and len(text) < 19:
        credential = ApiCredential.objects.filter(pk=int(text)).first()
        if credential:
            return credential
    raise CommandError(f"There is no credential {text!r}.")
