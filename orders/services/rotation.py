"""Issuing, restricting, rotating and revoking merchants' key pairs. A secret leaves here once, at issue."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders import notation
from orders.models import ApiCredential, Dialect, Merchant
from orders.services import audit, delivery
from orders.services.networks import canonical
from providers import keyring
from providers.base import KeyPair

MOST_REQUESTS_PER_MINUTE = 1_000_000
GRACES = {
    "0": timedelta(0),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
}
MOST_GRACE = timedelta(days=90)


class NotRotatable(Exception):
    """The credential is dead already, or has a successor."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The only moment at which the pair is in clear."""

    credential: ApiCredential
    key: str
    secret: str = field(repr=False)


def issue(
    merchant: Merchant,
    dialect: str,
    *,
    now: datetime,
    user: User | None = None,
    replaces: ApiCredential | None = None,
) -> Issued:
    """A successor may be used from where and as often as the pair it replaces."""
    pair = _new_pair(dialect)
    with transaction.atomic():
        credential = ApiCredential.objects.create(
            merchant=merchant,
            dialect=dialect,
            key_hint=pair.key[-4:],
            key_digest=keyring.digest(pair.key),
            sealed_key=keyring.seal(pair.key),
            sealed_secret=keyring.seal(pair.secret),
            replaces=replaces,
            allowed_networks=replaces.allowed_networks if replaces else [],
            requests_per_minute=replaces.requests_per_minute if replaces else 0,
            created_at=now,
        )
        audit.record(
            "credential.issue", user=user, now=now, target=credential, after={"merchant": merchant.name}
        )
        delivery.wake_soon(merchant)
    return Issued(credential, pair.key, pair.secret)


def _new_pair(dialect: str) -> KeyPair:
    """In the shape each system's own keys have."""
    if dialect == Dialect.ITRX:
        return KeyPair(secrets.token_hex(16).upper(), secrets.token_hex(32).upper())
    return KeyPair(secrets.token_urlsafe(32), secrets.token_urlsafe(48))


def rotate(credential: ApiCredential, *, grace: timedelta, now: datetime, user: User | None = None) -> Issued:
    """Issue a successor; the old pair works until the grace ends. Raises NotRotatable."""
    with transaction.atomic():
        old = ApiCredential.objects.select_for_update().get(pk=credential.pk)
        if not old.is_alive(now) or old.retires_at is not None:
            raise NotRotatable(_("this credential is dead or already being replaced"))
        ApiCredential.objects.filter(pk=old.pk).update(retires_at=now + grace)
        issued = issue(old.merchant, old.dialect, now=now, user=user, replaces=old)
        audit.record(
            "credential.rotate",
            user=user,
            now=now,
            target=old,
            after={"retires_at": (now + grace).isoformat(), "successor": issued.credential.pk},
        )
    return issued


def grace_until(at: datetime, *, now: datetime) -> timedelta:
    """Raises ValueError for a moment that has passed, or is too far away."""
    if not now < at <= now + MOST_GRACE:
        raise ValueError(f"choose a time that is still to come, at most {MOST_GRACE.days} days ahead")
    return at - now


def revoke(credential: ApiCredential, *, now: datetime, user: User | None = None) -> bool:
    """Dead at once. False when it was revoked already."""
    with transaction.atomic():
        revoked = ApiCredential.objects.filter(pk=credential.pk, revoked_at=None).update(revoked_at=now)
        if revoked:
            audit.record("credential.revoke", user=user, now=now, target=credential)
    return bool(revoked)


def restrict(
    credential: ApiCredential,
    *,
    networks: Sequence[str],
    requests_per_minute: int,
    now: datetime,
    user: User | None = None,
) -> bool:
    """Set from where (nowhere named: anywhere) and how often (0: the general limit) the pair may be used.

    False when nothing was different. Raises ValidationError, and NotRotatable for a dead one.
    """
    if not 0 <= requests_per_minute <= MOST_REQUESTS_PER_MINUTE:
        raise ValidationError(
            format_lazy(
                _("Requests a minute: 0 to {most}."),
                most=notation.number_lazy(MOST_REQUESTS_PER_MINUTE),
            )
        )
    after = {"allowed_networks": canonical(networks), "requests_per_minute": requests_per_minute}
    with transaction.atomic():
        row = ApiCredential.objects.select_for_update().get(pk=credential.pk)
        if not row.is_alive(now):
            raise NotRotatable(_("this credential is dead"))
        before = {name: getattr(row, name) for name in after}
        if before == after:
            return False
        ApiCredential.objects.filter(pk=row.pk).update(**after)
        audit.record("credential.restrict", user=user, now=now, target=row, before=before, after=after)
    return True


def open_pair(credential: ApiCredential) -> KeyPair:
    """For signing and verifying only. Raises SecretUnreadable."""
    return KeyPair(keyring.unseal(credential.sealed_key), keyring.unseal(credential.sealed_secret))


def signing_credential(credential: ApiCredential, *, now: datetime) -> ApiCredential | None:
    """The order's own credential while it lives, else the merchant's newest of that dialect, else None."""
    if credential.is_alive(now):
        return credential
    return (
        ApiCredential.objects.alive(now)
        .filter(merchant_id=credential.merchant_id, dialect=credential.dialect)
        .order_by("-id")
        .first()
    )


def reencrypt(*, now: datetime) -> int:
    """Move every credential to the newest keys of the ring and of the digests. Returns how many rows."""
    count = 0
    for pk in ApiCredential.objects.values_list("pk", flat=True):
        with transaction.atomic():
            credential = ApiCredential.objects.select_for_update().get(pk=pk)
            ApiCredential.objects.filter(pk=pk).update(
                sealed_key=keyring.reseal(credential.sealed_key),
                sealed_secret=keyring.reseal(credential.sealed_secret),
                key_digest=keyring.digest(keyring.unseal(credential.sealed_key)),
            )
        count += 1
    return count
