import sys
from io import StringIO
from typing import Any

import requests
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

from backoffice.data_lock import data_lock
from backoffice.demo import PEOPLE, connect_inboxes
from backoffice.demo_password import demo_password
from backoffice.programs import all_programs, require_free_ports, sandbox_url, web_url
from backoffice.supervisor import Supervisor

PREPARATIONS = ("migrate", "create_roles", "create_demo_data")


class Command(BaseCommand):
    help = "Prepare the database and demo data, then run everything in this terminal until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        with data_lock(settings.DATA_DIR):
            require_free_ports()
            for name in PREPARATIONS:
                call_command(name, verbosity=0, stdout=StringIO())
            connections.close_all()
            supervisor = Supervisor(all_programs(), report=self._report, on_ready=self._print_table)
            exit_code = supervisor.run()
        sys.exit(exit_code)

    def _report(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()

    def _print_table(self) -> None:
        try:
            connect_inboxes()
        except requests.RequestException as error:
            self._report(
                f"the sandbox does not know the merchants' keys, its inboxes verify nothing: {error}"
            )
        rows = [
            ("back office", f"{web_url()}/admin/"),
            ("staff", ", ".join(PEOPLE)),
            ("password", demo_password()),
            ("sandbox", f"{sandbox_url()}/"),
            ("data", str(settings.DATA_DIR)),
            ("stop", "Ctrl-C"),
        ]
        width = max(len(value) for _, value in rows)
        rule = f"+-{'-' * 11}-+-{'-' * width}-+"
        lines = [f"| {name:<11} | {value:<{width}} |" for name, value in rows]
        self.stdout.write("\n".join(["", rule, *lines, rule, ""]))
        self.stdout.flush()
