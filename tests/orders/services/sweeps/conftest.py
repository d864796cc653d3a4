from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from orders.models import Merchant
from orders.services import accounts, ledger, merchants
from orders.services.signer import Signer
from providers.models import ProviderAccount
from providers.sandbox.accounts import ITRX_MAIN
from providers.tron import wallet_keys
from tests.chain_process import ChainProcess
from tests.orders.conftest import NOW
from tests.orders.services.sweeps.world import COLD, World

KEY = wallet_keys.generate()


@pytest.fixture(scope="session")
def chain_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChainProcess]:
    process = ChainProcess(tmp_path_factory.mktemp("chain"))
    process.start()
    yield process
    process.stop()
    assert "Traceback" not in process.log.read_text(), process.log.read_text()


@pytest.fixture
def chain(chain_process: ChainProcess) -> ChainProcess:
    chain_process.begin()
    return chain_process


@pytest.fixture
def upstream(db: None, chain: ChainProcess) -> ProviderAccount:
    return accounts.add_account(
        kind="itrx",
        label="sandbox",
        base_url=chain.url,
        key=ITRX_MAIN.key,
        secret=ITRX_MAIN.secret,
        now=NOW,
    )


@pytest.fixture
def world(upstream: ProviderAccount, chain: ChainProcess, settings: Settings) -> World:
    """Its cold wallet is approved, and holds no USDT yet."""
    settings.WALLET_PUBLIC_KEY = wallet_keys.public_of(KEY)
    settings.TRON_NODES = [{"name": "sandbox", "url": chain.url, "solidity_url": "", "api_key": ""}]
    merchant = merchants.create_merchant(name="Sample merchant", time_zone="Asia/Shanghai", now=NOW)
    ledger.top_up(merchant, 1_000_000_000, note="", now=NOW)
    people = (
        User.objects.create(username="asks", is_staff=True),
        User.objects.create(username="grants", is_staff=True),
    )
    world = World(chain, merchant, Signer([KEY]), people)
    world.approve_cold_wallet(COLD)
    chain.fund(COLD, active=True)
    return world


@pytest.fixture
def bare_merchant(world: World) -> Callable[..., Merchant]:
    def make(name: str, **fields: Any) -> Merchant:
        return merchants.create_merchant(name=name, time_zone="Asia/Shanghai", now=NOW, **fields)

    return make
