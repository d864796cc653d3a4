"""How long a session lasts, and what ends it before."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from backoffice import roles
from orders.models import AuditEntry
from tests.backoffice.login.conftest import LOGIN, ORDERS, PASSWORD, Clock, log_in, opens

SESSIONS = "/admin/usersessions/usersession/"
NEW = "another horse 8Yp"


def test_it_ends_when_nobody_does_anything(person: User, settings: Settings, clock: Clock) -> None:
    settings.SESSION_IDLE_SECONDS = 600
    client = log_in("sample")
    for _ in range(3):
        clock.shift(timedelta(seconds=500))
        assert opens(client)
    clock.shift(timedelta(seconds=601))
    response = client.get(ORDERS)
    assert response["Location"] == f"{LOGIN}?next={ORDERS}"
    assert "Your session has ended" in client.get(LOGIN).content.decode()


def test_a_page_that_keeps_itself_up_to_date_is_nobody(
    person: User, settings: Settings, clock: Clock
) -> None:
    settings.SESSION_IDLE_SECONDS = 600
    client = log_in("sample")
    for _ in range(3):
        clock.shift(timedelta(seconds=250))
        response = client.get(ORDERS, headers={"X-By-Itself": "1"})
    assert response.status_code == 302


def test_it_ends_at_its_hour_whatever_is_done(person: User, settings: Settings, clock: Clock) -> None:
    settings.SESSION_IDLE_SECONDS = 600
    settings.SESSION_COOKIE_AGE = 1500
    client = log_in("sample")
    for _ in range(3):
        clock.shift(timedelta(seconds=500))
        assert opens(client)
    clock.shift(timedelta(seconds=1))
    assert not opens(client)


def give_up_password(person: User) -> None:
    person.set_password(NEW)
    person.save()


def disable(person: User) -> None:
    person.is_active = False
    person.save()


def discharge(person: User) -> None:
    person.is_staff = False
    person.save()


def promote(person: User) -> None:
    person.groups.add(Group.objects.get(name=roles.ADMINISTRATOR))


def demote(person: User) -> None:
    person.groups.clear()


def demote_from_the_group(person: User) -> None:
    Group.objects.get(name=roles.SUPPORT).user_set.clear()


@pytest.mark.parametrize(
    "change", [give_up_password, disable, discharge, promote, demote, demote_from_the_group]
)
def test_a_changed_password_role_or_state_ends_them_all(person: User, change: object) -> None:
    clients = [log_in("sample"), log_in("sample")]
    other = User.objects.create_superuser("root", password=PASSWORD)
    stranger = log_in("root")
    assert callable(change)
    change(User.objects.get(pk=person.pk))
    assert [client.get(ORDERS)["Location"] for client in clients] == [f"{LOGIN}?next={ORDERS}"] * 2
    assert list(UserSession.objects.values_list("user", flat=True)) == [other.pk]
    assert opens(stranger)


def test_what_changes_nothing_ends_nothing(person: User) -> None:
    client = log_in("sample")
    person.first_name = "Sample"
    person.save()
    person.groups.add(Group.objects.get(name=roles.SUPPORT))
    assert opens(client)


def test_who_is_discharged_cannot_come_back_in(person: User) -> None:
    discharge(person)
    assert not opens(log_in("sample"))


def test_who_changes_his_own_password_goes_on_in_that_session_alone(person: User) -> None:
    here, there = log_in("sample"), log_in("sample")
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert here.post("/admin/password_change/", form).status_code == 302
    assert opens(here)
    assert not opens(there)
    assert [row.session_key for row in UserSession.objects.all()] == [here.session.session_key]


def test_one_sees_and_ends_ones_own(person: User) -> None:
    here, there = log_in("sample"), log_in("sample", HTTP_USER_AGENT="Phone")
    User.objects.create_superuser("root", password=PASSWORD)
    log_in("root", HTTP_USER_AGENT="Root's")
    page = here.get(SESSIONS).content.decode()
    assert "Phone" in page
    assert "Root's" not in page
    rows = list(UserSession.objects.values_list("pk", flat=True))
    here.post(SESSIONS, {"action": "end_selected", "_selected_action": rows})
    assert not opens(there)
    assert not opens(here)
    assert UserSession.objects.count() == 1  # the other person's was not in reach
    assert AuditEntry.objects.filter(act="session.end", user=person).count() == 2


def test_an_administrator_ends_those_of_others_but_not_of_who_holds_more(person: User) -> None:
    chief = User.objects.create_user("chief", password=PASSWORD, is_staff=True)
    chief.groups.add(Group.objects.get(name=roles.ADMINISTRATOR))
    User.objects.create_superuser("root", password=PASSWORD)
    chiefs, samples, roots = log_in("chief"), log_in("sample"), log_in("root")
    rows = list(UserSession.objects.exclude(user=chief).values_list("pk", flat=True))
    response = chiefs.post(SESSIONS, {"action": "end_selected", "_selected_action": rows}, follow=True)
    assert "1 session ended." in response.content.decode()
    assert not opens(samples)
    assert opens(roots)


def test_a_session_leaves_the_list_when_it_ends(person: User, settings: Settings, clock: Clock) -> None:
    first, second = log_in("sample"), log_in("sample")
    first.post("/admin/logout/")
    assert len(second.get(SESSIONS).context["cl"].result_list) == 1
    clock.shift(timedelta(seconds=settings.SESSION_IDLE_SECONDS + 1))
    third = log_in("sample")
    assert len(third.get(SESSIONS).context["cl"].result_list) == 1


def test_who_is_not_logged_in_sees_the_login_page(db: None) -> None:
    assert Client().get("/admin/")["Location"] == f"{LOGIN}?next=/admin/"
    assert Client().get(LOGIN).status_code == 200
