"""A merchant's server that fails at random, as a process: `python -m tests.receiver JOURNAL PORTS SEED SHARE [ACT]`.

It listens on PORTS ports and prints them as JSON. What arrives stands in the file JOURNAL before anything is answered,
one JSON object a line: event, attempt, body, and what it does with it. SHARE of the requests fail: by ACT, or else by
an error status, a connection that is cut or reset, or no answer at all.
"""

import asyncio
import json
import os
import random
import socket
import struct
import sys

SLOWEST_SECONDS = 0.4
FAILURES = ["500", "503", "404", "429", "cut", "reset", "hang", "half"]


class Receiver(asyncio.Protocol):
    def __init__(self, journal: int, chance: random.Random, share: float, acts: list[str]) -> None:
        self._journal, self._chance, self._share, self._acts = journal, chance, share, acts
        self._arrived = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        head, blank, rest = self._arrived.partition(b"\r\n\r\n")
        if not blank:
            return
        lines = [line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:]]
        headers = {name.lower(): value for name, _, value in lines}
        size = int(headers["content-length"])
        if len(rest) < size:
            return
        self._arrived = rest[size:]
        self._answer(headers, rest[:size].decode())

    def _answer(self, headers: dict[str, str], body: str) -> None:
        act = self._chance.choice(self._acts) if self._chance.random() < self._share else "200"
        told = {
            "event": headers["webhook-id"],
            "attempt": int(headers["x-attempt"]),
            "host": headers["host"],
            "body": body,
            "act": act,
        }
        os.write(self._journal, f"{json.dumps(told)}\n".encode())
        if act.isdigit():
            answer = f"HTTP/1.1 {act} X\r\nContent-Length: 2\r\n\r\nok".encode()
            # One that fails is slow besides: a kill finds something in flight.
            wait = self._chance.random() * SLOWEST_SECONDS if self._share else 0
            asyncio.get_running_loop().call_later(wait, self._transport.write, answer)
        elif act == "half":
            self._transport.write(b"HTTP/1.1 200 X\r\nContent-Le")
            self._transport.close()
        elif act == "reset":
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        elif act == "cut":
            self._transport.close()


async def main(journal: str, ports: int, seed: int, share: float, act: str = "") -> None:
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    chance, acts = random.Random(seed), [act] if act else FAILURES
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda: Receiver(file, chance, share, acts), "127.0.0.1", 0)
        for _ in range(ports)
    ]
    json.dump([server.sockets[0].getsockname()[1] for server in servers], sys.stdout)
    sys.stdout.write("\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), *sys.argv[5:]))
