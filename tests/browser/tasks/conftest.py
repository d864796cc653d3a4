from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from backoffice.child import answers
from orders.models import Callback
from orders.services import readings, reconciling
from orders.states import CallbackStatus
from providers.models import ProviderAccount
from providers.sandbox.accounts import Dialect
from tests.browser.conftest import LogIn, numbers, yesterday
from tests.browser.tasks.hand import Hand
from tests.browser.tasks.keyboard import Keyboard
from tests.flows.stack import Stack, free_port
from tests.flows.upstreams import Upstreams
from tests.waiting import wait_until

AtWork = Callable[[str], Hand]
AtKeyboard = Callable[[str], Keyboard]


@pytest.fixture
def at_work(log_in: LogIn) -> AtWork:
    """A person of that role, at the home page."""
    return lambda role: Hand(log_in(role))


@pytest.fixture
def at_keyboard(log_in: LogIn) -> Iterator[AtKeyboard]:
    """The same without a pointer. Wherever he is, he sees it."""
    all_keys: list[Keyboard] = []

    def sit_down(role: str) -> Keyboard:
        all_keys.append(Keyboard(log_in(role)))
        return all_keys[-1]

    yield sit_down
    assert [fault for keys in all_keys for fault in keys.blind] == []


@pytest.fixture
def differing(upstreams: Upstreams) -> ProviderAccount:
    """An account that told, yesterday, of money that no book knows."""
    account = upstreams.account(Dialect.ITRX, f"browser differing {next(numbers)}")
    evening = datetime.combine(yesterday(), time(22), tzinfo=timezone.get_current_timezone())
    readings.note(account, 7_000_000, now=evening)
    reconciling.reconcile(evening.date(), now=evening + timedelta(hours=12))
    return account


@pytest.fixture
def strict_url(stack: Stack) -> str:
    """The same installation as it is by default: nobody without a second factor."""
    port = free_port()
    web = stack.start("web", PORT=str(port), REQUIRE_TWO_FACTOR="true")
    wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz") or web.process.poll() is not None)
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def failed_host(told: list[Callback]) -> str:
    """To which three callbacks failed for good, two days ago."""
    host = f"failed-{next(numbers)}.test"
    failed = Callback.objects.filter(pk__in=[each.pk for each in told[:3]])
    two_days = timezone.now() - timedelta(days=2)
    failed.update(status=CallbackStatus.EXHAUSTED, host=host, created_at=two_days, delivered_at=None)
    return host
