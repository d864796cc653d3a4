import shutil

import pytest

from tests.peers.programs import LOCAL_ONLY, NODE_MODULES


@pytest.fixture
def node() -> None:
    """For tests that run Node with what tests/peers/node pins."""
    if shutil.which("node") is None or not NODE_MODULES.is_dir():
        pytest.skip("Node or its packages are not installed (npm ci in tests/peers/node)")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients in this process honour the same variables as those in processes of their own."""
    for name, value in LOCAL_ONLY.items():
        monkeypatch.setenv(name, value)
