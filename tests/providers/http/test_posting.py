"""What a Poster writes, byte by byte, and what it makes of each way an exchange can go."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from providers.http import AddressPolicy, Ending, Posted, Poster
from tests.loopback import LOOPBACK
from tests.providers.http.conftest import Peer, Serve

GENEROUS_SECONDS = 30.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def in_turn(urls: list[str], headers: Mapping[str, str], seconds: float, pause: Any) -> list[Posted]:
    poster = Poster(policy=LOOPBACK, connect_seconds=seconds, total_seconds=seconds, max_bytes=100)
    found = []
    async with poster:
        for url in urls:
            found.append(await poster.post(url, headers=headers, body=b'{"a":1}'))
            await asyncio.to_thread(pause)
            for _ in range(2):  # the loop looks at its sockets
                await asyncio.sleep(0)
    return found


def post(*urls: str, headers: Mapping[str, str] | None = None, seconds: float = GENEROUS_SECONDS) -> Posted:
    return asyncio.run(in_turn(list(urls), headers or {}, seconds, lambda: None))[-1]


def answering(*answers: bytes, then: Callable[[Peer], None] = lambda peer: None) -> Callable[[Peer], None]:
    """One answer to each request that comes, `then` what the test wants."""

    def script(peer: Peer) -> None:
        for answer in answers:
            if peer.read_request():
                peer.send(answer)
        then(peer)

    return script


def test_what_is_told_is_what_went_out(serve: Serve) -> None:
    arrived: list[bytes] = []

    def script(peer: Peer) -> None:
        arrived.append(peer.read_request())
        peer.send(OK)

    server = serve(script)
    posted = post(f"{server.url}/cb/%2e?a=b%20c", headers={"X-Name": "Ж", "Content-Type": "application/json"})
    assert arrived == [
        (
            "POST /cb/%2e?a=b%20c HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{server.port}\r\n"
            "User-Agent: tron-merchant-back-office\r\n"
            "Accept: */*\r\n"
            "X-Name: Ж\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: 7\r\n\r\n"
            '{"a":1}'
        ).encode()
    ]
    head = arrived[0].decode().partition("\r\n\r\n")[0].split("\r\n")[1:]
    assert [f"{name}: {value}" for name, value in posted.headers.items()] == head
    assert (posted.ending, posted.status, posted.answer_body) == (Ending.ANSWERED, 200, b"ok")
    assert (posted.answer_headers, posted.address, posted.tls) == ({"content-length": "2"}, "127.0.0.1", "")


def test_a_header_cannot_begin_another(serve: Serve) -> None:
    server = serve(answering(OK))
    posted = post(server.url, headers={"X-Name": "a\r\nX-Other: b"})
    assert (posted.ending, posted.status, server.connections) == (Ending.BAD_URL, None, 0)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n", 200, b"ok!"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.0 200 OK\r\n\r\nold", 200, b"old"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, b""),
        (b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone", 200, b"none"),
    ],
)
def test_answers_of_all_kinds(serve: Serve, answer: bytes, status: int, body: bytes) -> None:
    posted = post(serve(answering(answer)).url)
    assert (posted.ending, posted.status, posted.answer_body) == (Ending.ANSWERED, status, body)
    assert posted.error == ""


@pytest.mark.parametrize(
    ("answer", "ending", "error"),
    [
        (b"", Ending.NO_ANSWER, "no complete answer: ServerDisconnectedError"),
        (b"HTTP/1.1 200", Ending.NO_ANSWER, "no complete answer: ServerDisconnectedError"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Ending.NO_ANSWER, "no complete answer: HttpProcessingError"),
        (
            b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000,
            Ending.NO_ANSWER,
            "no complete answer: HttpProcessingError",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut",
            Ending.ANSWERED,
            "no complete answer: ClientPayloadError",
        ),
    ],
)
def test_no_whole_answer(serve: Serve, answer: bytes, ending: Ending, error: str) -> None:
    posted = post(serve(answering(answer)).url)
    assert (posted.ending, posted.error) == (ending, error)


def test_the_deadline_bounds_the_whole_of_it(serve: Serve) -> None:
    server = serve(
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", then=Peer.wait_until_client_leaves)
    )
    posted = post(server.url, seconds=0.3)
    assert (posted.ending, posted.status, posted.answer_body) == (Ending.ANSWERED, 200, b"cut")
    assert posted.error == "no complete answer: timed out"


def test_a_flood_is_not_read_on(serve: Serve) -> None:
    left: list[None] = []

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 200)
        peer.wait_until_client_leaves()
        left.append(None)

    server = serve(script)
    posted = post(server.url)
    assert (posted.status, posted.answer_body) == (200, b"x" * 100)
    assert posted.error == "the answer is larger than 100 bytes"
    server.wait_for_connections_to_end()
    assert left


def test_a_connection_is_kept(serve: Serve) -> None:
    server = serve(answering(OK, OK, OK))
    assert post(f"{server.url}/a", f"{server.url}/b", f"{server.url}/c").answer_body == b"ok"
    assert server.connections == 1


def test_a_connection_is_not_kept_against_the_servers_will(serve: Serve) -> None:
    server = serve(answering(OK.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)))
    assert post(server.url, server.url).answer_body == b"ok"
    assert server.connections == 2


def test_what_comes_unasked_with_an_answer_is_none_to_the_next(serve: Serve) -> None:
    server = serve(answering(OK + OK.replace(b"200", b"500"), then=Peer.wait_until_client_leaves))
    assert (post(server.url, server.url).status, server.connections) == (200, 2)


def test_what_comes_unasked_later_is_none_either(serve: Serve) -> None:
    is_at_rest, has_spoken = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK)
        if peer.number == 1:
            is_at_rest.wait(GENEROUS_SECONDS)
            peer.send(OK.replace(b"200", b"500"))
            has_spoken.set()
        peer.wait_until_client_leaves()

    def speak() -> None:
        is_at_rest.set()
        has_spoken.wait(GENEROUS_SECONDS)

    server = serve(script)
    first, second, third = asyncio.run(in_turn([server.url] * 3, {}, GENEROUS_SECONDS, speak))
    assert (first.status, second.status, third.status, server.connections) == (200, None, 200, 2)
    assert (second.ending, second.error) == (Ending.NO_CONNECTION, "nothing was sent: ClientConnectionError")


def test_a_server_that_speaks_first_is_not_called_again_and_again(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.send(b"220 mail.example ESMTP\r\n")
        peer.wait_until_client_leaves()

    server = serve(script)
    posted = post(server.url)
    assert (posted.status, server.connections) == (None, 1)
    assert posted.ending in {Ending.NO_CONNECTION, Ending.NO_ANSWER}


def test_tls_is_told(
    serve: Serve, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, certificate: Any
) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusted)
    posted = post(serve(answering(OK), tls=tls).url)
    assert (posted.ending, posted.answer_body) == (Ending.ANSWERED, b"ok")
    assert posted.tls.startswith("TLSv1.3 TLS_")


def test_an_unknown_certificate_ends_it_before_a_byte(serve: Serve, tls: ssl.SSLContext) -> None:
    arrived: list[bytes] = []
    posted = post(serve(lambda peer: arrived.append(peer.read_request()), tls=tls).url)
    assert (posted.ending, posted.address) == (Ending.NO_CONNECTION, "")
    assert posted.error == "nothing was sent: the certificate is not valid for this host"
    assert b"".join(arrived) == b""


def test_a_closed_address_is_refused(serve: Serve) -> None:
    async def strictly(url: str) -> Posted:
        async with Poster(policy=AddressPolicy(), connect_seconds=5, total_seconds=5) as poster:
            return await poster.post(url, headers={}, body=b"")

    server = serve(answering(OK))
    posted = asyncio.run(strictly(server.url))
    assert (posted.ending, posted.status, server.connections) == (Ending.REFUSED, None, 0)
