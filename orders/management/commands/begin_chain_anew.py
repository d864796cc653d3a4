from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from orders.management.operator import OperatorCommand
from orders.services import leadership, new_chain, node_gate
from providers.errors import ProviderError


class Command(OperatorCommand):
    help = (
        "Where the chain itself was begun anew (a reset of the sandbox, a test network): leave what was read of the"
        " old one as it is, and read from the new one's head. Refused while the node still tells of the old one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("network", help="its name, TRON_NETWORK, so that no other is meant")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["network"] != settings.TRON_NETWORK:
            raise CommandError(f"The network that is watched is {settings.TRON_NETWORK}.")
        nodes = node_gate.nodes(clock=timezone.now)
        read_to = leadership.cursor().number
        try:
            told = nodes.head()
            if read_to is not None and told.number > read_to:
                told = nodes.head_at(read_to)
            old = new_chain.begin(told, now=timezone.now())
        except (ProviderError, new_chain.SameChain) as error:
            raise CommandError(str(error)) from error
        return {"network": settings.TRON_NETWORK, "read_to": old.number, "kept_as": old.network}
