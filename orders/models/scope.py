"""The door through which every page reads: `visible_to(user)`."""

from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[M]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> "ScopedQuerySet[M]":
        """Rows this person may see: all of them for active staff. Scopes to named merchants belong here."""
        if user.is_active and getattr(user, "is_staff", False):
            return self
        return self.none()
