import os
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from orders.management.operator import OperatorCommand
from orders.services import accounts
from providers.models import ProviderKind


class Command(OperatorCommand):
    help = (
        "Add a key pair that an upstream issued to us. The pair comes from two named environment variables."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--kind", required=True, choices=ProviderKind.values)
        parser.add_argument("--label", required=True)
        parser.add_argument("--base-url", required=True)
        parser.add_argument("--key-variable", default="", help="name of the variable that holds the key")
        parser.add_argument("--secret-variable", required=True, help="name of the variable with the secret")
        parser.add_argument("--upstream-account", default="")
        parser.add_argument("--priority", type=int, default=100)
        parser.add_argument("--has-query", action="store_true")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        """A secret on the command line would be in the process list and the shell's history."""
        secret = os.environ.get(options["secret_variable"], "").strip()
        key = os.environ.get(options["key_variable"], "").strip() if options["key_variable"] else ""
        if not secret or (options["key_variable"] and not key):
            raise CommandError("The named environment variable is empty.")
        account = accounts.add_account(
            kind=options["kind"],
            label=options["label"].strip(),
            base_url=options["base_url"],
            key=key,
            secret=secret,
            upstream_account=options["upstream_account"],
            priority=options["priority"],
            has_query=options["has_query"],
            now=timezone.now(),
        )
        return {"id": account.pk, "kind": account.kind, "label": account.label}
