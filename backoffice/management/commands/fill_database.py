from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone
from tqdm import tqdm

from backoffice.volume import filling
from orders.models import Order


class Command(BaseCommand):
    help = "Fill a PostgreSQL database without orders with many, to see how all does when it is big."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("orders", type=int, help="two attempts each, and what belongs to them")
        parser.add_argument(
            "--per-day", type=int, default=10_000, help="how far back they reach (%(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("This needs PostgreSQL: set DATABASE_URL.")
        if Order.objects.exists():
            raise CommandError("There are orders in this database; it only fills one that has none.")
        if min(options["orders"], options["per_day"]) < 1:
            raise CommandError("Numbers above zero are needed.")
        with tqdm(total=options["orders"], unit="order", unit_scale=True, disable=None) as bar:
            every = timedelta(days=1) / options["per_day"]
            for made in filling.fill(options["orders"], every=every, now=timezone.now()):
                bar.update(made)
