"""A merchant's webhook secrets (Standard Webhooks): issued, rotated with an overlap, revoked. At most two live, and a
secret leaves here once, at issue."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Merchant, WebhookSecret
from orders.services import audit, delivery
from orders.services.rotation import NotRotatable
from providers import keyring, webhooks


@dataclass(frozen=True, slots=True)
class IssuedSecret:
    """The only moment at which it is in clear."""

    row: WebhookSecret
    secret: str = field(repr=False)


def issue(merchant: Merchant, *, now: datetime, user: User | None = None) -> IssuedSecret:
    """The first, or one after the last was revoked. Raises NotRotatable while one lives that nothing replaces."""
    with transaction.atomic():
        if any(row.retires_at is None for row in _live(merchant, now)):
            raise NotRotatable(_("this merchant has a webhook secret: rotate it"))
        return _issue(merchant, now=now, user=user)


def rotate(
    merchant: Merchant, *, overlap: timedelta, now: datetime, user: User | None = None
) -> IssuedSecret:
    """A successor; callbacks carry both signatures until the overlap ends. Raises NotRotatable with nothing to
    replace, and inside an overlap: a third secret would cut short what the receiver was promised."""
    with transaction.atomic():
        live = _live(merchant, now)
        if not live:
            raise NotRotatable(_("this merchant has no webhook secret: issue one"))
        if any(row.retires_at for row in live):
            raise NotRotatable(_("the last rotation's overlap has not ended: end it first, or wait"))
        WebhookSecret.objects.filter(pk=live[0].pk).update(retires_at=now + overlap)
        after = {"merchant": merchant.name, "retires_at": (now + overlap).isoformat()}
        audit.record("webhook_secret.rotate", user=user, now=now, target=live[0], after=after)
        return _issue(merchant, now=now, user=user)


def revoke(secret: WebhookSecret, *, now: datetime, user: User | None = None) -> bool:
    """Dead at once, which also ends an overlap early after a leak. False when it was dead already."""
    with transaction.atomic():
        revoked = WebhookSecret.objects.alive(now).filter(pk=secret.pk).update(revoked_at=now)
        if revoked:
            after = {"merchant": secret.merchant.name}
            audit.record("webhook_secret.revoke", user=user, now=now, target=secret, after=after)
    return bool(revoked)


def _live(merchant: Merchant, now: datetime) -> list[WebhookSecret]:
    """Newest first. The merchant is locked, so that two people at once do not make a third."""
    Merchant.objects.select_for_update(of=("self",)).get(pk=merchant.pk)
    return list(WebhookSecret.objects.alive(now).filter(merchant=merchant))


def _issue(merchant: Merchant, *, now: datetime, user: User | None) -> IssuedSecret:
    secret = webhooks.new_secret()
    row = WebhookSecret.objects.create(
        merchant=merchant, hint=secret[-4:], sealed_secret=keyring.seal(secret), created_at=now
    )
    after = {"merchant": merchant.name}
    audit.record("webhook_secret.issue", user=user, now=now, target=row, after=after)
    delivery.wake_soon(merchant)
    return IssuedSecret(row, secret)


def reencrypt() -> int:
    """Move every secret to the newest key of the ring. Returns how many rows."""
    count = 0
    for pk in WebhookSecret.objects.values_list("pk", flat=True):
        with transaction.atomic():
            row = WebhookSecret.objects.select_for_update().get(pk=pk)
            WebhookSecret.objects.filter(pk=pk).update(sealed_secret=keyring.reseal(row.sealed_secret))
        count += 1
    return count
