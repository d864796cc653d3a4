"""A person limited to some merchants holds no permission over what belongs to the whole house."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from backoffice.roles import WITHIN_MERCHANTS
from orders.models.scope import merchants_of

Person = AbstractBaseUser | AnonymousUser


class MerchantLimits:
    """Grants nothing and logs nobody in. Asked before the other backends, it refuses for all of them."""

    def authenticate(self, request: HttpRequest | None) -> None:
        """Takes no credentials."""

    def has_perm(self, user_obj: Person, perm: str, obj: object = None) -> bool:
        if perm not in WITHIN_MERCHANTS and merchants_of(user_obj) is not None:
            raise PermissionDenied
        return False
