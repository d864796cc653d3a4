"""A person who comes in as people do, with an authenticator app that is computed."""

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client

from backoffice import roles

Clock = time_machine.Traveller
PASSWORD = "correct horse 7Zq"
LOGIN, FACTOR = "/admin/login/", "/admin/account/second-factor/"
ACTIVATE, ENTER, CODES = f"{FACTOR}app/activate/", f"{FACTOR}enter/", f"{FACTOR}recovery/"
ORDERS, CONFIRM = "/admin/orders/order/", "/admin/account/confirm/"


def code(secret: str) -> str:
    """RFC 6238: of this moment's step of 30 seconds."""
    step = struct.pack(">Q", int(time.time()) // 30)
    mac = hmac.new(base64.b32decode(secret), step, hashlib.sha1).digest()
    start = mac[-1] & 15
    number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def log_in(name: str, password: str = PASSWORD, **extra: Any) -> Client:
    client = Client()
    client.post(LOGIN, {"login": name, "password": password}, **extra)
    return client


def enrol(client: Client) -> str:
    """Set up an authenticator app. Returns its secret."""
    secret = str(client.get(ACTIVATE).context["form"].secret)
    assert client.post(ACTIVATE, {"code": code(secret)}).status_code == 302
    return secret


def opens(client: Client, page: str = ORDERS) -> bool:
    return client.get(page).status_code == 200


@pytest.fixture
def person(db: None) -> User:
    roles.create_roles()
    user = User.objects.create_user("sample", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=roles.SUPPORT))
    return user


@pytest.fixture(autouse=True)
def commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What shall happen after a commit happens although the test's transaction commits nothing."""
    monkeypatch.setattr(transaction, "on_commit", lambda act, *args, **kwargs: act())


@pytest.fixture
def clock() -> Iterator[Clock]:
    """It stands still unless it is shifted, so that a code is good for as long as a test takes."""
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        yield clock
