"""Counts what the fuzz tests of the merchant APIs send, and tells it in one line at the end of a run.

Loaded by tests/conftest.py: the controller of pytest-xdist sums what its workers have counted.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test.client import ClientHandler

FUZZ_MODULE = "test_fuzz.py"
KEY = "fuzz_count"
counted: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def counted_requests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request that reaches the handler during a fuzz test, whoever sends it."""
    if request.node.path.name != FUZZ_MODULE:
        return
    handle = ClientHandler.__call__

    def handle_and_count(handler: ClientHandler, environ: dict[str, Any]) -> Any:
        counted["requests"] += 1
        response = handle(handler, environ)
        counted["faults"] += response.status_code >= 500
        return response

    monkeypatch.setattr(ClientHandler, "__call__", handle_and_count)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[KEY] = dict(counted)
    yield


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    counted.update(getattr(node, "workeroutput", {}).get(KEY, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if counted["requests"]:
        terminalreporter.write_line(
            f"fuzz: {counted['requests']} requests, {counted['faults']} answers of 5xx"
        )
