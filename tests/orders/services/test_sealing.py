"""The chain over the audit trail: what it covers, and that it names each row somebody touched."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from orders.models import AuditEntry, AuditSeal, Merchant
from orders.services import audit, audit_invariants, sealing
from tests.orders.conftest import NOW

pytestmark = pytest.mark.django_db


def write(count: int) -> list[int]:
    return [audit.record(f"act {n}", user=None, now=NOW, after={"n": n}).pk for n in range(count)]


def faults() -> list[str]:
    return list(sealing.faults(now=NOW))


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def unguarded(db: None) -> None:
    """As somebody who owns the database can make it."""
    for name in audit_invariants.TRIGGERS:
        on_table = f" ON {name.partition('_no_')[0]}" if connection.vendor == "postgresql" else ""
        sql(f"DROP TRIGGER {name}{on_table}")


@pytest.fixture
def ids(unguarded: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ten rows under four seals."""
    monkeypatch.setattr(sealing, "BATCH", 3)
    pks = write(10)
    assert sealing.seal(now=NOW) == 10
    assert faults() == []
    return pks


def test_batches_follow_each_other_and_cover_each_row_once(ids: list[int]) -> None:
    seals = AuditSeal.objects.order_by("number")
    assert [seal.number for seal in seals] == [1, 2, 3, 4]
    assert [pk for seal in seals for pk, _ in seal.rows] == ids
    assert (seals[0].first_id, seals[0].last_id, seals[0].count) == (ids[0], ids[2], 3)


def test_sealing_again_takes_only_what_is_new(ids: list[int]) -> None:
    assert sealing.seal(now=NOW) == 0
    new = write(2)
    assert sealing.seal(now=NOW) == 2
    assert AuditSeal.objects.order_by("-number")[0].rows[0][0] == new[0]
    assert faults() == []


def test_a_changed_row_is_named(ids: list[int]) -> None:
    AuditEntry.objects.filter(pk=ids[4]).update(after={"n": 5})
    assert faults() == [f"audit entry {ids[4]} was changed"]


@pytest.mark.parametrize("field", [*sealing.FIELDS, "created_at"])
def test_every_column_is_sealed(field: str, ids: list[int], merchant: Merchant, admin_user: object) -> None:
    values: dict[str, object] = {"refused": True, "ip": "192.0.2.1", "before": {"x": 1}, "after": {"x": 1}}
    values |= {"user_id": admin_user.pk, "merchant_id": merchant.pk, "created_at": NOW + timedelta(seconds=1)}  # type: ignore[attr-defined]
    AuditEntry.objects.filter(pk=ids[0]).update(**{field: values.get(field, "other")})
    assert faults() == [f"audit entry {ids[0]} was changed"]


def test_a_deleted_row_is_named(ids: list[int]) -> None:
    AuditEntry.objects.filter(pk__in=[ids[0], ids[9]]).delete()
    assert faults() == [f"audit entry {ids[0]} was deleted", f"audit entry {ids[9]} was deleted"]


def test_a_row_put_in_is_named(ids: list[int]) -> None:
    audit.record("rolled back", user=None, now=NOW).delete()
    after_gap = write(1)[0]
    assert sealing.seal(now=NOW) == 1
    AuditEntry.objects.create(pk=after_gap - 1, act="forged", created_at=NOW)
    assert faults() == [f"audit entry {after_gap - 1} was put in after its seal"]


def test_two_rows_that_changed_places_are_named(ids: list[int]) -> None:
    first, second = AuditEntry.objects.filter(pk__in=ids[:2]).order_by("pk")
    first.pk, second.pk = second.pk, first.pk
    first.save()
    second.save()
    assert faults() == [f"audit entry {pk} was changed" for pk in ids[:2]]


def test_a_forged_seal_breaks_the_chain(ids: list[int]) -> None:
    AuditEntry.objects.filter(pk=ids[4]).update(act="forged")
    seal = AuditSeal.objects.get(number=2)
    seal.rows[1][1] = sealing.digest_of(AuditEntry.objects.get(pk=ids[4]))
    seal.save()
    assert faults() == ["seal 2 was changed, or does not follow the one before"]
    AuditSeal.objects.filter(number=2).delete()
    assert faults()[0] == "seal 2 is missing"


def test_seals_that_were_all_made_anew_have_another_digest_than_the_one_kept_elsewhere(
    ids: list[int],
) -> None:
    kept = AuditSeal.objects.order_by("-number")[0].digest
    AuditEntry.objects.filter(pk=ids[0]).update(act="forged")
    AuditSeal.objects.all().delete()
    sealing.seal(now=NOW)
    assert faults() == []
    assert AuditSeal.objects.order_by("-number")[0].digest != kept


def test_a_trail_that_is_not_sealed_is_told(unguarded: None) -> None:
    pks = write(2)
    later = NOW + sealing.LATE + timedelta(seconds=1)
    told = "2 rows above id 0 should have been sealed long ago"
    assert list(sealing.faults(now=later)) == [told]
    sealing.seal(now=NOW)
    assert list(sealing.faults(now=later)) == [], pks


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
@pytest.mark.parametrize(("table", "column"), [("orders_auditentry", "id"), ("orders_auditseal", "number")])
def test_the_database_refuses_a_change(statement: str, table: str, column: str) -> None:
    write(1)
    sealing.seal(now=NOW)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        sql(statement.format(table, column, column))
    assert AuditEntry.objects.count() == AuditSeal.objects.count() == 1


def test_the_live_check_asks_for_seals_and_triggers() -> None:
    assert [problem for check in audit_invariants.CHECKS for problem in check(NOW)] == []


def test_a_missing_trigger_is_told(unguarded: None) -> None:
    told = list(audit_invariants.the_audit_trail_refuses_changes(NOW))
    assert len(told) == len(audit_invariants.TRIGGERS)
