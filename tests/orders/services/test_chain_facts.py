"""What an order learns of its address: one short question, and none to an account that fails."""

import json
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from pytest_django.fixtures import Settings

from orders.services import accounts, chain_facts
from orders.services.chain_facts import UNKNOWN, Facts
from providers.models import Health, ProviderAccount, ProviderCall
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS
from tests.upstream import Upstream, serve

ACTIVE = Facts(is_active=True, has_bandwidth=True, holds_usdt=True)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serve() as server:
        yield server


@pytest.fixture
def account(db: None, upstream: Upstream) -> ProviderAccount:
    return add_account("facts", upstream)


def add_account(label: str, upstream: Upstream) -> ProviderAccount:
    return accounts.add_account(
        kind="tronzap", label=label, base_url=upstream.url, key="key", secret="secret", now=NOW
    )


def answer_active(upstream: Upstream) -> None:
    result = {"resources": {"energy": 0, "bandwidth": 600}, "balances": {"TRX": 1, "USDT": 5}}
    upstream.answer(json.dumps({"code": 0, "request_id": "", "result": result}).encode())


def facts(address: str = ADDRESS) -> Facts:
    return chain_facts.facts(address, now=NOW)


def pass_seconds(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    clock = time.time
    monkeypatch.setattr("time.time", lambda: clock() + seconds)


def test_what_is_read_is_remembered(account: ProviderAccount, upstream: Upstream) -> None:
    answer_active(upstream)
    assert [facts(), facts()] == [ACTIVE, ACTIVE]
    assert len(upstream.received) == 1


def test_silence_is_waited_for_no_longer_than_the_setting(
    account: ProviderAccount, upstream: Upstream, settings: Settings
) -> None:
    settings.PROVIDER_TOTAL_SECONDS, settings.CHAIN_FACTS_SECONDS = 3600, 1
    upstream.stay_silent()
    assert facts() == UNKNOWN
    assert not upstream.ended.is_set()
    assert ProviderCall.objects.get().error == "no complete answer: timed out"


def test_two_addresses_share_the_patience_of_one(
    account: ProviderAccount, upstream: Upstream, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHAIN_FACTS_SECONDS = 3
    answer_active(upstream)
    seconds = iter([0.0, 2.8])
    monkeypatch.setattr(chain_facts, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    both = chain_facts.facts_for_order(address=ADDRESS, to_address=OTHER_ADDRESS, now=NOW)
    assert both == Facts(holds_usdt=True)
    assert [json.loads(each.body)["address"] for each in upstream.received] == [OTHER_ADDRESS]


def test_an_address_that_decides_nothing_is_not_asked_for(
    account: ProviderAccount, upstream: Upstream
) -> None:
    answer_active(upstream)
    chain_facts.facts_for_order(address="", to_address=OTHER_ADDRESS, now=NOW)
    assert [json.loads(each.body)["address"] for each in upstream.received] == [OTHER_ADDRESS]


def test_an_account_that_fails_is_left_alone_for_a_while(
    account: ProviderAccount, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.cut()
    both = chain_facts.facts_for_order(address=ADDRESS, to_address=OTHER_ADDRESS, now=NOW)
    assert both == UNKNOWN
    assert len(upstream.received) == 1
    pass_seconds(monkeypatch, chain_facts.REST_SECONDS + 1)
    answer_active(upstream)
    assert facts() == ACTIVE


def test_another_account_is_asked_meanwhile(account: ProviderAccount, upstream: Upstream) -> None:
    upstream.answer(b"oops", 500)
    assert facts() == UNKNOWN
    with serve() as second:
        add_account("second", second)
        answer_active(second)
        assert facts(OTHER_ADDRESS) == ACTIVE
    assert len(upstream.received) == 1


def test_a_refused_address_says_nothing_about_the_next(account: ProviderAccount, upstream: Upstream) -> None:
    upstream.answer(b'{"code":10,"key":"invalid_tron_address","error":"Invalid TRON address"}')
    answer_active(upstream)
    assert [facts(), facts(OTHER_ADDRESS), facts()] == [UNKNOWN, ACTIVE, UNKNOWN]
    assert len(upstream.received) == 2


def test_a_misconfigured_account_is_not_asked(account: ProviderAccount, upstream: Upstream) -> None:
    accounts.mark(account, Health.MISCONFIGURED, "bad key", now=NOW)
    assert facts() == UNKNOWN
    with serve() as second:
        add_account("second", second)
        answer_active(second)
        assert facts(OTHER_ADDRESS) == ACTIVE
    assert not upstream.received
