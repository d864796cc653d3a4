"""Who calls an API: the credential behind a key, if it may be used now and from there."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.conf import settings

from orders.models import ApiCredential, Merchant
from orders.services import credential_uses, limits, networks, rotation
from providers import keyring
from providers.base import KeyPair

LAST_USE_EVERY = timedelta(minutes=1)
# Verified against when the key is unknown, so that the answer takes the same way and time.
NOBODY = KeyPair(secrets.token_hex(16), secrets.token_hex(32))


class RateLimited(Exception):
    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("too many requests")
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class Caller:
    credential: ApiCredential
    pair: KeyPair
    ip: str

    @property
    def merchant(self) -> Merchant:
        return self.credential.merchant


def find(dialect: str, key: str, *, ip: str, now: datetime) -> Caller | None:
    """None for a key that is unknown, dead, of a disabled merchant, or used from where it must not be: one answer for
    all, so that nobody learns which. The signature is the caller's to check, over the raw bytes."""
    if not key or len(key) > 256:
        return None
    credential = (
        ApiCredential.objects.select_related("merchant")
        .filter(dialect=dialect, key_digest__in=keyring.digests(key))
        .first()
    )
    if credential is None or not credential.is_alive(now) or not credential.merchant.enabled:
        return None
    if not _allowed_from(credential, ip):
        return None
    return Caller(credential, rotation.open_pair(credential), ip)


def _allowed_from(credential: ApiCredential, ip: str) -> bool:
    allowed = credential.allowed_networks
    if not allowed:
        return True
    try:
        address = networks.plain(ip)
    except ValueError:
        return False
    return any(address in ip_network(network, strict=False) for network in allowed)


def admit(caller: Caller, *, now: datetime) -> None:
    """After the signature held: spend one of the minute's requests and note the use. Raises RateLimited."""
    per_minute = caller.credential.requests_per_minute or settings.API_REQUESTS_PER_MINUTE
    wait = limits.seconds_to_wait(f"credential:{caller.credential.pk}", per_minute=per_minute, now=now)
    if wait:
        raise RateLimited(wait)
    last = caller.credential.last_used_at
    if last is None or now - last >= LAST_USE_EVERY:
        ApiCredential.objects.filter(pk=caller.credential.pk).update(last_used_at=now)
    credential_uses.note(caller.credential, caller.ip, now=now)


def refuse_flood(ip: str, *, now: datetime) -> None:
    """Before a failed authentication is answered: spend one of the address's failures. Raises RateLimited."""
    per_minute = settings.API_FAILURES_PER_MINUTE
    wait = limits.seconds_to_wait(f"failures:{ip}"[:64], per_minute=per_minute, now=now)
    if wait:
        raise RateLimited(wait)
