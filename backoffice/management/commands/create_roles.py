import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backoffice.roles import create_roles


class Command(BaseCommand):
    help = "Make the staff groups, or set them back to the table in backoffice/roles.py."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        roles = create_roles()
        if options["json"]:
            self.stdout.write(json.dumps(roles))
            return
        for name, permissions in roles.items():
            self.stdout.write(f"{name}: {len(permissions)} permissions")
            if options["verbosity"] > 1:
                self.stdout.write("\n".join(f"  {permission}" for permission in permissions))
