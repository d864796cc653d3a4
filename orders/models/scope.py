"""The door through which every page reads: `visible_to(user)`, and the merchants a person may be limited to."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Q, prefetch_related_objects
from django.utils.translation import gettext as _

M = TypeVar("M", bound=models.Model)

# From a row to the merchants it names, where that is not its own `merchant`. What names none is the house's.
PATHS: dict[str, tuple[str, ...]] = {
    "merchant": ("pk",),
    "orderevent": ("order__merchant",),
    "attempt": ("order__merchant",),
    "backfill": ("order__merchant",),
    "payment": ("merchant", "order__merchant", "hinted_order__merchant"),
    "callbacklog": ("merchant", "order__merchant"),
    "approval": ("merchant", "order__merchant"),
    "transfer": ("debit__merchant", "credit__merchant"),
    "periodbalance": ("account__merchant",),
    "subtotal": ("account__merchant",),
    "balancereading": ("wallet__merchant",),
    "discrepancy": ("wallet__merchant",),
    "walletbalance": ("wallet__merchant",),
    "credentialuse": ("credential__merchant",),
    "sweepevent": ("sweep__merchant",),
    "sweeptransaction": ("sweep__merchant",),
    "resenditem": ("callback__merchant",),
}


class MerchantScope(models.Model):
    """Limits a person to some merchants. No row: all of them; a row that names none: nothing."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="merchant_scope"
    )
    merchants = models.ManyToManyField("orders.Merchant", related_name="+")

    def __str__(self) -> str:
        return _("merchants of %(user)s") % {"user": self.user}


def merchants_of(user: AbstractBaseUser | AnonymousUser) -> list[int] | None:
    """Ids of the merchants a person is limited to; None: every merchant. Read once a request."""
    scope: MerchantScope | None = getattr(user, "merchant_scope", None)
    if scope is None:
        return None
    prefetch_related_objects([scope], "merchants")
    return [merchant.pk for merchant in scope.merchants.all()]


class ScopedQuerySet(models.QuerySet[M]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> "ScopedQuerySet[M]":
        """Rows this person may see: active staff all of them, unless limited to some merchants."""
        if not (user.is_active and getattr(user, "is_staff", False)):
            return self.none()
        mine = merchants_of(user)
        return self if mine is None else self.of_merchants(mine)

    def of_merchants(self, mine: Sequence[int]) -> "ScopedQuerySet[M]":
        """Rows that name one of these merchants and no other."""
        paths = paths_of(self.model)
        named = [Q(**{f"{path}__in": mine}) for path in paths]
        if len(paths) > 1:
            for path, is_mine in zip(paths, named, strict=True):
                self = self.filter(is_mine | Q(**{path: None}))
        return self.filter(reduce(or_, named)) if named else self.none()


def paths_of(model: type[models.Model]) -> tuple[str, ...]:
    has_own = any(field.name == "merchant" for field in model._meta.get_fields())
    return PATHS.get(str(model._meta.model_name), ("merchant",) if has_own else ())


def merchant_id_of(row: models.Model | None) -> int | None:
    """The first merchant that a row names."""
    for path in paths_of(row._meta.model) if row else ():
        *parents, last = path.split("__")
        owner = reduce(lambda each, part: getattr(each, part, None), parents, row)
        found = getattr(owner, "pk" if last == "pk" else f"{last}_id", None)
        if found is not None:
            return int(found)
    return None
