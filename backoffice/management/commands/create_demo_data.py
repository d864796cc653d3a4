from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from backoffice import demo


class Command(BaseCommand):
    help = (
        "Create the demo staff, merchants and sandbox accounts; again changes nothing but the demo password."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("make_wallet_key", keep=True)
        demo.create(now=timezone.now())
        self.stdout.write("The demo data is there.")
