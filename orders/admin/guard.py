"""What the acts that have their own URL ask first: permissions, and which rows a person may choose."""

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from orders.models.scope import ScopedQuerySet, merchants_of


def demand(request: HttpRequest, *permissions: str) -> None:
    """Raises PermissionDenied unless the person has all of them, such as `orders.add_order`."""
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def demand_all_merchants(request: HttpRequest) -> None:
    """Raises PermissionDenied for who is limited to some: the act is about every merchant."""
    if merchants_of(request.user) is not None:
        raise PermissionDenied


def narrow(form: forms.BaseForm, user: User) -> None:
    """Let a form offer and take only rows that the person may see."""
    for field in form.fields.values():
        rows = getattr(field, "queryset", None)
        if isinstance(rows, ScopedQuerySet):
            field.queryset = rows.visible_to(user)  # type: ignore[attr-defined]  # a ModelChoiceField
