from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from backoffice.environment import kept
from providers.tron import wallet_keys


class Command(BaseCommand):
    help = (
        "Make a key that opens wallets, for the signer alone, and its public half, for everybody who seals."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep",
            action="store_true",
            help="in DATA_DIR (mode 0600), unless there is one, instead of printing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"]:
            key = kept(settings.WALLET_KEYS_FILE, wallet_keys.generate)
            kept(settings.WALLET_PUBLIC_KEY_FILE, lambda: wallet_keys.public_of(key.split(",")[0]))
            return
        key = wallet_keys.generate()
        self.stdout.write(f"WALLET_KEYS={key}")
        self.stdout.write(f"WALLET_PUBLIC_KEY={wallet_keys.public_of(key)}")
