"""A node without latency, in a process of its own: `python -m tests.bench.chain_node FIRST BLOCKS`, prints its port.

Every answer is ready as bytes before it is asked for. At first it knows only block FIRST; after `GET /grow` as many
more as it is asked for by `?BLOCKS`. `GET /calls` tells how many questions it has been asked.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tests.bench.chain_blocks import add_block
from tests.chain import Chain

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOBODY_PAID = b'{"data":[],"success":true,"meta":{"at":1,"page_size":0}}'


class Node:
    def __init__(self, first: int, blocks: int) -> None:
        chain = Chain(first=first, start=START)
        for _ in range(blocks):
            add_block(chain, chain.head + 1)
        self.first, self.head, self.calls = first, first, 0
        self._ready = {
            (name, number): _framed(json.dumps(chain.answer(name, body(number))).encode())
            for name, body in (
                ("getblockbynum", lambda number: {"num": number}),
                ("gettransactioninfobyblocknum", lambda number: {"num": number}),
                ("getblock", lambda number: {"id_or_num": str(number)}),
            )
            for number in chain.blocks
        }
        self.sizes = [
            len(self._ready[name, first + 1]) if blocks else 0
            for name in ("getblockbynum", "gettransactioninfobyblocknum")
        ]

    def answer(self, target: str, body: bytes) -> bytes:
        path, query = urlsplit(target).path, urlsplit(target).query
        if path == "/grow":
            self.head += int(query)
            return _framed(b"{}")
        if path == "/calls":
            return _framed(json.dumps({"calls": self.calls, "sizes": self.sizes}).encode())
        self.calls += 1
        if path.startswith("/v1/"):
            return _framed(NOBODY_PAID)
        name, number = path.rpartition("/")[2], json.loads(body).get("num", self.head)
        return self._ready[name, number] if number <= self.head else _framed(b"{}")


def _framed(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Connection(asyncio.Protocol):
    def __init__(self, node: Node) -> None:
        self._node, self._arrived = node, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        head, blank, body = self._arrived.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        size = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
        if not blank or len(body) < size:
            return
        self._arrived = b""
        target = head.split(b" ", 2)[1].decode("latin-1")
        self._transport.write(self._node.answer(target, body))


async def main(first: int, blocks: int) -> None:
    node = Node(first, blocks)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(node), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
