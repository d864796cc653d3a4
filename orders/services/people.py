"""Staff: letting a colleague in, and the merchants he is limited to."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from orders.models import Merchant, MerchantScope
from orders.services import audit

EVERY = "every merchant"


def add_person(
    *, name: str, email: str, role: Group, merchants: Collection[Merchant] | None, user: User, now: datetime
) -> User:
    """Without a password: only a link lets him set one. His e-mail address is his user name. `merchants`: None for
    every one. Raises ValidationError for an address in use."""
    person = User(username=email.lower(), email=email, first_name=name, is_staff=True)
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise ValidationError(_("Somebody with this e-mail address exists.")) from error
    with transaction.atomic():
        person.groups.set([role])
        _set(person, merchants)
        after = {"name": name, "role": role.name, "merchants": told(merchants)}
        audit.record("user.invite", user=user, now=now, target=person, after=after)
    return person


def limit(person: User, merchants: Collection[Merchant] | None, *, user: User, now: datetime) -> bool:
    """None: every merchant. False when nothing was different."""
    with transaction.atomic():
        before, after = {"merchants": told(limits_of(person))}, {"merchants": told(merchants)}
        if before == after:
            return False
        _set(person, merchants)
        audit.record("user.limit", user=user, now=now, target=person, before=before, after=after)
    return True


def _set(person: User, merchants: Collection[Merchant] | None) -> None:
    if merchants is None:
        for scope in MerchantScope.objects.filter(user=person):
            scope.merchants.clear()
            scope.delete()
    else:
        MerchantScope.objects.get_or_create(user=person)[0].merchants.set(merchants)


def limits_of(person: User) -> list[Merchant] | None:
    scope = MerchantScope.objects.filter(user=person).first()
    return None if scope is None else list(scope.merchants.order_by("name"))


def told(merchants: Collection[Merchant] | None) -> str:
    return EVERY if merchants is None else ", ".join(sorted(merchant.name for merchant in merchants))


def administrators() -> QuerySet[User]:
    """Who can let people in and out: the house is locked when there are none."""
    may = Permission.objects.filter(content_type__app_label="auth", codename="change_user")
    holds = Q(is_superuser=True) | Q(groups__permissions__in=may) | Q(user_permissions__in=may)
    return User.objects.filter(holds, is_active=True, is_staff=True, merchant_scope=None).distinct()


def is_last_administrator(person: User) -> bool:
    """Inside a transaction: everybody is locked, so that of two who shut each other out at once one stays."""
    list(User.objects.select_for_update().filter(is_active=True, is_staff=True).values_list("pk"))
    found = set(administrators().values_list("pk", flat=True))
    return found == {person.pk}
