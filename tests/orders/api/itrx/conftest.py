"""A caller of the iTRX API: Django's own handler, real signatures, the clock stopped at NOW."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.http import HttpResponse
from django.test import Client

from orders.models import ApiCredential, Dialect, Merchant
from orders.services import limits, rotation
from providers.base import KeyPair
from providers.itrx import wire
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS

ROOT = wire.PREFIX
STAMP = str(int(NOW.timestamp()))
ORDER = {"energy_amount": 65_000, "period": "1H", "receive_address": ADDRESS}
COLLECT = {"scene": 0, "receive_address": ADDRESS, "to_address": OTHER_ADDRESS}
JSON = "application/json"


@dataclass(frozen=True)
class Caller:
    pair: KeyPair
    http: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def get(self, path: str, query: Mapping[str, Any] | None = None, **headers: str) -> HttpResponse:
        given = {"API-KEY": self.pair.key} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self._check(self.http.get(ROOT + path, query or {}, headers=given))

    def post(
        self,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        body: bytes | None = None,
        timestamp: str = STAMP,
        signature: str | None = None,
        content_type: str = JSON,
        **headers: str,
    ) -> HttpResponse:
        """`body`: other bytes than the canonical ones of `parameters`."""
        raw = wire.canonical(parameters or {}).encode() if body is None else body
        signed = wire.sign(self.pair.secret, timestamp, raw) if signature is None else signature
        given = {"API-KEY": self.pair.key, "TIMESTAMP": timestamp, "SIGNATURE": signed}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._check(self.http.post(ROOT + path, raw, content_type=content_type, headers=given))

    @staticmethod
    def _check(answer: Any) -> HttpResponse:
        """What holds for every answer (spec 4)."""
        assert answer["Content-Type"] == JSON
        assert answer.status_code < 500, answer.content
        assert isinstance(json.loads(answer.content), dict)
        assert isinstance(answer, HttpResponse)
        return answer


def told(answer: HttpResponse) -> dict[str, Any]:
    """The body of a 200."""
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = json.loads(answer.content)
    return body


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    """What a web process keeps in memory is not the test's before."""
    limits.forget()
    caches["process"].clear()
    yield
    limits.forget()


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def issue(merchant: Merchant) -> tuple[ApiCredential, Caller]:
    issued = rotation.issue(merchant, Dialect.ITRX, now=NOW)
    return issued.credential, Caller(KeyPair(issued.key, issued.secret))


@pytest.fixture
def caller(merchant: Merchant) -> Caller:
    return issue(merchant)[1]
