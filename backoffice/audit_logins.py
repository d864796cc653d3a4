"""Logins, failed ones and logouts are on the audit trail; a password never is."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from orders.services import audit


@receiver(user_logged_in)
def login(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    audit.record("login", user=user, now=timezone.now(), target=user)


@receiver(user_logged_out)
def logout(sender: object, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        audit.record("logout", user=user, now=timezone.now(), target=user)


@receiver(user_login_failed)
def login_failed(
    sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """An unknown name is not kept: people type their password into the wrong field."""
    user = User.objects.filter(username=str(credentials.get("username"))[:150].replace("\0", "")).first()
    audit.record(
        "login.failed",
        user=None,
        now=timezone.now(),
        target=user,
        label="" if user else "unknown user name",
        refused=True,
    )
