"""The page that tells how far the chain is read, and having blocks read again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from orders.models import AuditEntry, Backfill, ChainCursor, ChainNode, Custody, Merchant, Payment
from orders.services import backfilling, wallets, watching
from providers.tron.blocks import Head
from tests.chain import Chain, paid
from tests.orders.admin.conftest import send_form, text
from tests.orders.conftest import ADDRESS, NOW
from tests.reader import NODE, Reader

PAGE = "/admin/orders/backfill/status/"
RESCAN = "/admin/orders/backfill/rescan/"


@pytest.fixture
def reader(db: None, settings: Settings) -> Reader:
    """Has read blocks 1001 to 1009."""
    settings.TRON_NODES = [NODE]
    settings.TRON_REQUESTS_PER_DAY = 1000
    reader = Reader(Chain(start=NOW - timedelta(seconds=6))).start()
    reader.chain.grow(9)
    reader.read()
    return reader


def test_it_tells_of_cursor_nodes_and_ranges(reader: Reader, support: Client) -> None:
    ChainNode.objects.create(name=NODE["name"], requests_today=5, failing_since=NOW, error="HTTP 500")
    Backfill.objects.create(
        cursor=reader.cursor, first_number=900, last_number=999, next_number=950, created_at=NOW, reason="why"
    )
    watching.note_newest(reader.holder, Head(number=1028, id="", parent_id="", at=NOW))
    page = text(support.get(PAGE))
    for words in ("1,028", "1,009", reader.holder, "failing", "HTTP 500", "50 / 100", "900 – 999", "why"):
        assert words in page, words
    assert text(support.get(f"{PAGE}live/")).strip().startswith('<div id="chain-live"')


def test_it_tells_what_is_wrong(reader: Reader, support: Client) -> None:
    ChainCursor.objects.update(problem="no node answers", problem_since=NOW, holder="")
    reader.cursor.blocks.get(number=1005).delete()
    page = text(support.get(PAGE))
    assert "no node answers" in page
    assert "nobody" in page
    assert 'is-alarm"><dt class="bo-name">Gaps</dt><dd class="bo-value">1<' in page


def test_before_the_first_block_and_without_a_node(db: None, settings: Settings, support: Client) -> None:
    settings.TRON_NODES = []
    assert "No node is set" in text(support.get(PAGE))
    settings.TRON_NODES = [NODE]
    assert "the watcher has never run" in text(support.get(PAGE))
    assert "the watcher has never run" in text(ask(support, 1, 2))


def ask(client: Client, first: object, last: object, reason: str = "a look") -> Any:
    return send_form(client, RESCAN, first=str(first), last=str(last), reason=reason)


def test_a_range_is_read_again_and_finds_what_was_missed(
    reader: Reader, support: Client, merchant: Merchant
) -> None:
    reader.chain.add(paid(1, ADDRESS, 5_000_000))
    reader.read()
    wallets.add_wallet(merchant, address=ADDRESS, label="", custody=Custody.OURS, now=NOW)
    assert ask(support, 1001, 1010)["Location"] == PAGE
    entry = AuditEntry.objects.get(act="chain.rescan")
    assert (entry.after["first"], entry.after["last"], entry.after["reason"]) == (1001, 1010, "a look")
    reader.read()
    assert Payment.objects.get().block_number == 1010
    row = Backfill.objects.get()
    assert (row.found, row.finished_at is not None) == (1, True)
    assert "1,001 – 1,010" in text(support.get("/admin/orders/backfill/"))


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (1005, 1004, "end no sooner than it begins"),
        (1001, 1010, "Only blocks up to 1009 were read"),
        (0, 5, "greater than or equal to 1"),
        ("x", "9" * 40, "whole number"),
    ],
)
def test_a_range_that_is_none_is_refused(
    reader: Reader, support: Client, first: object, last: object, told: str
) -> None:
    assert told in text(ask(support, first, last))
    assert not Backfill.objects.exists()


def test_the_range_and_the_number_of_ranges_are_bounded(
    reader: Reader, support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfilling, "MOST_BLOCKS", 3)
    monkeypatch.setattr(backfilling, "MOST_OPEN", 1)
    assert "At most 3 blocks" in text(ask(support, 1001, 1004))
    assert ask(support, 1001, 1003).status_code == 302
    assert "1 ranges are waiting already" in text(ask(support, 1001, 1003))


def test_finance_looks_only(reader: Reader, finance: Client) -> None:
    assert RESCAN not in text(finance.get(PAGE))
    assert finance.post(RESCAN, {"first": 1, "last": 2}).status_code == 403
    assert not Backfill.objects.exists()
