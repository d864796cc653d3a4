"""The process: what strangers may send, many at once, and going on after an end."""

import json
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from providers.sandbox.accounts import CROSSINGPAY_QUERY, ITRX_MAIN
from providers.sandbox.outcomes import ADDRESSES, Outcome, published
from providers.sandbox.state import FILE_NAME
from tests.providers.sandbox.callers import TIMEOUT_SECONDS, CrossingpayCaller, ItrxCaller, session
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

ADDRESS = published("somebody")


def spoken(sandbox: SandboxProcess, raw: bytes) -> bytes:
    """The answer to raw bytes, up to the end of the connection."""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=TIMEOUT_SECONDS) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    return answer


@pytest.mark.parametrize(
    ("method", "path", "status", "shape"),
    [
        ("GET", "/api/v1/frontend/nothing", 404, {"detail"}),
        ("PUT", "/api/v1/frontend/order", 405, {"detail"}),
        ("GET", "/v1/services", 405, {"code", "key", "request_id", "error"}),
        ("POST", "/v1/nothing", 404, {"code", "key", "request_id", "error"}),
        ("DELETE", "/api/orders/deposit", 405, {"message", "code"}),
    ],
)
def test_unknown_paths_and_methods_in_the_dialects_shape(
    sandbox: SandboxProcess, method: str, path: str, status: int, shape: set[str]
) -> None:
    answer = session().request(method, sandbox.url + path, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == status
    assert set(answer.json()) == shape


@pytest.mark.parametrize(
    "path", ["/api/v1/frontend/order", "/v1/services", "/api/orders/deposit", "/inbox/x"]
)
def test_a_huge_body_is_told_so(sandbox: SandboxProcess, path: str) -> None:
    answer = session().post(sandbox.url + path, data=b"x" * 1_000_000, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 413
    if path != "/inbox/x":
        assert answer.json()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
        b"[" * 5_000,
        b"\xff",
        b'{"apikey":5}',
    ],
)
@pytest.mark.parametrize("path", ["/v1/transaction/new", "/api/orders/monitor", "/api/orders/query"])
def test_rubbish_is_refused_in_the_dialects_shape(sandbox: SandboxProcess, path: str, body: bytes) -> None:
    answer = session().post(sandbox.url + path, data=body, timeout=TIMEOUT_SECONDS)
    assert answer.status_code < 500
    assert answer.json()["code"] not in (0, 500)


@pytest.mark.parametrize(
    "raw",
    [
        b"rubbish\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/services HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/services HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n",
        b"POST /v1/services HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        b"POST /v1/services HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /inbox/\xff%00%ff?\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_broken_http_gets_an_answer_and_breaks_nothing(sandbox: SandboxProcess, raw: bytes) -> None:
    assert b" 5" not in spoken(sandbox, raw).partition(b"\r\n")[0]
    assert session().get(f"{sandbox.url}/healthz", timeout=TIMEOUT_SECONDS).status_code == 200


def test_many_at_once_are_each_bought_once(itrx: ItrxCaller, sandbox: SandboxProcess) -> None:
    names = [f"f-{number}" for number in range(60)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda name: itrx.collect(ADDRESS, name).json(), names))
    assert len({answer["serial"] for answer in answers}) == len(names)
    assert min(answer["balance"] for answer in answers) == 100_000_000_000 - len(names) * 6_500_000
    assert sorted(bought["request_id"] for bought in sandbox.purchases()) == sorted(names)


def test_an_identical_deposit_sent_many_times_at_once_is_one(
    crossingpay: CrossingpayCaller, sandbox: SandboxProcess
) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(
                lambda _: crossingpay.deposit(ADDRESS, "f-0", "1", "http://127.0.0.1:1/").text, range(20)
            )
        )
    assert len(set(answers)) == 1
    assert len(sandbox.purchases()) == 1


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_it_goes_on_where_it_ended(tmp_path: Path, how: str) -> None:
    """Orders, balances, keys, rules and callbacks that were still to come."""
    process = SandboxProcess(tmp_path).start()
    try:
        itrx = ItrxCaller(process.url, ITRX_MAIN)
        inbox = f"{process.url}/inbox/shop"
        process.inbox_keys("shop", "itrx", ITRX_MAIN.key, ITRX_MAIN.secret)
        process.settings(delay_seconds=3_600)
        itrx.collect(ADDRESS, "g-1", callback_url=inbox)
        process.settings(delay_seconds=0)
        process.control("inbox", name="shop", status=500, count=1)
        itrx.collect(ADDRESS, "g-2", callback_url=inbox)
        wait_until(lambda: process.inbox("shop"))  # refused once, to be tried again
        process.rule("itrx", "refuse")
        code = process.stop() if how == "stop" else process.kill()
        assert code == (0 if how == "stop" else -9)
        process.start()
        assert itrx.query("g-1")["status"] == 20
        again = wait_until(lambda: [each for each in process.inbox("shop") if each["answered"] == 200])
        assert again
        assert {each["verdict"] for each in again} == {"valid"}
        assert json.loads(again[0]["body"])["out_trade_no"] == "g-2"
        assert itrx.collect(ADDRESS, "g-3").json()["errno"] == 1
        assert itrx.get("/userapi/summary").json()["balance"] == 100_000_000_000 - 2 * 6_500_000
        assert len(process.purchases()) == 2
        assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    finally:
        process.stop()


def test_what_was_due_while_it_was_down_happens_then(tmp_path: Path) -> None:
    process = SandboxProcess(tmp_path).start()
    try:
        crossingpay = CrossingpayCaller(process.url, CROSSINGPAY_QUERY)
        process.settings(delay_seconds=1)
        order = crossingpay.deposit(ADDRESS, "g-4", "1", f"{process.url}/inbox/shop")
        process.kill()
        process.start()
        wait_until(lambda: crossingpay.query("g-4").json()["status"] == 1)
        wait_until(lambda: process.inbox("shop"))
        assert order.status_code == 200
    finally:
        process.stop()


def test_it_stops_while_an_answer_is_slow(tmp_path: Path) -> None:
    process = SandboxProcess(tmp_path).start()
    process.settings(slow_seconds=3_600)
    itrx = ItrxCaller(process.url, ITRX_MAIN)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(itrx.collect, ADDRESSES[Outcome.SLOW], "g-5")
        wait_until(process.purchases)
        assert process.stop() == 0
        assert waiting.exception() is not None or waiting.result().status_code == 200


def test_a_taken_port_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(AssertionError, match="Address already in use"):
            SandboxProcess(tmp_path, port=taken.getsockname()[1]).start()
