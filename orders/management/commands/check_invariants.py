import sys
from typing import Any

from django.utils import timezone

from orders.management.operator import OperatorCommand
from orders.services import invariants


class Command(OperatorCommand):
    help = "Check the books and the states of the live database; exit 1 and a list if one is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if self.broken:
            sys.exit(1)

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        self.broken = invariants.broken(now=timezone.now())
        return {"checked": [name for name, _ in invariants.CHECKS], "broken": self.broken}
