"""What becomes of logins and of second factors is on the audit trail; no password and no code is."""

from typing import Any

from allauth.account.signals import authentication_step_completed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal, receiver
from django.http import HttpRequest
from django.utils import timezone

from backoffice.origins import origin_of
from orders.services import audit, limits

FACTOR_ACTS: dict[Signal, str] = {
    authenticator_added: "second_factor.add",
    authenticator_removed: "second_factor.remove",
    authenticator_reset: "second_factor.renew",
}


def _note(act: str, user: User | None, **values: Any) -> None:
    audit.record(act, user=user, now=timezone.now(), **values)


@receiver(user_logged_in)
def login(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    _note("login", user, target=user)


@receiver(user_logged_out)
def logout(sender: object, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _note("logout", user, target=user)


@receiver(user_login_failed)
def login_failed(
    sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """An unknown name is not kept: people type their password into the wrong field."""
    user = User.objects.filter(username=str(credentials.get("username"))[:150].replace("\0", "")).first()
    label = "" if user else "unknown user name"
    _note("login.failed", None, target=user, label=label, refused=True)


@receiver(authentication_step_completed)
def confirmed(
    sender: object, request: HttpRequest, user: User, reauthenticated: bool = False, **kwargs: Any
) -> None:
    if reauthenticated:
        _note("login.confirmed", user, target=user)


def factor_failed(request: HttpRequest) -> None:
    """During a login the person is not logged in yet; with a passkey alone he may be unknown."""
    stage = getattr(request, "_login_stage", None)
    person = request.user if request.user.is_authenticated else stage and stage.login.user
    label = "" if person else "passkey"
    _note("login.factor_failed", None, target=person, label=label, refused=True)


def throttled(request: HttpRequest) -> None:
    """Once a minute and address: these tries are as many as the sender likes."""
    ip = origin_of(request).ip
    if limits.seconds_to_wait(f"throttled-login:{ip}", per_minute=1, now=timezone.now()) == 0:
        _note("login.throttled", None, label="too many tries", refused=True)


@receiver([*FACTOR_ACTS])
def factor_changed(
    sender: object,
    signal: Signal,
    request: HttpRequest,
    user: User,
    authenticator: Authenticator,
    **kwargs: Any,
) -> None:
    _note(FACTOR_ACTS[signal], user, target=user, after={"kind": authenticator.type})
