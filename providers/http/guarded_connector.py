"""aiohttp's connections, made only to addresses that the policy permits.

Two doors, both of aiohttp's public interface: the resolver judges what a name leads to, so that permitted addresses
are tried and others are not; the socket factory judges each address again at the moment it is connected to, which
also covers literals, that never see a resolver, and names from aiohttp's cache.

The URL's text is the caller's to check before (providers.targets.parse_target): aiohttp takes a user name out of it,
and follows redirects unless told not to.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from aiohttp import ClientRequest, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType, Connection
from aiohttp.tracing import Trace

from providers.errors import TargetRefused
from providers.http.addresses import AddressPolicy
from providers.targets import parse_target

LOOK_UP_THREADS = 64


class GuardedResolver(AbstractResolver):
    """The system's resolver in threads of its own: names that hang must not hold up what else runs in threads."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._threads = ThreadPoolExecutor(LOOK_UP_THREADS, thread_name_prefix="look-up")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises TargetRefused when no address of the host may be called."""
        look_up = partial(socket.getaddrinfo, host, port, family=family, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host, host=str(address[0]), port=port, family=kind, proto=protocol, flags=0
            )
            for kind, _, protocol, _, address in self._policy.choose(found)
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedConnector(TCPConnector):
    """`limits`: other arguments of TCPConnector. Made within a running loop; closed by the session that has it.

    The address used and the TLS session stand in the connection's transport: `peername`, `ssl_object`.
    Raises, where the original connects: TargetRefused; BadTarget for a host or port that no URL of ours may have.
    """

    def __init__(self, policy: AddressPolicy, **limits: Any) -> None:
        self._policy = policy
        self._own_resolver = GuardedResolver(policy)
        super().__init__(resolver=self._own_resolver, socket_factory=self._open_socket, **limits)

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:
        if req.proxy is not None:
            raise TargetRefused("a proxy would choose the address by itself")
        parse_target(str(req.url.origin()))
        return await super().connect(req, traces, timeout)

    async def close(self, *, abort_ssl: bool = False) -> None:
        await super().close(abort_ssl=abort_ssl)
        await self._own_resolver.close()

    def _open_socket(self, found: AddrInfoType) -> socket.socket:
        self._policy.choose([found])
        family, kind, protocol, _, _ = found
        return socket.socket(family, kind, protocol)
