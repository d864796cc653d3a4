"""The table of roles: what it grants, what it must never grant, and that the command sets exactly it."""

import json

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from backoffice import roles
from backoffice.roles import ADMINISTRATOR, AUDITOR, FINANCE, ROLES, SUPPORT
from tests.backoffice import permissions_of

MOVES_MONEY = {"orders.top_up", "orders.decide_approval", "orders.resolve_order", "orders.dismiss_payment"}
SECRETS = {
    *("orders.add_apicredential", "orders.rotate_apicredential", "orders.revoke_apicredential"),
    "orders.restrict_apicredential",
    *("providers.add_provideraccount", "providers.change_provideraccount"),
}


def granted(name: str) -> set[str]:
    rows = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{code}" for app, code in rows}


@pytest.mark.django_db
def test_groups_hold_exactly_the_table() -> None:
    roles.create_roles()
    assert {name: granted(name) for name in ROLES} == {name: set(wanted) for name, wanted in ROLES.items()}


@pytest.mark.django_db
def test_again_sets_back_what_was_changed() -> None:
    roles.create_roles()
    support = Group.objects.get(name=SUPPORT)
    support.permissions.add(Permission.objects.get(codename="top_up"))
    support.permissions.remove(Permission.objects.get(codename="view_order"))
    Group.objects.create(name="Auditors")
    roles.create_roles()
    assert granted(SUPPORT) == ROLES[SUPPORT]
    assert Group.objects.count() == len(ROLES) + 1  # a group of one's own stays


def test_support_moves_no_money_and_touches_no_secret() -> None:
    assert ROLES[SUPPORT] & (MOVES_MONEY | SECRETS) == set()
    assert {"orders.add_order", "orders.propose_top_up", "orders.resend_callback"} <= ROLES[SUPPORT]


def test_finance_creates_nothing() -> None:
    made = {
        name for name in ROLES[FINANCE] if name.split(".")[1].split("_")[0] in {"add", "change", "delete"}
    }
    assert made == set()
    assert ROLES[FINANCE] & (SECRETS | MOVES_MONEY) == {"orders.dismiss_payment"}


def test_an_auditor_changes_nothing() -> None:
    assert {name.split(".")[1].split("_")[0] for name in ROLES[AUDITOR]} == {"view", "export"}


def test_an_administrator_can_give_every_role() -> None:
    """Nobody grants what he does not hold."""
    assert frozenset().union(*ROLES.values()) <= ROLES[ADMINISTRATOR]


@pytest.mark.django_db
def test_a_mistyped_permission_is_named() -> None:
    with pytest.raises(LookupError, match=r"orders\.view_ordr"):
        roles.permissions(["orders.view_ordr", "orders.view_order"])


@pytest.mark.django_db
def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_roles", json=True)
    assert json.loads(capsys.readouterr().out) == {name: sorted(wanted) for name, wanted in ROLES.items()}


def test_every_address_has_its_rows_in_the_table_of_permissions() -> None:
    """tests/backoffice/test_permissions.py measures what the rows say, and writes missing ones."""
    rows = {row.split()[0] for row in permissions_of.written()}
    assert rows == set(permissions_of.addresses())
