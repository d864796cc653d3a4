import secrets
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from orders.management.operator import OperatorCommand
from orders.services import wallets
from providers.tron import derivation

SEED_BYTES = 32


class Command(OperatorCommand):
    help = "Make a seed that deposit wallets are derived from, or take one; it is sealed to the signer and not shown."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("label")
        parser.add_argument(
            "--phrase", action="store_true", help="read the words of an existing wallet from standard input"
        )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        seed = _seed_of_words(sys.stdin.readline()) if options["phrase"] else secrets.token_bytes(SEED_BYTES)
        try:
            tree = wallets.add_tree(label=options["label"], seed=seed, now=timezone.now())
        except ValueError as error:
            raise CommandError(str(error)) from error
        return {"id": tree.pk, "label": tree.label, "xpub": tree.xpub}


def _seed_of_words(phrase: str) -> bytes:
    count = len(phrase.split())
    if count not in {12, 15, 18, 21, 24}:
        raise CommandError(f"A phrase has 12 to 24 words; this has {count}.")
    return derivation.seed_of_phrase(phrase)
