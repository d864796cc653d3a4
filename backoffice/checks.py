"""System checks: a broken key ring always, the traps of an installation that others can reach with `--deploy`."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import connection

from providers import keyring

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@register(Tags.security)
def check_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The message carries no part of a key."""
    problems: list[CheckMessage] = []
    try:
        keyring.ring()
    except ValueError:
        hint = "Make one with cryptography.fernet.Fernet.generate_key()."
        problems.append(
            Error("ENCRYPTION_KEYS holds a key that is no Fernet key.", hint=hint, id="backoffice.E001")
        )
    if not all(key.strip() for key in settings.DIGEST_KEYS):
        problems.append(Error("DIGEST_KEYS holds an empty key.", id="backoffice.E002"))
    return problems


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return list(_deployment_traps())


def _deployment_traps() -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield Caution(
            "ALLOWED_HOSTS answers to every name.", hint="List the real ones.", id="backoffice.W001"
        )
    if settings.KEYS_FROM_FILES and connection.vendor == "postgresql":
        names = ", ".join(settings.KEYS_FROM_FILES)
        hint = "A second host would generate its own and read nothing: set them in the environment."
        yield Caution(
            f"The database is shared, but {names} come from this host.", hint=hint, id="backoffice.W002"
        )
    if urlsplit(settings.PUBLIC_URL).hostname in LOOPBACK:
        yield Caution(
            "No upstream can call back to PUBLIC_URL.", hint="Set its public address.", id="backoffice.W003"
        )
    if settings.DEMO_PASSWORD:
        yield Caution("DEMO_PASSWORD is set.", hint="It belongs to `make run` alone.", id="backoffice.W004")
