"""What each kind of visitor is answered at each address, measured; `permissions.txt` is what was decided."""

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client

from backoffice import roles
from backoffice.roles import ADMINISTRATOR, AUDITOR, FINANCE, ROLES, SUPPORT
from orders.models import Merchant, MerchantScope
from tests.url_table import Url, urls

TABLE = Path(__file__).with_name("permissions.txt")
ANONYMOUS, LIMITED = "anonymous", "limited"
VISITORS = (ANONYMOUS, SUPPORT, FINANCE, ADMINISTRATOR, AUDITOR, LIMITED)
METHODS = ("GET", "POST")
HEAD = """\
# What every address answers to every kind of visitor: the HTTP status of a bare GET and of an empty POST.
# 302 below /admin/ is the way to the login page, or from an address without a page to one that has it. A form that is
# open answers an empty POST with 200 and its errors. "limited" is somebody of every role who is limited to another
# merchant than the rows of this table are of.
# tests/backoffice/test_permissions.py compares it with what it measures, and says how to write it anew.
"""
NONE = 0  # a row that is not there
VALUES = {
    "act": {"orders_order_act": "cancel", "orders_resendjob_act": "pause"},
    "dialect": {"api-docs-dialect": "itrx", "api-docs-openapi": "itrx"},
}


def clients(mine: Merchant) -> dict[str, Client]:
    """`mine`: the merchant that the limited one is limited to."""
    roles.create_roles()
    found = {ANONYMOUS: Client()}
    for visitor in VISITORS[1:]:
        user = User.objects.create_user(f"{visitor} visitor", password="x", is_staff=True)
        user.groups.set(Group.objects.filter(name__in=ROLES if visitor == LIMITED else [visitor]))
        if visitor == LIMITED:
            MerchantScope.objects.create(user=user).merchants.set([mine])
        found[visitor] = Client(raise_request_exception=False)
        found[visitor].force_login(user)
    return found


def addresses() -> dict[str, Url]:
    """By template: an address that two patterns match answers as the first."""
    return {url.template: url for url in reversed(urls())}


def lines(by_visitor: dict[str, Client], ids: dict[str, Any]) -> Iterator[str]:
    for template, url in sorted(addresses().items()):
        path = filled(url, ids)
        for method in METHODS:
            answers = (_status(by_visitor[visitor], method, path) for visitor in VISITORS)
            yield line(template, method, answers)


def line(template: str, method: str, answers: Any) -> str:
    cells = "".join(f"{answer:<14}" for answer in answers).rstrip()
    return f"{template:<72} {method:<5} {cells}"


def filled(url: Url, ids: dict[str, Any]) -> str:
    names = re.findall(r"{(\w+)}", url.template)
    values = {
        name: VALUES.get(name, {}).get(url.name, ids.get(name, ids.get(url.kind, NONE))) for name in names
    }
    return url.template.format(**values)


def _status(client: Client, method: str, path: str) -> int:
    """Whatever it did is undone, in the database and in the browser."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        status = client.generic(method, path, REMOTE_ADDR="192.0.2.9").status_code
        transaction.set_rollback(True)
    client.cookies = cookies
    return int(status)


def text(found: list[str]) -> str:
    return "\n".join([HEAD, line("# address", "", VISITORS), *found]) + "\n"


def written() -> list[str]:
    return [row for row in TABLE.read_text().splitlines() if row and not row.startswith("#")]
