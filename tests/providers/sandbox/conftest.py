"""One sandbox process for all tests here; each finds it empty."""

import secrets
from collections.abc import Iterator

import pytest

from providers.sandbox.accounts import CROSSINGPAY_PLAIN, CROSSINGPAY_QUERY, ITRX_MAIN, TRONZAP_MAIN
from tests.providers.sandbox.callers import CrossingpayCaller, ItrxCaller, TronzapCaller
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox")).start()
    yield process
    process.stop()
    assert "Traceback" not in process.log.read_text(), process.log.read_text()


@pytest.fixture
def sandbox(process: SandboxProcess) -> SandboxProcess:
    """Orders take no time here, slow answers a second."""
    process.control("reset")
    process.settings(delay_seconds=0, slow_seconds=1)
    return process


@pytest.fixture
def itrx(sandbox: SandboxProcess) -> ItrxCaller:
    return ItrxCaller(sandbox.url, ITRX_MAIN)


@pytest.fixture
def tronzap(sandbox: SandboxProcess) -> TronzapCaller:
    return TronzapCaller(sandbox.url, TRONZAP_MAIN)


@pytest.fixture
def crossingpay(sandbox: SandboxProcess) -> CrossingpayCaller:
    return CrossingpayCaller(sandbox.url, CROSSINGPAY_QUERY)


@pytest.fixture
def crossingpay_plain(sandbox: SandboxProcess) -> CrossingpayCaller:
    return CrossingpayCaller(sandbox.url, CROSSINGPAY_PLAIN)


@pytest.fixture
def inbox(sandbox: SandboxProcess) -> str:
    """The name of an inbox that knows the demo accounts' secrets."""
    name = f"shop-{secrets.token_hex(4)}"
    for account in (ITRX_MAIN, CROSSINGPAY_QUERY, CROSSINGPAY_PLAIN):
        sandbox.inbox_keys(name, account.dialect, account.key, account.secret)
    return name


@pytest.fixture
def inbox_url(sandbox: SandboxProcess, inbox: str) -> str:
    return f"{sandbox.url}/inbox/{inbox}"
