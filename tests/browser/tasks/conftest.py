from collections.abc import Callable

import pytest

from tests.browser.conftest import LogIn
from tests.browser.tasks.hand import Hand

AtWork = Callable[[str], Hand]


@pytest.fixture
def at_work(log_in: LogIn) -> AtWork:
    """A person of that role, at the home page."""
    return lambda role: Hand(log_in(role))
