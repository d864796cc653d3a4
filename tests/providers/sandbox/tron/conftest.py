"""The chain stands still here until a test produces blocks, and nothing fails unless a test asks for it."""

import pytest

from tests.providers.sandbox.tron.caller import Chain, Owner
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def chain(sandbox: SandboxProcess) -> Chain:
    chain = Chain(sandbox.url)
    chain.control("reset")
    chain.control("settings", block_seconds="0", lag_blocks=3)
    return chain


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def receiver() -> Owner:
    return Owner()
