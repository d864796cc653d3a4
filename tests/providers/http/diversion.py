"""Every connection ends at one loopback server, whatever address it is meant for; names lead where the test says."""

import ipaddress
import socket
from typing import Any

RealSocket = socket.socket


class Diversion:
    """`dialled`: addresses that were connected to; `looked_up`: names, in order. `answers`: what the next look-ups of
    names find, the last one for ever."""

    def __init__(self, port: int, answers: list[list[str]]) -> None:
        self.port = port
        self.answers = answers
        self.dialled: list[str] = []
        self.looked_up: list[str] = []

    def getaddrinfo(self, host: str, port: int, *args: Any, **kwargs: Any) -> list[tuple[Any, ...]]:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            self.looked_up.append(host)
            found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        else:
            found = [host]
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in found
        ]

    def socket_class(self) -> type[socket.socket]:
        diversion = self

        class Diverted(RealSocket):
            def __init__(self, family: int = -1, kind: int = -1, proto: int = -1, fileno: Any = None) -> None:
                # A new IPv6 socket could not reach the server.
                super().__init__(socket.AF_INET if fileno is None else family, kind, proto, fileno)

            def connect(self, address: Any) -> None:
                if self.type == socket.SOCK_STREAM:
                    diversion.dialled.append(address[0])
                    address = ("127.0.0.1", diversion.port)
                super().connect(address)

        return Diverted
