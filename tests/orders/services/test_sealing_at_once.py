"""PostgreSQL gives ids before it commits: a seal waits for who is still writing, and is no obstacle for long."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from orders.models import AuditEntry, AuditSeal
from orders.services import audit, sealing
from tests.orders.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60


def test_a_row_that_is_committed_late_is_sealed_with_its_elders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MOST_WAIT", f"{PATIENCE}s")
    has_written, may_commit = Event(), Event()

    def slow() -> int:
        try:
            with transaction.atomic():
                entry = audit.record("slow", user=None, now=NOW)
                has_written.set()
                assert may_commit.wait(PATIENCE)
            return int(entry.pk)
        finally:
            connection.close()

    def seal() -> int:
        try:
            return sealing.seal(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        late = pool.submit(slow)
        assert has_written.wait(PATIENCE)
        if connection.vendor == "postgresql":
            quick = audit.record("quick", user=None, now=NOW)
        sealed = pool.submit(seal)
        may_commit.set()
        late.result(PATIENCE)
        sealed.result(PATIENCE)
    sealing.seal(now=NOW)
    if connection.vendor == "postgresql":
        assert late.result() < quick.pk
    covered = [pk for each in AuditSeal.objects.order_by("number") for pk, _ in each.rows]
    assert covered == list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))
    assert list(sealing.faults(now=NOW)) == []


def test_a_writer_that_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        return  # SQLite has one writer at a time
    monkeypatch.setattr(sealing, "MOST_WAIT", "50ms")

    def seal() -> int:
        try:
            return sealing.seal(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        audit.record("slow", user=None, now=NOW)
        assert pool.submit(seal).result(PATIENCE) == 0
    assert sealing.seal(now=NOW) == 1
