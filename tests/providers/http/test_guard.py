"""What may not be called is refused before anything leaves, by the same rules at both doors."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.connector import Connection
from urllib3.util import parse_url
from yarl import URL

from providers.errors import ProviderMisconfigured, ProviderUnavailable, TargetRefused
from providers.http import AddressPolicy, Exchange, Transport
from providers.http.guarded_connector import GuardedConnector
from providers.targets import DEFAULT_PORTS, BadTarget, parse_target
from tests.loopback import LOOPBACK
from tests.providers.http.diversion import Diversion
from tests.providers.http.targets import CLOSED, MALFORMED, PUBLIC, WELL_FORMED

STRICT = AddressPolicy()
Door = Callable[[AddressPolicy, str], int]
Divert = Callable[..., Diversion]


def through_transport(policy: AddressPolicy, url: str) -> int:
    transport = Transport(connect_seconds=10, total_seconds=10, policy=policy)
    return transport.call("POST", url, headers={}, body=b"x", purpose="test", spending=True).status


def through_connector(policy: AddressPolicy, url: str) -> int:
    async def post() -> int:
        parse_target(url)
        connector = GuardedConnector(policy)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(10)) as session,
            session.post(URL(url, encoded=True), data=b"x", allow_redirects=False) as response,
        ):
            return response.status

    return asyncio.run(post())


doors = pytest.mark.parametrize("door", [through_transport, through_connector])


@pytest.fixture
def divert(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Divert:
    """divert(*addresses): where names lead from now on; anything connected to is a server that answers 200."""

    def start(*answers: str | list[str], tls: ssl.SSLContext | None = None) -> Diversion:
        def script(peer: Any) -> None:
            if peer.read_request():
                peer.answer(b"ok")

        server = serve(script, tls)
        diversion = Diversion(
            server.port, [[each] if isinstance(each, str) else each for each in answers] or [["8.8.8.8"]]
        )
        monkeypatch.setattr("socket.getaddrinfo", diversion.getaddrinfo)
        monkeypatch.setattr("socket.socket", diversion.socket_class())
        return diversion

    return start


def literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def test_the_tables_are_as_long_as_promised() -> None:
    assert len(set(MALFORMED)) == len(MALFORMED)
    assert len(set(CLOSED)) == len(CLOSED)
    assert len(MALFORMED) + len(CLOSED) >= 150
    assert len(PUBLIC) + len(WELL_FORMED) >= 40


@doors
@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_url_is_refused(divert: Divert, door: Door, url: str) -> None:
    diversion = divert("8.8.8.8")
    with pytest.raises((ProviderMisconfigured, BadTarget)):
        door(STRICT, url)
    assert (diversion.dialled, diversion.looked_up) == ([], [])


@doors
@pytest.mark.parametrize("address", CLOSED)
def test_a_name_that_leads_to_a_closed_address_is_refused(divert: Divert, door: Door, address: str) -> None:
    diversion = divert(address)
    with pytest.raises(TargetRefused) as raised:
        door(STRICT, "http://merchant.example/cb")
    assert diversion.dialled == []
    assert address not in str(raised.value)


@doors
@pytest.mark.parametrize("address", CLOSED)
def test_a_closed_address_is_refused_as_a_literal(divert: Divert, door: Door, address: str) -> None:
    diversion = divert("8.8.8.8")
    with pytest.raises(TargetRefused):
        door(STRICT, f"http://{literal(address)}:8080/cb")
    assert diversion.dialled == []


@doors
@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_called(divert: Divert, door: Door, address: str) -> None:
    diversion = divert(address)
    assert door(STRICT, "http://merchant.example/cb") == 200
    assert door(STRICT, f"http://{literal(address)}:8080/cb") == 200
    assert diversion.dialled == [address, address]


@doors
@pytest.mark.parametrize("url", [url for url in WELL_FORMED if not url.startswith("https")])
def test_a_well_formed_url_is_called(divert: Divert, door: Door, url: str) -> None:
    diversion = divert("8.8.8.8")
    assert door(STRICT, url) == 200
    assert len(diversion.dialled) == 1


@pytest.mark.parametrize("url", WELL_FORMED)
def test_a_well_formed_url_means_the_same_to_the_clients(url: str) -> None:
    target = parse_target(url)
    for_requests, for_aiohttp = parse_url(url), URL(url, encoded=True)
    assert target.scheme == for_requests.scheme == for_aiohttp.scheme
    assert target.host == (for_requests.host or "").strip("[]") == (for_aiohttp.raw_host or "").lower()
    assert target.port == (for_requests.port or DEFAULT_PORTS[target.scheme]) == for_aiohttp.port


@doors
def test_of_several_addresses_only_permitted_ones_are_tried(divert: Divert, door: Door) -> None:
    diversion = divert(["10.0.0.1", "::1", "8.8.8.8", "169.254.169.254"])
    assert door(STRICT, "http://merchant.example/") == 200
    assert diversion.dialled == ["8.8.8.8"]


@doors
def test_a_name_with_closed_addresses_only_is_refused(divert: Divert, door: Door) -> None:
    diversion = divert(["10.0.0.1", "::1", "169.254.169.254"])
    with pytest.raises(TargetRefused):
        door(STRICT, "http://merchant.example/")
    assert diversion.dialled == []


@doors
def test_the_judged_address_is_used_and_the_name_not_looked_up_again(divert: Divert, door: Door) -> None:
    diversion = divert("8.8.8.8", "127.0.0.1")
    assert door(STRICT, "http://rebinding.example/") == 200
    assert (diversion.dialled, diversion.looked_up) == (["8.8.8.8"], ["rebinding.example"])


@doors
def test_each_new_call_is_judged_anew(divert: Divert, door: Door) -> None:
    diversion = divert("8.8.8.8", "127.0.0.1")
    assert door(STRICT, "http://rebinding.example/") == 200
    with pytest.raises(TargetRefused):
        door(STRICT, "http://rebinding.example/")
    assert diversion.dialled == ["8.8.8.8"]


@doors
def test_tls_asks_for_the_name_in_the_url(divert: Divert, door: Door, tls: ssl.SSLContext) -> None:
    asked: list[str | None] = []
    tls.sni_callback = lambda sock, name, context: asked.append(name)
    divert("8.8.8.8", tls=tls)
    with pytest.raises((ProviderUnavailable, aiohttp.ClientConnectorCertificateError)):
        door(STRICT, "https://merchant.example/")
    assert asked == ["merchant.example"]


@doors
def test_opened_networks_are_called(divert: Divert, door: Door) -> None:
    diversion = divert("127.0.0.1", "10.0.0.1")
    assert door(LOOPBACK, "http://merchant.example/") == 200
    with pytest.raises(TargetRefused):
        door(LOOPBACK, "http://merchant.example/")
    assert diversion.dialled == ["127.0.0.1"]


@doors
def test_a_redirect_is_not_followed(serve: Callable[..., Any], door: Door) -> None:
    elsewhere = serve(lambda peer: peer.answer(b"stolen"))

    def script(peer: Any) -> None:
        peer.read_request()
        peer.answer(b"", "307 Temporary Redirect", f"Location: {elsewhere.url}/")

    assert door(LOOPBACK, serve(script).url) == 307
    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    ("networks", "address", "permitted"),
    [
        (["10.1.0.0/16"], "10.1.255.255", True),
        (["10.1.0.0/16"], "10.2.0.1", False),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", False),
        (["127.0.0.0/8"], "::1", False),
        (["::1"], "::1", True),
        (["fd00::/8"], "fd12::1", True),
        (["fd00::/8"], "fd00:ec2::254", False),
        (["169.254.0.0/16"], "169.254.1.1", True),
        (["169.254.0.0/16"], "169.254.169.254", False),
        (["0.0.0.0/0", "::/0"], "169.254.169.254", False),
        (["0.0.0.0/0", "::/0"], "192.168.1.1", True),
        (["169.254.169.254"], "169.254.169.254", True),
        ([], "127.1", False),
        ([], "2130706433", False),
        ([], "2606:4700::1%eth0", False),
        (["fe80::/10"], "fe80::1%eth0", False),
        ([], "", False),
        ([], "merchant.example", False),
    ],
)
def test_what_a_policy_permits(networks: list[str], address: str, permitted: bool) -> None:
    assert AddressPolicy.opening(networks).permits(address) is permitted


def test_a_refused_call_is_recorded_as_not_sent(divert: Divert) -> None:
    divert("10.0.0.1")
    exchanges: list[Exchange] = []
    transport = Transport(connect_seconds=10, total_seconds=10, policy=STRICT, record=exchanges.append)
    with pytest.raises(TargetRefused) as raised:
        transport.call("GET", "https://upstream.example/", headers={}, purpose="balance")
    (exchange,) = exchanges
    assert (exchange.sent, exchange.refused, exchange.status) == (False, True, None)
    assert exchange.error == str(raised.value)
    assert exchange.error == "nothing was sent: the host's address is in a network that may not be called"


@pytest.mark.parametrize("url", ["http://127.1/", "http://0x7f000001/", "http://8.8.8.8:22/", "http://a..b/"])
def test_the_connector_itself_refuses_odd_hosts_and_ports(divert: Divert, url: str) -> None:
    async def get() -> None:
        async with aiohttp.ClientSession(connector=GuardedConnector(STRICT)) as session:
            await session.get(url)

    diversion = divert("8.8.8.8")
    with pytest.raises(ValueError, match=r"Enter|not allowed"):
        asyncio.run(get())
    assert diversion.dialled == []


def test_the_connector_uses_no_proxy(divert: Divert) -> None:
    async def get() -> None:
        async with aiohttp.ClientSession(connector=GuardedConnector(STRICT)) as session:
            await session.get("http://merchant.example/", proxy="http://proxy.example:8080")

    diversion = divert("8.8.8.8")
    with pytest.raises(TargetRefused):
        asyncio.run(get())
    assert diversion.dialled == []


def test_a_connection_tells_its_address_and_its_tls_session(
    serve: Callable[..., Any], tls: ssl.SSLContext, certificate: Path
) -> None:
    def script(peer: Any) -> None:
        peer.read_request()
        peer.answer(b"secure")

    seen: list[str] = []

    class Request(aiohttp.ClientRequest):
        async def send(self, conn: Connection) -> aiohttp.ClientResponse:
            assert conn.transport is not None
            seen.append(conn.transport.get_extra_info("peername")[0])
            seen.append(conn.transport.get_extra_info("ssl_object").version())
            return await super().send(conn)

    async def get(url: str) -> bytes:
        trusted = ssl.create_default_context(cafile=str(certificate))
        connector = GuardedConnector(LOOPBACK, ssl=trusted)
        async with (
            aiohttp.ClientSession(connector=connector, request_class=Request) as session,
            session.get(url) as response,
        ):
            return await response.read()

    assert asyncio.run(get(serve(script, tls=tls).url)) == b"secure"
    assert seen == ["127.0.0.1", "TLSv1.3"]


def test_a_cached_name_is_judged_when_it_is_connected_to(divert: Divert) -> None:
    """The address of a name in aiohttp's cache reaches the connection without the resolver."""

    async def get() -> None:
        connector = GuardedConnector(STRICT)
        async with aiohttp.ClientSession(connector=connector) as session:
            parts = {"hostname": "merchant.example", "family": 2, "proto": 6, "flags": 0}
            found: Any = {"host": "10.0.0.1", "port": 80, **parts}
            connector._cached_hosts.add(("merchant.example", 80), [found])
            await session.get("http://merchant.example/")

    diversion = divert("8.8.8.8")
    with pytest.raises(TargetRefused):
        asyncio.run(get())
    assert diversion.dialled == []
