"""System checks: a broken key ring always, the traps of an installation that others can reach with `--deploy`."""

import sys
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import connection

from providers import keyring
from providers.tron.addresses import is_address

SIGNER = "sign_sweeps"
MAY_HOLD_WALLET_KEYS = {SIGNER, "reseal_wallets"}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
OWN_HOST = {
    4: [ip_network("127.0.0.0/8"), ip_network("0.0.0.0/32")],
    6: [ip_network("::1"), ip_network("::")],
}


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


@register(Tags.security)
def check_wallet_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """No process but the signer's may be able to open the key of a wallet."""
    problems: list[CheckMessage] = []
    if settings.WALLET_KEYS and not MAY_HOLD_WALLET_KEYS & set(sys.argv[1:2]):
        hint = f"Set it only where `manage.py {SIGNER}` is started; all others need WALLET_PUBLIC_KEY."
        problems.append(Error("This process holds WALLET_KEYS.", hint=hint, id="backoffice.E004"))
    return problems


@register()
def check_chain(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A mistyped contract would see no payment, and say nothing."""
    if is_address(settings.USDT_CONTRACT):
        return []
    return [Error("USDT_CONTRACT is no TRON address.", id="backoffice.E003")]


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
    for name in ("PROVIDER_ALLOWED_NETWORKS", "CALLBACK_ALLOWED_NETWORKS"):
        if any(
            network.overlaps(own) for network in getattr(settings, name) for own in OWN_HOST[network.version]
        ):
            yield Caution(
                f"{name} opens this very host.",
                hint="It belongs to `make run` alone; name the networks that are meant.",
                id="backoffice.W005",
            )
    if not settings.REQUIRE_TWO_FACTOR:
        hint = "`make run` alone leaves REQUIRE_TWO_FACTOR off."
        yield Caution("A password alone lets staff in.", hint=hint, id="backoffice.W006")
    if settings.DEMO_PASSWORD:
        yield Caution("DEMO_PASSWORD is set.", hint="It belongs to `make run` alone.", id="backoffice.W004")
