"""Blocks as the network has them (specs/tron.md 6.1), in number and size of what they hold."""

import json

from tests.chain import Chain, Json, address_of, call, paid, trx

TRANSACTIONS, USDT_TRANSFERS, TRX_TRANSFERS, SETTLE = 380, 115, 100, 2
TRANSACTION_BYTES, INFO_BYTES = 984, 570  # measured on the main network
AMOUNT = 5_000_000
FIRST = 10**6
ADDRESSES = 2000  # that orders wait at


def add_block(chain: Chain, number: int, *, settles: range = range(0)) -> None:
    """`settles`: the numbers of the orders that it pays; its other transfers are strangers'."""
    rows = [paid(f"{number}/{each}", address_of(each % ADDRESSES), AMOUNT + each) for each in settles]
    strangers = range(USDT_TRANSFERS - len(rows))
    rows += [paid(f"{number}/s{each}", address_of("stranger", number, each), AMOUNT) for each in strangers]
    rows += [trx(f"{number}/{each}", address_of("other", number, each), 7) for each in range(TRX_TRANSFERS)]
    rows += [call(f"{number}/c{each}") for each in range(TRANSACTIONS - len(rows))]
    chain.add(*((_padded(made, TRANSACTION_BYTES), _padded(info, INFO_BYTES)) for made, info in rows))


def _padded(row: Json, size: int) -> Json:
    """With what a watcher does not read, as long as the real one."""
    return {**row, "raw_data_hex": "0a" * (max(size - len(json.dumps(row)), 0) // 2)}
