import resource
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from orders.services.dispatching import processes
from orders.services.dispatching.sending import deliver_due


class Command(BaseCommand):
    help = "Deliver due callbacks to merchants until SIGTERM. Any number may run, on any host."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="deliver what is due now and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            while deliver_due(clock=timezone.now):
                pass
            return
        _allow_many_sockets()
        if not processes.run():
            raise CommandError("a dispatcher process died")


def _allow_many_sockets() -> None:
    """As many as the system lets us: the usual limit is the caution of another age."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
