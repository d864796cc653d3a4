"""What is documented, held against what is served; tests/flows does the same with a running server."""

from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import caches

from orders.api.docs.views import DOCUMENTS
from orders.services import limits
from tests.contract import Contract
from tests.orders.conftest import NOW


@pytest.fixture
def contracts() -> dict[str, Contract]:
    return {dialect: Contract(document) for dialect, document in DOCUMENTS.items()}


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    caches["process"].clear()
    limits.forget()
    with time_machine.travel(NOW, tick=False):
        yield
    limits.forget()
