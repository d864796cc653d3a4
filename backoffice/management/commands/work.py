import sys
from typing import Any

from django.core.management.base import BaseCommand

from backoffice.worker import Worker


class Command(BaseCommand):
    help = "Run tasks and enqueue the orders that are due, until SIGTERM. Any number may run, on any host."

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(Worker().run())
