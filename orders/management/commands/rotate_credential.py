from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from orders.management.graces import add_grace, grace_of
from orders.management.operator import OperatorCommand, find_credential
from orders.services import rotation


class Command(OperatorCommand):
    help = "Issue a successor to a key pair; the old one works until the grace ends."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--credential", required=True, help="its id")
        add_grace(parser)

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        credential, now = find_credential(options["credential"]), timezone.now()
        grace = grace_of(options, now)
        try:
            issued = rotation.rotate(credential, grace=grace, now=now)
        except rotation.NotRotatable as error:
            raise CommandError(str(error)) from error
        return {
            "id": issued.credential.pk,
            "replaces": credential.pk,
            "old_retires_at": now + grace,
            "key": issued.key,
            "secret": issued.secret,
        }
