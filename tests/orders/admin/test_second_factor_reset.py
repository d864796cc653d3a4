"""An administrator takes away a second factor that was lost; nobody his own."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.test import Client

from backoffice import roles
from orders.models import AuditEntry
from tests.orders.admin.conftest import LogIn, send_form, text


def page(person: User) -> str:
    return f"/admin/auth/user/{person.pk}/reset-second-factor/"


def give_app(username: str) -> User:
    person = User.objects.get(username=username)
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    return person


@pytest.fixture
def person(log_in: LogIn) -> User:
    """Support, logged in."""
    key = log_in(roles.SUPPORT).session.session_key
    person = give_app("support")
    UserSession.objects.create(user=person, session_key=key, ip="192.0.2.1", user_agent="Phone")
    return person


def test_it_is_taken_away_with_every_session_and_told(administrator: Client, person: User) -> None:
    assert UserSession.objects.filter(user=person).count() == 1
    response = send_form(administrator, page(person), reason="lost the telephone")
    assert response.status_code == 302
    assert not Authenticator.objects.filter(user=person).exists()
    assert not UserSession.objects.filter(user=person).exists()
    entry = AuditEntry.objects.get(act="second_factor.reset")
    assert (entry.object_id, entry.before, entry.after) == (
        str(person.pk),
        {"kinds": ["totp"]},
        {"reason": "lost the telephone"},
    )


def test_nobody_resets_his_own(administrator: Client) -> None:
    own = give_app("administrator")
    answer = send_form(administrator, page(own), reason="lost")
    assert "Another administrator must reset your second factor" in text(answer)
    assert Authenticator.objects.filter(user=own).exists()
    assert page(own) not in text(administrator.get(f"/admin/auth/user/{own.pk}/change/"))


def test_nobody_resets_that_of_who_holds_more(administrator: Client, db: None) -> None:
    User.objects.create_superuser("root")
    root = give_app("root")
    assert administrator.get(page(root)).status_code == 403
    assert administrator.post(page(root), {"reason": "lost"}).status_code == 403
    assert Authenticator.objects.filter(user=root).exists()


def test_support_resets_none(support: Client, finance: Client) -> None:
    other = give_app("finance")
    assert support.post(page(other), {"reason": "lost"}).status_code == 403
    assert Authenticator.objects.filter(user=other).exists()


def test_the_page_of_a_person_says_what_there_is(administrator: Client, person: User) -> None:
    shown = text(administrator.get(f"/admin/auth/user/{person.pk}/change/"))
    assert "TOTP Authenticator" in shown
    assert page(person) in shown
    Authenticator.objects.all().delete()
    assert page(person) not in text(administrator.get(f"/admin/auth/user/{person.pk}/change/"))
