"""A merchant whose programs know CrossingPay, and one upstream that watches."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from django.utils import timezone

from orders.models import Dialect, Merchant
from orders.services import merchants, rotation, wallets
from providers.base import KeyPair
from providers.models import ProviderAccount
from providers.sandbox.accounts import Dialect as UpstreamDialect
from providers.sandbox.outcomes import published
from tests.flows.stack import Stack
from tests.flows.upstreams import Upstreams
from tests.upstream import Upstream, serve

numbers = count(1)


@dataclass(frozen=True)
class Shop:
    """`wallet`: its deposit address; `server` receives its callbacks."""

    merchant: Merchant
    wallet: str
    server: Upstream
    pair: KeyPair = field(repr=False)

    @property
    def callback_url(self) -> str:
        return f"{self.server.url}/callback"


@pytest.fixture
def php() -> None:
    if shutil.which("php") is None:
        pytest.skip("PHP is not installed")


@pytest.fixture(scope="module")
def watcher(stack: Stack, upstreams: Upstreams) -> Iterator[None]:
    """First in line while this module runs."""
    name = f"CrossingPay of peers {next(numbers)}"
    account = upstreams.account(UpstreamDialect.CROSSINGPAY, name, priority=1)
    yield
    ProviderAccount.objects.filter(pk=account.pk).update(enabled=False)


@pytest.fixture
def shop(watcher: None) -> Iterator[Shop]:
    now, number = timezone.now(), next(numbers)
    name = f"Sample merchant of CrossingPay clients {number}"
    merchant = merchants.create_merchant(name=name, time_zone="Asia/Shanghai", now=now)
    wallet = published(f"a wallet of shop {number}")
    wallets.add_wallet(merchant, address=wallet, label="deposits", now=now)
    issued = rotation.issue(merchant, Dialect.CROSSINGPAY, now=now)
    with serve() as server:
        yield Shop(merchant, wallet, server, KeyPair(issued.key, issued.secret))
