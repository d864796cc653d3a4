from typing import Any

from django.core.management.base import CommandError, CommandParser

from orders.management.commands.sign_sweeps import ring
from orders.management.operator import OperatorCommand
from orders.services import wallets
from providers.tron import wallet_keys
from providers.tron.wallet_keys import Unopenable


class Command(OperatorCommand):
    help = "Move every wallet key and seed to the newest of WALLET_KEYS. Runs where the signer runs."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--keys-file", help="read the keys from here instead of WALLET_KEYS")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        keys = ring(options["keys_file"])
        try:
            return {"resealed": wallets.reseal(keys, wallet_keys.public_of(keys[0]))}
        except (Unopenable, ValueError) as error:
            raise CommandError(str(error)) from error
