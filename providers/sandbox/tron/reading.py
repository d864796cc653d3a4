"""Blocks, transactions and infos as `wallet/` and `walletsolidity/` give them (specs/tron.md section 2)."""

import json

from providers.sandbox.tron import blocks, volume, volume_bodies
from providers.sandbox.tron.blocks import Block
from providers.sandbox.tron.parameters import BadParameter, Values, text, whole
from providers.sandbox.tron.printing import dumped
from providers.sandbox.tron.view import View

MOST_BLOCKS = 100
EMPTY = b"{}"


def now_block(view: View, values: Values) -> bytes:
    return block_body(view, view.block(view.head))


def block_by_number(view: View, values: Values) -> bytes:
    return block_body(view, view.block(whole(values, "num")))


def block_of_any(view: View, values: Values) -> bytes:
    """getblock: by id or height, the newest without; only the header unless `detail`."""
    wanted = values.get("id_or_num", "")
    found = _find(view, str(wanted)) if wanted != "" else view.block(view.head)
    if values.get("detail") in (True, "true"):
        return block_body(view, found)
    return dumped(blocks.print_header(found)) if found else EMPTY


def blocks_in_range(view: View, values: Values) -> bytes:
    start, end = whole(values, "startNum"), whole(values, "endNum")
    if start < 0 or not 0 < end - start <= MOST_BLOCKS:
        return EMPTY
    bodies = [block_body(view, view.block(number)) for number in range(start, min(end, view.head + 1))]
    found = [body for body in bodies if body != EMPTY]
    return b'{"block":[' + b",".join(found) + b"]}" if found else EMPTY


def infos(view: View, values: Values) -> bytes:
    """[] for a block that is empty, unknown or still to come; {} at or below zero."""
    number = whole(values, "num")
    if number <= 0:
        return EMPTY
    if number > view.head:
        return b"[]"
    if full := volume.covering(view.db, number):
        return volume_bodies.infos_body(full, number)
    return b"[" + ",".join(row["info"] for row in blocks.transaction_rows(view.db, number)).encode() + b"]"


def count(view: View, values: Values) -> bytes:
    number = whole(values, "num")
    if not view.block(number):
        return dumped({"count": 0})
    full = volume.covering(view.db, number)
    return dumped({"count": full.transactions if full else len(blocks.transaction_rows(view.db, number))})


def info_by_id(view: View, values: Values) -> bytes:
    row = view.transaction(text(values, "value"))
    return str(row["info"]).encode() if row else EMPTY


def transaction_by_id(view: View, values: Values) -> bytes:
    row = view.transaction(text(values, "value"))
    return dumped(blocks.print_transaction(row)) if row else EMPTY


def block_body(view: View, block: Block | None) -> bytes:
    if block is None:
        return EMPTY
    if full := volume.covering(view.db, block.number):
        return volume_bodies.block_body(full, block.number)
    rows = blocks.transaction_rows(view.db, block.number)
    return dumped(blocks.print_block(block, [blocks.print_transaction(row) for row in rows]))


def removed_last(body: bytes, count: int) -> bytes:
    """An array without its last elements."""
    found = json.loads(body)
    return dumped(found[: max(len(found) - count, 0)]) if isinstance(found, list) else body


def _find(view: View, wanted: str) -> Block | None:
    try:
        return view.block_by_id(wanted) if len(wanted) == 64 else view.block(int(wanted))
    except ValueError as error:
        raise BadParameter("class java.lang.IllegalArgumentException : id_or_num") from error
