"""A merchant's server that costs next to nothing: 200 to whatever comes, as fast as it comes.

`python -m tests.bench.receiver COUNT` listens on COUNT ports and prints them as JSON. No parser: it looks for the end
of the headers and for the length of the body.
"""

import asyncio
import json
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


class Receiver(asyncio.Protocol):
    def __init__(self) -> None:
        self._arrived = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        while (end := self._arrived.find(b"\r\n\r\n")) >= 0:
            length = self._arrived[:end].lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            size = end + 4 + int(length or b"0")
            if len(self._arrived) < size:
                return
            self._arrived = self._arrived[size:]
            self._transport.write(ANSWER)


async def main(count: int) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Receiver, "127.0.0.1", 0) for _ in range(count)]
    json.dump([server.sockets[0].getsockname()[1] for server in servers], sys.stdout)
    sys.stdout.write("\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
