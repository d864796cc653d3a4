"""People of each role, logged in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from backoffice import roles

LogIn = Callable[[str], Client]
NONSENSE = ["abc", "-1", "1" * 31, "NaN", "<b>x</b>", "\x00", "%00", "'; --", "x" * 5000, "é", "²"]


def send_form(client: Client, url: str, /, **values: str) -> Any:
    """As a person does: open the form, then send it with its token."""
    token = client.get(url).context["form"]["token"].value()
    return client.post(url, {"token": token} | values)


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def log_in(db: None) -> LogIn:
    """A client of the person of that role; called twice, two clients of the same person."""
    roles.create_roles()

    def log_in_as(role: str) -> Client:
        user, is_new = User.objects.get_or_create(username=role.lower(), defaults={"is_staff": True})
        if is_new:
            user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        return client

    return log_in_as


@pytest.fixture
def support(log_in: LogIn) -> Client:
    return log_in(roles.SUPPORT)


@pytest.fixture
def finance(log_in: LogIn) -> Client:
    return log_in(roles.FINANCE)


@pytest.fixture
def administrator(log_in: LogIn) -> Client:
    return log_in(roles.ADMINISTRATOR)


@pytest.fixture
def auditor(log_in: LogIn) -> Client:
    return log_in(roles.AUDITOR)
