"""The watcher dies at each statement of a block in turn; what it has left behind is nothing, or the whole block."""

from collections.abc import Callable
from typing import Any

from django.db import connection

from orders.models import Callback, ChainCursor, Order, OrderEvent, Payment, ScannedBlock, Transfer
from orders.services import invariants
from orders.states import OrderStatus
from tests.chain import paid, trx
from tests.orders.conftest import ADDRESS, NOW
from tests.orders.services.chain.conftest import AMOUNT, OwnPlace
from tests.reader import Reader

TABLES = (Payment, Transfer, OrderEvent, Callback, ScannedBlock, Order, ChainCursor)


class Death(BaseException):
    """As SIGKILL: nothing of ours runs after it, and the database takes the open transaction back."""


class Killer:
    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.left -= 1
            if self.left == 0:
                raise Death
        return execute(sql, params, many, context)


def rows() -> list[list[tuple[Any, ...]]]:
    return [list(table.objects.order_by("pk").values_list()) for table in TABLES]


def test_dying_at_any_statement_leaves_nothing_half_done(reader: Reader, deposit: OwnPlace) -> None:
    order = deposit()
    reader.chain.grow(2)
    reader.read()
    reader.chain.add(paid(1, ADDRESS, AMOUNT), paid(2, ADDRESS, 5_000_000), trx(3, ADDRESS, 9_000_000))
    before, deaths = rows(), 0
    while True:
        killer = Killer(deaths + 1)
        try:
            with connection.execute_wrapper(killer):
                reader.read()
        except Death:
            deaths += 1
            if ChainCursor.objects.get().number != reader.chain.head:
                assert rows() == before, f"died at statement {deaths}"
        else:
            break
    assert deaths > 15
    assert Order.objects.get(pk=order.pk).status == OrderStatus.SUCCEEDED
    assert Payment.objects.count() == 3
    assert invariants.broken(now=NOW) == []
