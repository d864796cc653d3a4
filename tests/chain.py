"""A TRON chain in a test's hand: blocks and infos in the words of a node, and a node that serves them over loopback.

Only shapes that tests/data/tron shows. The node's faults are scripted per path; it knows nothing of accounts or fees.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from providers.tron.addresses import from_bytes, to_hex

CONTRACT_ADDRESS = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
CONTRACT = to_hex(CONTRACT_ADDRESS)[2:]
TRANSFER = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
APPROVAL = "8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"
STEP = timedelta(seconds=3)
UNSOLID = 19  # blocks above the newest solidified one
Json = dict[str, Any]
Rows = list[Json]


def txid_of(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def address_of(*parts: object) -> str:
    """A valid address that nobody has."""
    return from_bytes(b"\x41" + hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:20])


PAYER = address_of("payer")


def word(value: int | str) -> str:
    """32 bytes in hex, of a number or of an address."""
    return f"{value:064x}" if isinstance(value, int) else to_hex(value)[2:].rjust(64, "0")


def usdt_log(sender: str, receiver: str, amount: int, *, contract: str = CONTRACT) -> Json:
    return {
        "address": contract,
        "topics": [TRANSFER, word(sender), word(receiver)],
        "data": word(amount),
    }


def call(name: object, *logs: Json, result: str = "SUCCESS") -> tuple[Json, Json]:
    """A contract's call: the transaction and its info, which lacks the block's number and time."""
    txid = txid_of("call", name)
    info: Json = {
        "id": txid,
        "contractResult": [""],
        "receipt": {"energy_usage_total": 64285, "result": result},
    }
    if logs:
        info["log"] = list(logs)
    if result != "SUCCESS":
        info["result"] = "FAILED"
    contract = {"type": "TriggerSmartContract", "parameter": {"value": {"contract_address": f"41{CONTRACT}"}}}
    return {"txID": txid, "ret": [{"contractRet": result}], "raw_data": {"contract": [contract]}}, info


def trx(
    name: object, receiver: str, amount_sun: int, *, sender: str = PAYER, result: str = "SUCCESS"
) -> tuple[Json, Json]:
    txid = txid_of("trx", name)
    value = {"owner_address": to_hex(sender), "to_address": to_hex(receiver), "amount": amount_sun}
    contract = {"type": "TransferContract", "parameter": {"value": value}}
    transaction = {"txID": txid, "ret": [{"contractRet": result}], "raw_data": {"contract": [contract]}}
    return transaction, {"id": txid, "contractResult": [""], "receipt": {"net_usage": 265}}


def paid(name: object, receiver: str, amount: int, *, sender: str = PAYER) -> tuple[Json, Json]:
    """A plain USDT payment."""
    return call(name, usdt_log(sender, receiver, amount))


def block_id(number: int, fork: str = "") -> str:
    return f"{number:016x}" + txid_of("block", number, fork)[:48]


@dataclass
class Chain:
    """Blocks from `first` on, three seconds apart, all of them solidified. `fork`: sets its block ids apart."""

    first: int = 1000
    start: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    blocks: dict[int, Json] = field(default_factory=dict)
    infos: dict[int, Rows] = field(default_factory=dict)
    fork: str = ""

    def __post_init__(self) -> None:
        self.add()

    @property
    def head(self) -> int:
        return self.first + len(self.blocks) - 1

    def time_of(self, number: int) -> datetime:
        return self.start + (number - self.first) * STEP

    def add(self, *transactions: tuple[Json, Json]) -> int:
        """One more block; returns its number."""
        number = self.first + len(self.blocks)
        block = self._header(number)
        stamp = block["block_header"]["raw_data"]["timestamp"]
        if transactions:
            block["transactions"] = [transaction for transaction, _ in transactions]
        self.blocks[number] = block
        self.infos[number] = [
            {**info, "blockNumber": number, "blockTimeStamp": stamp} for _, info in transactions
        ]
        return number

    def _header(self, number: int) -> Json:
        stamp = round(self.time_of(number).timestamp() * 1000)
        raw = {"number": number, "parentHash": block_id(number - 1, self.fork), "timestamp": stamp}
        return {"blockID": block_id(number, self.fork), "block_header": {"raw_data": raw}}

    def grow(self, count: int) -> int:
        for _ in range(count):
            self.add()
        return self.head

    def answer(self, name: str, body: Json) -> Any:
        match name:
            case "getblock":
                number = int(body.get("id_or_num") or self.head)
                block = self.blocks.get(number, {})
                return {key: value for key, value in block.items() if key != "transactions"}
            case "wallet/getblock":
                return self._header(self.head + UNSOLID)
            case "getblockbynum":
                return self.blocks.get(body["num"], {})
            case "gettransactioninfobyblocknum":
                return self.infos.get(body["num"], [])
            case "gettransactioninfobyid":
                rows = (row for infos in self.infos.values() for row in infos if row["id"] == body["value"])
                return next(rows, {})
        raise AssertionError(name)


@dataclass(frozen=True)
class Fault:
    """What is answered in a call's place. `status` 0: the connection is cut."""

    status: int = 200
    body: bytes = b"{}"


CUT = Fault(status=0)
EMPTY = Fault(body=b"{}")
NO_INFOS = Fault(body=b"[]")
LIMITED = Fault(
    403,
    b'{"Success":false,"Error":"The key exceeds the frequency limit(15), and the query server is suspended for 1s"}',
)
Script = Callable[[str, Json], Fault | None]


class ChainServer(ThreadingHTTPServer):
    """`script(name, body)` may put a fault in a call's place; None: the chain answers."""

    daemon_threads = True

    def __init__(self, chain: Chain) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.chain = chain
        self.script: Script = lambda name, body: None
        self.calls: list[tuple[str, Json]] = []
        self.headers_seen: list[dict[str, str]] = []
        self.lock = threading.Lock()
        self.prepared: dict[tuple[str, int], bytes] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def prepare(self) -> None:
        """Every block's answers as bytes, so that a benchmark does not wait for their making."""
        for number in self.chain.blocks:
            for name in ("getblockbynum", "gettransactioninfobyblocknum"):
                answer = self.chain.answer(name, {"num": number})
                self.prepared[name, number] = json.dumps(answer).encode()

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = cast(ChainServer, self.server)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        *_, state, name = self.path.split("/")
        name = name if state == "walletsolidity" else f"{state}/{name}"
        with server.lock:
            server.calls.append((name, body))
            server.headers_seen.append(dict(self.headers))
            fault = server.script(name, body)
            answer = server.prepared.get((name, body.get("num", -1)), b"")
            if not answer and not fault:
                answer = json.dumps(server.chain.answer(name, body)).encode()
        if fault and not fault.status:
            self.close_connection = True
            return
        status, raw = (fault.status, fault.body) if fault else (200, answer)
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent: pytest output is for failures."""


@contextmanager
def serve(chain: Chain) -> Iterator[ChainServer]:
    with ChainServer(chain) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join(30)
