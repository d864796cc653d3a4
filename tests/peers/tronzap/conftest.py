"""One merchant whose programs know TronZap, and one upstream that sells."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from orders.models import Dialect, Merchant
from orders.services import merchants, rotation
from providers.base import KeyPair
from providers.models import ProviderAccount
from providers.sandbox.accounts import Dialect as UpstreamDialect
from tests.flows.stack import Stack
from tests.flows.upstreams import Upstreams


@pytest.fixture(scope="module")
def seller(stack: Stack, upstreams: Upstreams) -> Iterator[None]:
    """The only account in use while these tests run."""
    others = list(ProviderAccount.objects.filter(enabled=True).values_list("pk", flat=True))
    ProviderAccount.objects.filter(pk__in=others).update(enabled=False)
    account = upstreams.account(UpstreamDialect.TRONZAP, f"seller {timezone.now():%H%M%S%f}", priority=1)
    yield
    ProviderAccount.objects.filter(pk=account.pk).update(enabled=False)
    ProviderAccount.objects.filter(pk__in=others).update(enabled=True)


@pytest.fixture
def merchant(seller: None, request: pytest.FixtureRequest) -> Merchant:
    """With 1,000 TRX."""
    now = timezone.now()
    name = f"Sample merchant of {request.node.name}"[:128]
    merchant = merchants.create_merchant(name=name, time_zone="Asia/Shanghai", now=now)
    merchants.top_up(merchant, amount_sun=200_000_000, reason="peers", now=now)
    return merchant


@pytest.fixture
def pair(merchant: Merchant) -> KeyPair:
    return rotation.open_pair(rotation.issue(merchant, Dialect.TRONZAP, now=timezone.now()).credential)
