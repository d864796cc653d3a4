import os
from typing import Any

from django.core.management.base import BaseCommand

from backoffice.programs import web_server_command


class Command(BaseCommand):
    help = "Serve the pages and APIs on BIND_HOST and PORT with WEB_WORKERS processes."

    def handle(self, *args: Any, **options: Any) -> None:
        command = web_server_command()
        os.execv(command[0], command)  # noqa: S606
