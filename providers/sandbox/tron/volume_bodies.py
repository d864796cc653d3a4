"""The bodies of full blocks, from a template per range: only ids, references and heights differ between blocks."""

from functools import lru_cache
from hashlib import sha256
from itertools import chain as joined

from providers.sandbox.tron import blocks, contracts, wallets
from providers.sandbox.tron.printing import dumped
from providers.sandbox.tron.volume import Range
from providers.tron import encoding, transaction_json
from providers.tron.encoding import RawData, Signed

AMOUNT = 10_000_000
ID_MARK, RAW_MARK = "f" * 64, "d" * 64
TRX_INFO: dict[str, object] = {"contractResult": [""], "receipt": {"net_usage": 265}}
REFERENCE = b"\xee" * 8


def block_body(full: Range, number: int) -> bytes:
    """The printed block."""
    header = dumped(blocks.print_header(full.block(number)))[:-1]
    raws, ids = _raws(full, number)
    pieces = _block_pieces(full)
    middle = joined.from_iterable(zip(ids, pieces[1::2], raws, pieces[2::2], strict=True))
    body = b"".join([header, b',"transactions":[', pieces[0], *middle, b"]}"])
    return body.replace(REFERENCE.hex().encode(), number.to_bytes(8, "big").hex().encode())


def infos_body(full: Range, number: int) -> bytes:
    """The printed infos."""
    _, ids = _raws(full, number)
    place = f'"blockNumber":{number},"blockTimeStamp":{full.block(number).timestamp}'.encode()
    pieces = _info_pieces(full)
    middle = joined.from_iterable(zip(ids, pieces[1:], strict=True))
    return b"".join([b"[", pieces[0], *middle, b"]"]).replace(b'"blockNumber":0,"blockTimeStamp":0', place)


@lru_cache(maxsize=64)
def _raws(full: Range, number: int) -> tuple[list[bytes], list[bytes]]:
    """Encoded raw_data and ids of the block's transactions in hex: the memo-free bytes with the height in the
    reference hash, so that no two blocks share an id."""
    mark = number.to_bytes(8, "big")
    raws = [before + mark + after for before, after in _templates(full)]
    return [raw.hex().encode() for raw in raws], [sha256(raw).hexdigest().encode() for raw in raws]


@lru_cache(maxsize=4)
def _templates(full: Range) -> list[tuple[bytes, bytes]]:
    halves = []
    for raw in (encoding.encode(each) for each in _transactions(full)):
        before, _, after = raw.partition(b"\x22\x08" + REFERENCE)
        halves.append((before + b"\x22\x08", after))
    return halves


def _transactions(full: Range) -> list[RawData]:
    made = []
    for index in range(full.transactions):
        receiver = bytes.fromhex(full.receivers[index % len(full.receivers)])
        if index < full.transfers:
            data = encoding.transfer_call(receiver, AMOUNT)
            contract = encoding.trigger(wallets.PAYER.raw, bytes.fromhex(wallets.USDT), data)
        else:
            contract = encoding.transfer(wallets.PAYER.raw, wallets.DESK.raw, index + 1)
        made.append(
            RawData(
                ref_block_bytes=index.to_bytes(2, "big"),
                ref_block_hash=REFERENCE,
                expiration=full.timestamp + 60_000,
                timestamp=full.timestamp + index,
                fee_limit=30_000_000 if index < full.transfers else 0,
                contract=contract,
            )
        )
    return made


@lru_cache(maxsize=4)
def _block_pieces(full: Range) -> list[bytes]:
    """Printed transactions, cut at each id and each raw_data_hex."""
    printed = []
    for raw in _transactions(full):
        shown = transaction_json.printed(Signed(encoding.encode(raw), (bytes(65),)))
        shown |= {"txID": ID_MARK, "raw_data_hex": RAW_MARK}
        printed.append(dumped({"ret": [{"contractRet": "SUCCESS"}], **shown}).decode())
    text = ",".join(printed).replace(RAW_MARK, ID_MARK)
    return [piece.encode() for piece in text.split(ID_MARK)]


@lru_cache(maxsize=4)
def _info_pieces(full: Range) -> list[bytes]:
    """Printed infos, cut at each id; heights and times are put in later."""
    printed = []
    for index in range(full.transactions):
        common = {"id": ID_MARK, "blockNumber": 0, "blockTimeStamp": 0}
        details = _usdt_info(full, index) if index < full.transfers else TRX_INFO
        printed.append(dumped({**common, **details}).decode())
    return [piece.encode() for piece in ",".join(printed).split(ID_MARK)]


def _usdt_info(full: Range, index: int) -> dict[str, object]:
    receiver = full.receivers[index % len(full.receivers)]
    topics = [contracts.TRANSFER, contracts.topic(wallets.PAYER.hex), contracts.topic(receiver)]
    used, penalty = contracts.HELD
    receipt = {"energy_usage": used, "energy_usage_total": used, "net_usage": 345, "result": "SUCCESS"}
    return {
        "contractResult": [contracts.ZERO_WORD.hex()],
        "contract_address": wallets.USDT,
        "receipt": receipt | {"energy_penalty_total": penalty},
        "log": [{"address": wallets.USDT[2:], "topics": topics, "data": f"{AMOUNT:064x}"}],
    }
