"""What one person asks for and another grants."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from backoffice import roles
from orders.models import Approval, ApprovalStatus, AuditEntry, Merchant
from orders.services import approvals, ledger
from tests.orders.admin.conftest import send_form, text

LIST = "/admin/orders/approval/"


def url(approval: Approval, act: str = "change") -> str:
    return f"{LIST}{approval.pk}/{act}/"


@pytest.fixture
def asked(merchant: Merchant, support: Client) -> Approval:
    """500 TRX, asked for by support."""
    user = User.objects.get(username="support")
    return approvals.propose_top_up(
        merchant, amount_sun=500_000_000, reason="reference 4711", user=user, now=timezone.now()
    )


def test_the_page_shows_exactly_what_is_granted(asked: Approval, finance: Client) -> None:
    words = text(finance.get(url(asked)))
    for fact in (
        "500.00",
        "reference 4711",
        "support",
        "Sample merchant",
        f"{asked.expires_at:%Y-%m-%d %H:%M:%S}",
    ):
        assert fact in words
    assert "/grant/" not in words


def test_a_granted_top_up_is_booked_once(asked: Approval, administrator: Client) -> None:
    assert "/grant/" in text(administrator.get(url(asked)))
    send_form(administrator, url(asked, "grant"), note="seen at the bank")
    asked.refresh_from_db()
    assert (asked.status, asked.decision_note) == (ApprovalStatus.GRANTED, "seen at the bank")
    assert ledger.available_sun(asked.merchant) == 1_500_000_000  # type: ignore[arg-type]
    response = send_form(administrator, url(asked, "grant"))
    assert "Already granted" in text(response)
    assert ledger.available_sun(asked.merchant) == 1_500_000_000  # type: ignore[arg-type]


def test_a_refused_one_books_nothing(asked: Approval, administrator: Client) -> None:
    send_form(administrator, url(asked, "refuse"), note="no such transfer")
    asked.refresh_from_db()
    assert asked.status == ApprovalStatus.REFUSED
    assert ledger.available_sun(asked.merchant) == 1_000_000_000  # type: ignore[arg-type]


def test_nobody_decides_what_he_asked_for(merchant: Merchant, administrator: Client) -> None:
    user = User.objects.get(username="administrator")
    own = approvals.propose_top_up(merchant, amount_sun=5, reason="x", user=user, now=timezone.now())
    words = text(administrator.get(url(own)))
    assert "another person must decide it" in words
    assert "/grant/" not in words
    response = send_form(administrator, url(own, "grant"))
    assert "Another person must decide what you asked for" in text(response)
    own.refresh_from_db()
    assert own.status == ApprovalStatus.PENDING
    assert AuditEntry.objects.get(refused=True).object_id == str(own.pk)


def test_a_second_administrator_grants_what_the_first_asked_for(
    merchant: Merchant, administrator: Client
) -> None:
    send_form(administrator, f"/admin/orders/merchant/{merchant.pk}/top-up/", amount="900", reason="x")
    second = User.objects.create_user("second", is_staff=True)
    second.groups.add(Group.objects.get(name=roles.ADMINISTRATOR))
    client = Client()
    client.force_login(second)
    send_form(client, url(Approval.objects.get(), "grant"))
    assert ledger.available_sun(merchant) == 1_900_000_000


def test_an_expired_one_is_not_granted(asked: Approval, administrator: Client) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Approval.objects.filter(pk=asked.pk).update(expires_at=past)
    assert ">expired</span>" in text(administrator.get(url(asked)))
    assert "It has expired" in text(send_form(administrator, url(asked, "grant")))
    assert ledger.available_sun(asked.merchant) == 1_000_000_000  # type: ignore[arg-type]


@pytest.mark.parametrize("note", ["x" * 201, "a\x00b", "a\u202eb"])
def test_a_bad_note_decides_nothing(note: str, asked: Approval, administrator: Client) -> None:
    response = send_form(administrator, url(asked, "grant"), note=note)
    assert list(response.context["form"].errors) == ["note"]
    asked.refresh_from_db()
    assert asked.status == ApprovalStatus.PENDING


def test_what_waits_comes_first(merchant: Merchant, asked: Approval, administrator: Client) -> None:
    user = User.objects.get(username="support")
    newer = approvals.propose_top_up(merchant, amount_sun=5, reason="x", user=user, now=timezone.now())
    approvals.refuse(newer, user=User.objects.get(username="administrator"), note="", now=timezone.now())
    assert list(administrator.get(LIST).context["cl"].result_list) == [asked, newer]
