"""Base of the commands for scripts and operators: one result, as text or, with --json, as one JSON object."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from orders.models import ApiCredential, Merchant
from orders.models.checks import check_printable
from providers.keyring import SecretUnreadable


class OperatorCommand(BaseCommand):
    """Subclasses implement `act(options) -> result`; bad input raises CommandError and changes nothing."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _check_texts(options)
            result = self.act(options)
        except ValidationError as error:
            raise CommandError("; ".join(_sentences(error))) from error
        except SecretUnreadable as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False, cls=DjangoJSONEncoder))
        else:
            for line in _lines(result):
                self.stdout.write(line)

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


def _check_texts(options: dict[str, Any]) -> None:
    """A shell can hand over any bytes. Raises ValidationError."""
    for name, value in options.items():
        if isinstance(value, str):
            try:
                check_printable(value)
            except ValidationError as error:
                raise ValidationError({name: error.messages}) from error


def _sentences(error: ValidationError) -> list[str]:
    if not hasattr(error, "error_dict"):
        return error.messages
    named = error.message_dict.items()
    return [
        message if name == NON_FIELD_ERRORS else f"{name}: {message}"
        for name, messages in named
        for message in messages
    ]


def _lines(result: dict[str, Any]) -> Iterator[str]:
    for name, value in result.items():
        if isinstance(value, list):
            yield f"{name}: {len(value)}"
            yield from (f"  {each}" for each in value)
        else:
            yield f"{name}: {value}"


def find_merchant(text: str) -> Merchant:
    """By name, else by id."""
    merchant = Merchant.objects.filter(name=text).first()
    if merchant is None and text.isascii() and text.isdigit() and len(text) < 19:
        merchant = Merchant.objects.filter(pk=int(text)).first()
    if merchant is None:
        raise CommandError(f"There is no merchant {text[:128]!r}.")
    return merchant


def find_credential(text: str) -> ApiCredential:
    """By id, as `issue_credential` prints it."""
    if text.isascii() and text.isdigit() and len(text) < 19:
        credential = ApiCredential.objects.filter(pk=int(text)).first()
        if credential:
            return credential
    raise CommandError(f"There is no credential {text[:128]!r}.")
