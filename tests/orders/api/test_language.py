"""Merchants' programs read English in every dialect, whatever a request says of languages."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client

from orders.models import Merchant
from orders.services import limits, rotation
from providers.itrx import wire as itrx
from providers.tronzap.wire import sign
from tests.orders.conftest import NOW

RUSSIAN = {"Accept-Language": "ru", "Cookie": "language=ru; zone=Europe/Moscow"}
ITRX_ORDER = {"energy_amount": "many", "period": "", "receive_address": "T123"}
CROSSINGPAY_ORDER = {"order_id": "", "address": "T123", "amount": "many", "callback": "x"}
TRONZAP_ORDER = {"service": "energy", "params": {"address": "T123", "energy_amount": "many"}}


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    limits.forget()
    caches["process"].clear()
    with time_machine.travel(NOW, tick=False):
        yield


def post(path: str, body: object, headers: dict[str, str]) -> Any:
    return Client().post(path, body, content_type="application/json", headers=headers)


def to_itrx(merchant: Merchant, languages: dict[str, str]) -> Any:
    issued = rotation.issue(merchant, "itrx", now=NOW)
    raw, stamp = itrx.canonical(ITRX_ORDER), str(int(NOW.timestamp()))
    signature = itrx.sign(issued.secret, stamp, raw.encode())
    headers = {"API-KEY": issued.key, "TIMESTAMP": stamp, "SIGNATURE": signature}
    return post(f"{itrx.PREFIX}/order", raw, headers | languages)


def to_crossingpay(merchant: Merchant, languages: dict[str, str]) -> Any:
    key = rotation.issue(merchant, "crossingpay", now=NOW).key
    return post("/api/orders/monitor", CROSSINGPAY_ORDER | {"apikey": key}, languages)


def to_tronzap(merchant: Merchant, languages: dict[str, str]) -> Any:
    issued = rotation.issue(merchant, "tronzap", now=NOW)
    raw = json.dumps(TRONZAP_ORDER)
    headers = {"Authorization": f"Bearer {issued.key}", "X-Signature": sign(raw.encode(), issued.secret)}
    return post("/v1/transaction/new", raw, headers | languages)


def to_upstreams(merchant: Merchant, languages: dict[str, str]) -> Any:
    return post("/callbacks/nobody/nothing", {}, languages)


def to_nothing(merchant: Merchant, languages: dict[str, str]) -> Any:
    return post("/api/v1/frontend/nothing", {}, languages)


@pytest.mark.parametrize("call", [to_itrx, to_crossingpay, to_tronzap, to_upstreams, to_nothing])
def test_refusals_are_in_english(merchant: Merchant, call: Any) -> None:
    answers = [call(merchant, languages) for languages in ({}, RUSSIAN)]
    plain, russian = ({**json.loads(answer.content), "request_id": ""} for answer in answers)
    assert russian == plain
    assert "Content-Language" not in answers[1].headers
    assert str(russian).isascii()
