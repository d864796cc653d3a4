"""What a session remembers: since when it lasts, when somebody last did something, when he last proved who he is, and
whose second factor it has seen. Seconds since 1970, set by signals of every way to log in."""

from datetime import datetime
from typing import Any

from allauth.account.signals import authentication_step_completed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_used
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

LOGGED_IN, SEEN, PROVEN, FACTOR_OF = "logged_in_at", "seen_at", "proven_at", "second_factor_of"
LISTED = "listed_as"
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
SEEN_EVERY_SECONDS = 60  # a session is written at most that often


@receiver(user_logged_in)
def begin(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    now = int(timezone.now().timestamp())
    request.session.update({LOGGED_IN: now, SEEN: now, PROVEN: now, LISTED: request.session.session_key})


@receiver(authentication_step_completed)
def prove(sender: object, request: HttpRequest, reauthenticated: bool = False, **kwargs: Any) -> None:
    if reauthenticated:
        request.session[PROVEN] = int(timezone.now().timestamp())


@receiver([authenticator_used, authenticator_added])
def show_factor(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    request.session[FACTOR_OF] = user.pk


@receiver(authenticator_removed)
def forget_factor(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Who takes away his last one sets up another at once, where one is required."""
    if not is_mfa_enabled(user, FACTORS):
        request.session.pop(FACTOR_OF, None)


def is_over(request: HttpRequest, *, now: datetime) -> bool:
    """A session without stamps is older than these rules."""
    lasted, idle = _seconds_since(request, LOGGED_IN, now), _seconds_since(request, SEEN, now)
    return lasted > settings.SESSION_COOKIE_AGE or idle > settings.SESSION_IDLE_SECONDS


def is_fresh(request: HttpRequest, *, now: datetime) -> bool:
    return _seconds_since(request, PROVEN, now) <= settings.STEP_UP_SECONDS


def _seconds_since(request: HttpRequest, stamp: str, now: datetime) -> int:
    return int(now.timestamp()) - int(request.session.get(stamp, 0))


def lacks_factor(request: HttpRequest) -> bool:
    """Nor does a login without it count that was made before the person had one."""
    return bool(settings.REQUIRE_TWO_FACTOR) and request.session.get(FACTOR_OF) != request.user.pk


def see(request: HttpRequest, *, now: datetime) -> None:
    """Somebody did something: note it, and keep the session in the list of sessions under its present key."""
    seconds, key = int(now.timestamp()), request.session.session_key
    if seconds - request.session[SEEN] < SEEN_EVERY_SECONDS and request.session.get(LISTED) == key:
        return
    request.session.update({SEEN: seconds, LISTED: key})
    UserSession.objects.create_from_request(request)
