"""Staff and groups: nobody grants what he does not hold."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from backoffice import roles
from orders.models import AuditEntry, Merchant
from orders.models.scope import merchants_of
from orders.services import people
from tests.orders.admin.conftest import LogIn, send_form, text
from tests.orders.conftest import NOW

USERS, GROUPS = "/admin/auth/user/", "/admin/auth/group/"
PASSWORD = "correct horse 7Zq"


def group(name: str) -> Group:
    return Group.objects.get(name=name)


def permission(codename: str) -> Permission:
    return Permission.objects.get(codename=codename)


def add(client: Client, name: str, role: Group, /, **values: Any) -> Any:
    form = {"name": name, "email": f"{name}@example.test", "role": str(role.pk), "scope": "all"}
    return send_form(client, f"{USERS}add/", **form | values)


def person(name: str) -> User:
    return User.objects.get(username=f"{name}@example.test")


def edit(client: Client, user: User, *groups: Group, **values: Any) -> Any:
    form: dict[str, Any] = {"username": user.username, "is_staff": "on", "is_active": "on", "scope": "all"}
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


def test_a_new_colleague_sets_his_password_by_a_link_that_works_once(
    administrator: Client, merchant: Merchant
) -> None:
    response = add(administrator, "sample", group(roles.SUPPORT), scope="some", merchants=[str(merchant.pk)])
    link = response.context["link"]
    user = person("sample")
    assert (user.first_name, user.is_staff, user.has_usable_password()) == ("sample", True, False)
    assert user.has_perm("orders.add_order")
    assert merchants_of(user) == [merchant.pk]
    assert AuditEntry.objects.get(act="user.invite").after == {
        "name": "sample",
        "role": "Support",
        "merchants": "Sample merchant",
    }
    assert link not in text(administrator.get(f"{USERS}{user.pk}/change/"))
    passwords = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    client = Client()
    page = client.get(link, follow=True)
    assert "sample@example.test" in text(page)
    client.post(page.redirect_chain[-1][0], passwords)
    assert person("sample").check_password(PASSWORD)
    entry = AuditEntry.objects.get(act="user.password")
    assert (entry.user, PASSWORD in str(AuditEntry.objects.values())) == (user, False)
    again = Client().get(link, follow=True)
    assert "This link was used" in text(again)
    assert Client().post(link, {"new_password1": "other 99 Zq x", "new_password2": "other 99 Zq x"})
    assert person("sample").check_password(PASSWORD)


def test_a_link_that_is_made_up_opens_nothing(administrator: Client) -> None:
    add(administrator, "sample", group(roles.SUPPORT))
    for uid in ("MQ", "x", "OTk5OTk"):
        assert "This link was used" in text(Client().get(f"/admin/welcome/{uid}/abc-def/", follow=True))


def test_an_address_in_use_and_a_limit_to_nothing_are_refused(administrator: Client) -> None:
    add(administrator, "sample", group(roles.SUPPORT))
    for values in ({"email": "SAMPLE@example.test"}, {"scope": "some"}, {"scope": "none"}, {"role": "999"}):
        assert add(administrator, "other", group(roles.SUPPORT), **values).context["form"].errors
    assert User.objects.filter(first_name="other").count() == 0


def test_a_group_with_more_than_one_holds_cannot_be_given(manager: Client) -> None:
    response = add(manager, "friend", group(roles.ADMINISTRATOR))
    assert list(response.context["form"].errors) == ["role"]
    assert not User.objects.filter(first_name="friend").exists()
    add(manager, "aide", group(roles.SUPPORT))
    assert person("aide").groups.get() == group(roles.SUPPORT)


def test_nobody_makes_a_superuser_but_a_superuser(administrator: Client, log_in: LogIn) -> None:
    add(administrator, "sample", group(roles.SUPPORT), is_superuser="on")
    user = person("sample")
    edit(administrator, user, is_superuser="on")
    user.refresh_from_db()
    assert not user.is_superuser
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    edit(root, user, is_superuser="on")
    user.refresh_from_db()
    assert user.is_superuser


def test_a_person_is_limited_and_freed_again(administrator: Client, merchant: Merchant) -> None:
    user = User.objects.create_user("sample", is_staff=True)
    edit(administrator, user, scope="some", merchants=[str(merchant.pk)])
    assert people.limits_of(user) == [merchant]
    edit(administrator, user)
    assert people.limits_of(user) is None
    entries = AuditEntry.objects.filter(act="user.limit").order_by("pk").values_list("before", "after")
    named, every = {"merchants": "Sample merchant"}, {"merchants": people.EVERY}
    assert list(entries) == [(every, named), (named, every)]


def test_a_limited_person_manages_nobody(administrator: Client, merchant: Merchant) -> None:
    own = User.objects.get(username="administrator")
    people.limit(own, [merchant], user=own, now=NOW)
    assert administrator.get(USERS).status_code == 403
    assert administrator.post(f"{USERS}add/", {}).status_code == 403


@pytest.mark.parametrize(
    "change", [{"is_active": ""}, {"is_staff": ""}, {"is_superuser": ""}], ids=["disabled", "out", "plain"]
)
def test_the_last_administrator_stays(change: dict[str, str], db: None) -> None:
    root = User.objects.create_superuser("root")
    client = Client()
    client.force_login(root)
    assert "lock everybody out" in text(edit(client, root, **{"is_superuser": "on"} | change))
    User.objects.create_superuser("another")
    assert edit(client, root, **{"is_superuser": "on"} | change).status_code == 302


def test_who_administers_by_a_group_may_not_be_the_last_to_leave(administrator: Client) -> None:
    other = User.objects.create_user("other", is_staff=True)
    other.groups.add(group(roles.ADMINISTRATOR))
    assert edit(administrator, other, group(roles.SUPPORT)).status_code == 302
    assert list(other.groups.all()) == [group(roles.SUPPORT)]
    assert people.administrators().get().username == "administrator"
    own = User.objects.get(username="administrator")
    assert people.is_last_administrator(own)
    edit(administrator, own, is_active="", scope="some")
    assert people.administrators().get() == own


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
