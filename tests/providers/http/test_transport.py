import gzip
import socket
import ssl
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from providers.errors import OutcomeUnknown, ProviderError, ProviderMisconfigured, ProviderUnavailable
from providers.http import Answer, Exchange, Transport
from tests.loopback import LOOPBACK

SECRET = "t0p-secret-value"
DEADLINE_SECONDS = 1.0
# A drip of one byte each 50 ms outlives the deadline many times over, yet ends, so that a transport which only
# bounds single reads fails the assertion on the reason and does not hang.
DRIPS, DRIP_SECONDS = 200, 0.05

Serve = Callable[..., Any]


class Caller:
    """A transport and what it recorded."""

    def __init__(self, **limits: Any) -> None:
        self.exchanges: list[Exchange] = []
        limits = {"connect_seconds": 10, "total_seconds": 30} | limits
        self.transport = Transport(record=self.exchanges.append, policy=LOOPBACK, **limits)

    def call(self, url: str, *, spending: bool = False, body: bytes = b'{"a":1}') -> Answer:
        return self.transport.call(
            "POST",
            url,
            headers={"API-KEY": SECRET},
            body=body,
            purpose="order",
            request_id="r1",
            spending=spending,
        )

    def fail(self, url: str, *, spending: bool) -> Exchange:
        """The recorded exchange of a call that must fail in the right class, saying nothing secret."""
        with pytest.raises(ProviderError) as raised:
            self.call(url, spending=spending)
        exchange = self.exchanges[-1]
        unknown = spending and exchange.sent
        assert type(raised.value) is (OutcomeUnknown if unknown else ProviderUnavailable)
        assert raised.value.__context__ is None
        assert SECRET not in f"{raised.value!r} {exchange!r}"
        assert str(raised.value) == exchange.error != ""
        assert len(self.exchanges) == 1
        return exchange


@pytest.fixture
def caller() -> Caller:
    return Caller()


both = pytest.mark.parametrize("spending", [False, True])


@both
def test_a_complete_answer_is_returned_and_recorded(serve: Serve, caller: Caller, spending: bool) -> None:
    seen: list[bytes] = []

    def script(peer: Any) -> None:
        seen.append(peer.read_request())
        peer.answer(b'{"ok":1}', "200 OK", "X-Signature: abc", "Content-Type: application/json")

    server = serve(script)
    answer = caller.call(server.url + "/v1/order?b=2&a=%20", spending=spending)

    assert answer.status == 200
    assert answer.body == b'{"ok":1}'
    assert answer.headers["x-signature"] == "abc"
    head, _, body = seen[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /v1/order?b=2&a=%20 HTTP/1.1"
    assert b"API-KEY: " + SECRET.encode() in lines
    assert b"Content-Length: 7" in lines
    assert body == b'{"a":1}'
    (exchange,) = caller.exchanges
    assert exchange.sent
    assert (exchange.status, exchange.response_body, exchange.error) == (200, b'{"ok":1}', "")
    assert (exchange.purpose, exchange.request_id, exchange.method) == ("order", "r1", "POST")
    assert exchange.request_headers["API-KEY"] == SECRET
    assert exchange.duration_ms >= 0


@both
@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("500 Internal Server Error", b"<html>oops</html>"),
        ("200 OK", b""),
        ("404 Not Found", b"{}"),
        ("429 No", b""),
    ],
)
def test_no_status_is_judged(serve: Serve, caller: Caller, status: str, body: bytes, spending: bool) -> None:
    def script(peer: Any) -> None:
        peer.read_request()
        peer.answer(body, status)

    answer = caller.call(serve(script).url, spending=spending)
    assert (answer.status, answer.body) == (int(status[:3]), body)


def test_a_redirect_is_an_answer_and_never_followed(serve: Serve, caller: Caller) -> None:
    elsewhere = serve(lambda peer: peer.answer(b"stolen"))

    def script(peer: Any) -> None:
        peer.read_request()
        peer.answer(b"", "307 Temporary Redirect", f"Location: {elsewhere.url}/")

    answer = caller.call(serve(script).url)
    assert answer.status == 307
    assert elsewhere.connections == 0


@both
def test_a_closed_port_proves_that_nothing_was_sent(caller: Caller, spending: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    exchange = caller.fail(f"http://127.0.0.1:{port}/", spending=spending)
    assert not exchange.sent
    assert exchange.status is None
    assert exchange.error == "nothing was sent: Connection refused"


@both
def test_an_unknown_name_proves_that_nothing_was_sent(caller: Caller, spending: bool) -> None:
    assert not caller.fail("http://upstream.invalid/", spending=spending).sent


def test_the_next_address_of_a_host_is_tried(
    serve: Serve, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(peer: Any) -> None:
        peer.read_request()
        peer.answer(b"ok")

    server = serve(script)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed_port = listener.getsockname()[1]
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
        for port in (closed_port, server.port)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    assert caller.call("http://two-addresses.invalid/").body == b"ok"


@both
def test_an_untrusted_certificate_proves_that_nothing_was_sent(
    serve: Serve, caller: Caller, tls: ssl.SSLContext, spending: bool
) -> None:
    seen: list[bytes] = []
    server = serve(lambda peer: seen.append(peer.read_request()), tls=tls)
    assert not caller.fail(server.url, spending=spending).sent
    server.wait_for_connections_to_end()
    assert seen == []


@both
def test_a_stalled_tls_handshake_proves_that_nothing_was_sent(serve: Serve, spending: bool) -> None:
    caller = Caller(connect_seconds=DEADLINE_SECONDS)
    server = serve(lambda peer: peer.client_left(5) or peer.client_left(25))
    url = server.url.replace("http:", "https:")
    exchange = caller.fail(url, spending=spending)
    assert not exchange.sent
    assert exchange.error == "nothing was sent: timed out"


def trust(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))


def test_a_trusted_certificate_is_used(
    serve: Serve, caller: Caller, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(certificate, monkeypatch)

    def script(peer: Any) -> None:
        while peer.read_request():
            peer.answer(b"secure")

    server = serve(script, tls=tls)
    assert caller.call(server.url).body == b"secure"
    assert caller.call(server.url).body == b"secure"
    assert server.connections == 1


@both
def test_a_tls_answer_that_drips_ends_at_the_deadline(
    serve: Serve, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch, spending: bool
) -> None:
    trust(certificate, monkeypatch)
    caller = Caller(total_seconds=DEADLINE_SECONDS)
    exchange = caller.fail(serve(drip_after(b""), tls=tls).url, spending=spending)
    assert exchange.error == "no complete answer: timed out"


def reset_after_reading(peer: Any) -> None:
    peer.read_request()
    peer.reset_on_close()


def cut_mid_body(peer: Any) -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def cut_mid_chunk(peer: Any) -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf")


def cut_between_chunks(peer: Any) -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")


def cut_mid_status(peer: Any) -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 ")


def cut_mid_headers(peer: Any) -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nX-Half: 1\r\n")


def not_http(peer: Any) -> None:
    peer.read_request()
    peer.send(b"SSH-2.0 hello " + SECRET.encode() + b"\r\n\r\n")


def reset_before_reading(peer: Any) -> None:
    peer.await_request()
    peer.reset_on_close()


def false_gzip(peer: Any) -> None:
    peer.read_request()
    peer.answer(b"not gzip", "200 OK", "Content-Encoding: gzip")


@both
@pytest.mark.parametrize(
    "script",
    [
        reset_before_reading,
        lambda peer: peer.await_request(),
        lambda peer: peer.read_request(),
        reset_after_reading,
        cut_mid_status,
        cut_mid_headers,
        cut_mid_body,
        cut_mid_chunk,
        cut_between_chunks,
        not_http,
        false_gzip,
    ],
    ids=[
        "reset before reading",
        "closed before reading",
        "closed after reading",
        "reset after reading",
        "cut in the status line",
        "cut in the headers",
        "cut in the body",
        "cut in a chunk",
        "cut between chunks",
        "not HTTP",
        "false gzip",
    ],
)
def test_a_connection_lost_after_it_opened_may_have_taken_the_request(
    serve: Serve, caller: Caller, script: Any, spending: bool
) -> None:
    assert caller.fail(serve(script).url, spending=spending).sent


def test_what_arrived_of_a_cut_answer_is_recorded(serve: Serve, caller: Caller) -> None:
    exchange = caller.fail(serve(cut_mid_body).url, spending=True)
    assert exchange.status == 200
    assert exchange.response_headers["content-length"] == "100"


def drip_after(start: bytes) -> Callable[[Any], None]:
    def script(peer: Any) -> None:
        peer.read_request()
        peer.send(start)
        for _ in range(DRIPS):
            if peer.client_left(DRIP_SECONDS):
                return
            peer.send(b"H" if not start else b"x")

    return script


@both
@pytest.mark.parametrize(
    "script",
    [
        lambda peer: (peer.read_request(), peer.client_left(DRIPS * DRIP_SECONDS)),
        drip_after(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        drip_after(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
        drip_after(b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
    ids=["silence", "slow headers", "slow body", "slow body without length"],
)
def test_the_deadline_bounds_the_whole_call(serve: Serve, script: Any, spending: bool) -> None:
    caller = Caller(total_seconds=DEADLINE_SECONDS)
    exchange = caller.fail(serve(script).url, spending=spending)
    assert exchange.sent
    assert exchange.error == "no complete answer: timed out"


@both
def test_an_answer_above_the_cap_is_unreadable(serve: Serve, spending: bool) -> None:
    def script(peer: Any) -> None:
        peer.read_request()
        peer.answer(b"x" * 1001)

    exchange = Caller(max_bytes=1000).fail(serve(script).url, spending=spending)
    assert exchange.status == 200
    assert exchange.error == "the answer is larger than 1000 bytes"
    assert len(exchange.response_body) == 1000


def test_an_answer_of_exactly_the_cap_is_read(serve: Serve) -> None:
    def script(peer: Any) -> None:
        peer.read_request()
        peer.answer(b"x" * 1000)

    assert Caller(max_bytes=1000).call(serve(script).url).body == b"x" * 1000


def test_gzip_is_decoded(serve: Serve, caller: Caller) -> None:
    def script(peer: Any) -> None:
        peer.read_request()
        peer.answer(gzip.compress(b'{"ok":1}'), "200 OK", "Content-Encoding: gzip")

    assert caller.call(serve(script).url).body == b'{"ok":1}'


@pytest.mark.parametrize("chunked", [False, True])
def test_a_gzip_bomb_is_not_unpacked(serve: Serve, caller: Caller, chunked: bool) -> None:
    bomb = gzip.compress(bytes(60_000_000))

    def script(peer: Any) -> None:
        peer.read_request()
        if chunked:
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
            peer.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(bomb), bomb))
        else:
            peer.answer(bomb, "200 OK", "Content-Encoding: gzip")
        peer.wait_until_client_leaves()

    server = serve(script)
    tracemalloc.start()
    try:
        exchange = caller.fail(server.url, spending=True)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert exchange.error == "the answer is larger than 1048576 bytes"
    assert peak_bytes < 20_000_000


def keep_alive(peer: Any) -> None:
    while peer.read_request():
        peer.answer(str(peer.number).encode())


def test_reads_share_a_connection_and_spending_opens_a_fresh_one(serve: Serve, caller: Caller) -> None:
    url = serve(keep_alive).url
    numbers = [caller.call(url, spending=spending).body for spending in (False, False, True, True, False)]
    assert numbers == [b"1", b"1", b"2", b"3", b"3"]


@both
def test_a_connection_that_the_server_closed_meanwhile_is_replaced(
    serve: Serve, caller: Caller, spending: bool
) -> None:
    def script(peer: Any) -> None:
        peer.read_request()
        peer.answer(b"ok")  # and then the connection closes, although the answer promised to keep it

    server = serve(script)
    caller.call(server.url)
    server.wait_for_connections_to_end()
    assert caller.call(server.url, spending=spending).body == b"ok"
    assert server.connections == 2


def test_a_kept_connection_cut_by_the_next_request_is_not_retried(serve: Serve, caller: Caller) -> None:
    """Nobody can tell whether the server executed it, so a read fails and the caller decides."""
    seen: list[bytes] = []

    def script(peer: Any) -> None:
        seen.append(peer.read_request())
        peer.answer(b"ok")
        seen.append(peer.read_request())

    url = serve(script).url
    caller.call(url)
    with pytest.raises(ProviderUnavailable):
        caller.call(url)
    assert len(seen) == 2
    assert [exchange.sent for exchange in caller.exchanges] == [True, True]


def test_a_failed_call_leaves_the_transport_usable(serve: Serve) -> None:
    caller = Caller(total_seconds=DEADLINE_SECONDS)
    caller.fail(serve(drip_after(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")).url, spending=False)
    assert caller.call(serve(keep_alive).url).body == b"1"


def test_cookies_and_the_environment_play_no_part(
    serve: Serve, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(keep_alive)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    seen: list[bytes] = []

    def script(peer: Any) -> None:
        while request := peer.read_request():
            seen.append(request)
            peer.answer(b"ok", "200 OK", "Set-Cookie: tracking=1")

    url = serve(script).url
    caller.call(url)
    caller.call(url)
    assert proxy.connections == 0
    assert len(seen) == 2
    assert b"tracking" not in seen[1]


def test_get_sends_no_body(serve: Serve, caller: Caller) -> None:
    seen: list[bytes] = []

    def script(peer: Any) -> None:
        seen.append(peer.read_request())
        peer.answer(b"ok")

    url = serve(script).url
    caller.transport.call("GET", url + "/x", headers={"User-Agent": "other"}, purpose="balance")
    assert seen[0].startswith(b"GET /x HTTP/1.1\r\n")
    assert b"content-length" not in seen[0].lower()
    assert b"User-Agent: other" in seen[0]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "upstream.example",
        "ftp://upstream.example/",
        "file:///etc/passwd",
        "http://",
        "https:///path",
        f"https://user:{SECRET}@upstream.example/",
        f"https://{SECRET}@upstream.example/",
        "https://upstream.example:99999/",
        "https://upstream.example:0/",
        "https://upstream.example/a b",
        "https://upstream.example/\r\nX: 1",
        "https://пример.example/",
        "https://[::1/",
        "https://" + "a" * 64 + ".example/",
        "https://a..example/",
        "https://*.example/",
        "https://:443/",
    ],
)
def test_a_url_that_is_none_is_misconfigured(caller: Caller, url: str) -> None:
    with pytest.raises(ProviderMisconfigured) as raised:
        caller.call(url)
    assert SECRET not in str(raised.value)
    assert caller.exchanges == []


@pytest.mark.parametrize("value", [f"{SECRET}\r\nX: 1", f"{SECRET}é", f" {SECRET}", f"{SECRET}\x00"])
def test_a_key_that_no_header_can_hold_is_misconfigured(caller: Caller, value: str) -> None:
    with pytest.raises(ProviderMisconfigured) as raised:
        caller.transport.call(
            "GET", "http://upstream.example/", headers={"API-KEY": value}, purpose="balance"
        )
    assert SECRET not in str(raised.value)
    assert raised.value.__context__ is None
    assert caller.exchanges == []
