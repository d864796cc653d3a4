"""Staff and groups: nobody grants what he does not hold."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from backoffice import roles
from orders.models import AuditEntry
from tests.orders.admin.conftest import LogIn, text

USERS, GROUPS = "/admin/auth/user/", "/admin/auth/group/"
PASSWORD = "correct horse 7Zq"


def group(name: str) -> Group:
    return Group.objects.get(name=name)


def permission(codename: str) -> Permission:
    return Permission.objects.get(codename=codename)


def add(client: Client, name: str, *groups: Group, **values: str) -> Any:
    form: dict[str, Any] = {"username": name, "password1": PASSWORD, "password2": PASSWORD, "is_staff": "on"}
    return client.post(f"{USERS}add/", form | {"groups": [each.pk for each in groups]} | values)


def edit(client: Client, user: User, *groups: Group, **values: str) -> Any:
    form: dict[str, Any] = {"username": user.username, "is_staff": "on", "is_active": "on"}
    page = f"{USERS}{user.pk}/change/"
    return client.post(page, form | {"groups": [each.pk for each in groups]} | values)


@pytest.fixture
def manager(log_in: LogIn) -> Client:
    """Manages people, and holds nothing else but what support holds."""
    user = User.objects.create_user("manager", is_staff=True)
    log_in(roles.SUPPORT)  # makes the groups
    people = Group.objects.create(name="People")
    codes = ("view_user", "add_user", "change_user", "view_group", "add_group", "change_group")
    people.permissions.set([permission(code) for code in codes])
    user.groups.set([group(roles.SUPPORT), people])
    client = Client()
    client.force_login(user)
    return client


def test_a_new_person_works_and_his_password_is_nowhere(administrator: Client) -> None:
    add(administrator, "sample", group(roles.SUPPORT))
    user = User.objects.get(username="sample")
    assert user.is_staff
    assert user.check_password(PASSWORD)
    assert user.has_perm("orders.add_order")
    entry = AuditEntry.objects.get(act="user.add")
    assert entry.after["groups"] == "Support"
    assert PASSWORD not in str(AuditEntry.objects.values())
    assert user.password not in text(administrator.get(f"{USERS}{user.pk}/change/"))


def test_a_group_with_more_than_one_holds_cannot_be_given(manager: Client) -> None:
    response = add(manager, "friend", group(roles.ADMINISTRATOR))
    assert list(response.context["adminform"].form.errors) == ["groups"]
    assert not User.objects.filter(username="friend").exists()
    add(manager, "helper", group(roles.SUPPORT))
    assert User.objects.filter(username="helper").exists()


def test_nobody_makes_a_superuser_but_a_superuser(administrator: Client, log_in: LogIn) -> None:
    add(administrator, "sample", is_superuser="on")
    user = User.objects.get(username="sample")
    edit(administrator, user, is_superuser="on")
    user.refresh_from_db()
    assert not user.is_superuser
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    edit(root, user, is_superuser="on")
    user.refresh_from_db()
    assert user.is_superuser


@pytest.mark.parametrize("is_active", [True, False])
def test_a_person_who_holds_more_is_out_of_reach(is_active: bool, manager: Client, log_in: LogIn) -> None:
    above = User.objects.create_user("above", is_staff=True, is_active=is_active, password=PASSWORD)
    above.groups.add(group(roles.ADMINISTRATOR))
    assert edit(manager, above, first_name="changed").status_code == 403
    passwords = {"password1": "other pass 99x", "password2": "other pass 99x"}
    assert manager.post(f"{USERS}{above.pk}/password/", passwords).status_code == 403
    above.refresh_from_db()
    assert above.check_password(PASSWORD)
    assert (above.first_name, above.is_active) == ("", is_active)


def test_a_superuser_is_out_of_an_administrators_reach(administrator: Client) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    assert edit(administrator, root, first_name="changed").status_code == 403
    assert administrator.post(f"{USERS}{root.pk}/password/", {}).status_code == 403


def test_a_permission_held_directly_counts(manager: Client) -> None:
    above = User.objects.create_user("above", is_staff=True)
    above.user_permissions.add(permission("top_up"))
    assert edit(manager, above).status_code == 403


def test_nobody_changes_his_own_rights(manager: Client) -> None:
    own = User.objects.get(username="manager")
    edit(manager, own, group(roles.SUPPORT), first_name="New")
    own.refresh_from_db()
    assert own.first_name == "New"
    assert own.groups.count() == 2


def test_a_password_change_is_on_the_trail(administrator: Client) -> None:
    user = User.objects.create_user("sample", is_staff=True)
    new = "other pass 99x"
    administrator.post(f"{USERS}{user.pk}/password/", {"password1": new, "password2": new})
    user.refresh_from_db()
    assert user.check_password(new)
    assert AuditEntry.objects.get(act="user.password").object_id == str(user.pk)
    assert new not in str(AuditEntry.objects.values())


def test_disabling_a_person_is_on_the_trail(administrator: Client) -> None:
    user = User.objects.create_user("sample", is_staff=True)
    edit(administrator, user, is_active="")
    user.refresh_from_db()
    assert not user.is_active
    assert AuditEntry.objects.get(act="user.change").after == {"is_active": "False"}


def test_a_group_gets_only_permissions_its_maker_holds(manager: Client) -> None:
    form = {"name": "Mine", "permissions": [permission("top_up").pk]}
    response = manager.post(f"{GROUPS}add/", form)
    assert list(response.context["adminform"].form.errors) == ["permissions"]
    manager.post(f"{GROUPS}add/", form | {"permissions": [permission("view_order").pk]})
    assert group("Mine").permissions.count() == 1


def test_the_own_group_and_a_stronger_one_are_out_of_reach(manager: Client) -> None:
    wide = group(roles.ADMINISTRATOR)
    for each in (group("People"), wide):
        page = f"{GROUPS}{each.pk}/change/"
        assert manager.post(page, {"name": "x", "permissions": []}).status_code == 403
    assert wide.permissions.count() == len(roles.ROLES[roles.ADMINISTRATOR])


def test_an_administrator_changes_another_group(administrator: Client) -> None:
    mine = Group.objects.create(name="Mine")
    page = f"{GROUPS}{mine.pk}/change/"
    administrator.post(page, {"name": "Mine", "permissions": [permission("view_order").pk]})
    assert mine.permissions.count() == 1
    assert "view order" in AuditEntry.objects.get(act="group.change").after["permissions"]
