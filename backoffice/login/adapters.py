"""The hooks of django-allauth."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from backoffice.login import stamps, trail
from backoffice.login.stamps import FACTORS
from backoffice.origins import origin_of
from providers import keyring


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """The rule of the step-up, so that a person who has just logged in is not asked twice."""
        return not stamps.is_fresh(context.request, now=timezone.now())

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The first is the page to go to, the others are offered on it. Who has a second factor proves that one: his
        password may be what leaked."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not is_mfa_enabled(user, FACTORS):
            return methods
        has_app = is_mfa_enabled(user, [Authenticator.Type.TOTP])
        factors = [method for method in methods if method["id"] != "reauthenticate"]
        return factors if has_app else factors[::-1]

    def get_client_ip(self, request: HttpRequest) -> str:
        return origin_of(request).ip or "0.0.0.0"  # noqa: S104  # a socket without address: all share one count

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code == "too_many_login_attempts":
            trail.throttled(context.request)
        error: ValidationError = super().validation_error(code, *args)
        return error


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps and seeds of recovery codes are kept under the ring."""

    def encrypt(self, text: str) -> str:
        return keyring.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return keyring.unseal(encrypted_text)

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code == "incorrect_code":
            trail.factor_failed(context.request)
        error: ValidationError = super().validation_error(code, *args)
        return error
