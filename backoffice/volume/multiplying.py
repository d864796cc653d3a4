"""Copies of the pattern orders with all that hangs on them, made by PostgreSQL itself: no row travels.

A copy `g` is the patterns moved by `g` times their span in ids and in time, so ids, times and links stay as consistent
as the services made them. What is unique gets the id of its row as its beginning; addresses come from a pool. Bodies
keep the words of their pattern.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Max, Min

from orders.models import Attempt, Callback, CallbackLog, Order, OrderEvent, Payment, Transfer
from providers.models import ProviderCall
from providers.tron.addresses import from_bytes

COPIED: tuple[type[models.Model], ...] = (
    *(Order, Attempt, OrderEvent, Callback, CallbackLog, Payment, Transfer, ProviderCall),
)
ORDERS_OF_AN_ADDRESS = 50
COPIES_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Span:
    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


Spans = Mapping[type[models.Model], Span]


def spans() -> Spans:
    found = {}
    for model in COPIED:
        ends = model._default_manager.aggregate(first=Min("pk"), last=Max("pk"))
        found[model] = Span(ends["first"], ends["last"])
    return found


def multiply(copies: int, *, step: timedelta) -> Iterator[int]:
    """Copies 1 to `copies` of everything there is, each `step` later than the one before. Yields how many more copies
    are committed."""
    known = spans()
    pool = max(1, copies * known[Order].size // ORDERS_OF_AN_ADDRESS)
    _fill_pool(pool)
    statements = [_statement(model, known, pool) for model in COPIED]
    for first in range(1, copies + 1, COPIES_AT_ONCE):
        last = min(first + COPIES_AT_ONCE - 1, copies)
        parameters: Any = {"first": first, "last": last, "step": step}  # the stubs know no timedelta
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            if (
                _is_superuser()
            ):  # keys point where their patterns' do: checking them row by row takes half the time
                cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                cursor.execute(statement, parameters)
        yield last - first + 1
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), COPIED):
            cursor.execute(statement)


def finish() -> None:
    """Cached balances and the planner's figures follow the copies."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH moved AS (
                SELECT account, sum(change) AS total FROM (
                    SELECT credit_id AS account, sum(amount) AS change FROM orders_transfer GROUP BY 1
                    UNION ALL SELECT debit_id, -sum(amount) FROM orders_transfer GROUP BY 1) AS sides
                GROUP BY account)
            UPDATE orders_ledgeraccount SET balance = moved.total FROM moved
            WHERE moved.account = id AND balance IS NOT NULL"""
        )
        for model in COPIED:
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")


def _is_superuser() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        return bool(cursor.fetchone() == ("on",))


def _fill_pool(size: int) -> None:
    """In the order of their index, so that a round of copies sweeps it once."""
    addresses = sorted(
        from_bytes(b"\x41" + sha256(number.to_bytes(8, "big")).digest()[:20]) for number in range(size)
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE volume_address (n integer PRIMARY KEY, address text NOT NULL)")
        with cursor.copy("COPY volume_address FROM STDIN") as copy:
            for number, address in enumerate(addresses):
                copy.write_row((number, address))
        cursor.execute("ANALYZE volume_address")


def _statement(model: type[models.Model], known: Spans, pool: int) -> str:
    """Names come from the models and numbers from us: nothing in it is anybody's input."""
    fields, own = model._meta.concrete_fields, _own_values(model, known)
    columns = [f'"{field.column}"' for field in fields]
    values = [own.get(field.name) or _moved(field, known) for field in fields]
    has_address = any(field.name == "address" for field in fields)
    order_id = _moved_id("id" if model is Order else "order_id", known[Order])
    pooled = f"JOIN volume_address a ON a.n = ({order_id}) %% {pool}" if has_address else ""
    span, table = known[model], model._meta.db_table
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} "
        f"FROM generate_series(%(first)s, %(last)s) g CROSS JOIN {table} t {pooled} "
        f"WHERE t.id BETWEEN {span.first} AND {span.last} ORDER BY g, t.id"
    )


def _moved(field: Any, known: Spans) -> str:
    if field.primary_key:
        return _moved_id(field.column, known[field.model])
    if (target := known.get(field.related_model)) is not None:
        return _moved_id(field.column, target)
    if isinstance(field, models.DateTimeField):
        return f't."{field.column}" + g * %(step)s'
    return "a.address" if field.name == "address" else f't."{field.column}"'


def _moved_id(column: str, span: Span) -> str:
    return f"t.{column} + g::bigint * {span.size}"


def _own_values(model: type[models.Model], known: Spans) -> dict[str, str]:
    """What is unique, or must agree with another row."""
    own_id = _moved_id("id", known[model])
    order_id = _moved_id("order_id", known[Order])
    if model is Order:
        number = "CASE WHEN t.external_id = '' THEN '' ELSE t.external_id || '-' || g END"
        return {
            "serial": _numbered("serial", own_id),
            "external_id": number,
            "amount_micro": _cents_apart(own_id),
        }
    if model is Attempt:
        return {
            "request_id": _numbered("request_id", own_id),
            "callback_token": _numbered("callback_token", own_id),
            "upstream_id": f"CASE WHEN t.upstream_id = '' THEN '' ELSE {_numbered('upstream_id', own_id)} END",
            "txid": f"CASE WHEN t.txid = '' THEN '' ELSE {_numbered('txid', order_id)} END",
        }
    if model is ProviderCall:
        ahead = known[Attempt].first - known[ProviderCall].first  # each attempt has one call
        return {"request_id": _numbered("request_id", f"{own_id} + {ahead}")}
    if model is Payment:
        return {"txid": _numbered("txid", order_id), "amount_micro": _cents_apart(order_id)}
    if model is Callback:
        return {"event_id": f"'evt_' || lpad(to_hex({own_id}), 8, '0') || substr(t.event_id, 13)"}
    return {}


def _numbered(column: str, number: str) -> str:
    """The number in hex takes the place of the first eight characters."""
    return f"lpad(to_hex({number}), 8, '0') || substr(t.{column}, 9)"


def _cents_apart(number: str) -> str:
    """A thousand different amounts."""
    return f"t.amount_micro + ({number}) %% 1000 * 10000"
