"""Counts what the fuzz tests of the merchant APIs send, and tells it in one line at the end of a run.

With API_FUZZ_LEAST=N the run fails if they sent fewer than N requests, or any was answered with 5xx.

Loaded by tests/conftest.py: the controller of pytest-xdist sums what its workers have counted.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import client
from django.test.client import ClientHandler

from backoffice import wsgi

FUZZ_MODULE = "test_fuzz.py"
KEY = "fuzz_count"
LEAST = int(os.environ.get("API_FUZZ_LEAST", "0"))
counted: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def counted_requests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request that reaches the handler during a fuzz test, whoever sends it; read as the web server has it read,
    which Django's own test client would not."""
    if request.node.path.name != FUZZ_MODULE:
        return
    handle = ClientHandler.__call__

    def handle_and_count(handler: ClientHandler, environ: dict[str, Any]) -> Any:
        counted["requests"] += 1
        response = handle(handler, environ)
        counted["faults"] += response.status_code >= 500
        return response

    monkeypatch.setattr(ClientHandler, "__call__", handle_and_count)
    monkeypatch.setattr(client, "WSGIRequest", wsgi.Request)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[KEY] = dict(counted)
    elif LEAST and (counted["requests"] < LEAST or counted["faults"]):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    yield


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    counted.update(getattr(node, "workeroutput", {}).get(KEY, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if counted["requests"] or LEAST:
        wanted = f" (wanted: at least {LEAST}, and none)" if LEAST else ""
        terminalreporter.write_line(
            f"fuzz: {counted['requests']} requests, {counted['faults']} answers of 5xx{wanted}"
        )
