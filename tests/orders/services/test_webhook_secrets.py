"""Webhook secrets: one, two during a rotation, none after a leak; and never in clear."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from orders.models import AuditEntry, Merchant, WebhookSecret
from orders.services import rotation, signing, webhook_secrets
from orders.services.rotation import NotRotatable
from providers import keyring, webhooks

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def signers(merchant: Merchant, at: datetime) -> tuple[bytes, ...]:
    keys = signing.open_keys(signing.Owner(merchant.pk, None), now=at)
    return keys.webhook if keys else ()


def test_a_secret_is_issued_once_and_stored_sealed(
    merchant: Merchant, admin_user: User, now: datetime
) -> None:
    issued = webhook_secrets.issue(merchant, now=now, user=admin_user)
    assert signers(merchant, now) == (webhooks.key_of(issued.secret),)
    assert issued.row.hint == issued.secret[-4:]
    assert issued.secret not in repr(issued)
    stored = str(list(WebhookSecret.objects.values())) + str(list(AuditEntry.objects.values()))
    assert issued.secret.removeprefix("whsec_") not in stored
    entry = AuditEntry.objects.get(act="webhook_secret.issue")
    assert (entry.user, entry.after) == (admin_user, {"merchant": merchant.name})
    with pytest.raises(NotRotatable, match="rotate it"):
        webhook_secrets.issue(merchant, now=now)


@pytest.mark.parametrize("name", [name for name in rotation.GRACES if name != "0"])
def test_both_sign_until_the_overlap_ends(name: str, merchant: Merchant, now: datetime) -> None:
    overlap = rotation.GRACES[name]
    old = webhook_secrets.issue(merchant, now=now)
    new = webhook_secrets.rotate(merchant, overlap=overlap, now=now)
    both = (webhooks.key_of(new.secret), webhooks.key_of(old.secret))
    assert signers(merchant, now) == both
    assert signers(merchant, now + overlap - SECOND) == both
    assert signers(merchant, now + overlap) == both[:1]


def test_without_an_overlap_the_old_one_is_dead_at_once(merchant: Merchant, now: datetime) -> None:
    webhook_secrets.issue(merchant, now=now)
    new = webhook_secrets.rotate(merchant, overlap=timedelta(0), now=now)
    assert signers(merchant, now) == (webhooks.key_of(new.secret),)
    again = webhook_secrets.rotate(merchant, overlap=HOUR, now=now)
    assert len(signers(merchant, now)) == 2
    assert signers(merchant, now)[0] == webhooks.key_of(again.secret)


def test_a_second_rotation_waits_for_the_end_of_the_overlap(merchant: Merchant, now: datetime) -> None:
    webhook_secrets.issue(merchant, now=now)
    webhook_secrets.rotate(merchant, overlap=HOUR, now=now)
    for at in (now, now + HOUR - SECOND):
        with pytest.raises(NotRotatable, match="overlap"):
            webhook_secrets.rotate(merchant, overlap=timedelta(0), now=at)
        with pytest.raises(NotRotatable):
            webhook_secrets.issue(merchant, now=at)
    assert WebhookSecret.objects.count() == 2
    webhook_secrets.rotate(merchant, overlap=HOUR, now=now + HOUR)
    assert WebhookSecret.objects.alive(now + HOUR).count() == 2


def test_a_leak_ends_the_overlap_early(merchant: Merchant, admin_user: User, now: datetime) -> None:
    old = webhook_secrets.issue(merchant, now=now).row
    new = webhook_secrets.rotate(merchant, overlap=HOUR, now=now)
    assert webhook_secrets.revoke(old, now=now, user=admin_user) is True
    assert webhook_secrets.revoke(old, now=now, user=admin_user) is False
    assert signers(merchant, now) == (webhooks.key_of(new.secret),)
    assert AuditEntry.objects.filter(act="webhook_secret.revoke", user=admin_user).count() == 1
    webhook_secrets.rotate(merchant, overlap=HOUR, now=now)


def test_never_more_than_two_live(merchant: Merchant, now: datetime) -> None:
    """The newest is revoked inside an overlap: one may be issued in its place, no third."""
    webhook_secrets.issue(merchant, now=now)
    new = webhook_secrets.rotate(merchant, overlap=HOUR, now=now)
    webhook_secrets.revoke(new.row, now=now)
    webhook_secrets.issue(merchant, now=now)
    assert WebhookSecret.objects.alive(now).count() == 2
    with pytest.raises(NotRotatable):
        webhook_secrets.issue(merchant, now=now)


def test_there_must_be_one_to_rotate(merchant: Merchant, now: datetime) -> None:
    with pytest.raises(NotRotatable, match="issue one"):
        webhook_secrets.rotate(merchant, overlap=HOUR, now=now)
    webhook_secrets.revoke(webhook_secrets.issue(merchant, now=now).row, now=now)
    with pytest.raises(NotRotatable, match="issue one"):
        webhook_secrets.rotate(merchant, overlap=HOUR, now=now)
    webhook_secrets.issue(merchant, now=now)


def test_another_merchants_secret_is_in_nobodys_way(merchant: Merchant, now: datetime) -> None:
    other = Merchant.objects.create(name="Another")
    webhook_secrets.issue(other, now=now)
    webhook_secrets.issue(merchant, now=now)
    assert len(signers(merchant, now)) == len(signers(other, now)) == 1


def test_reencrypting_changes_the_seal_and_not_the_secret(merchant: Merchant, now: datetime) -> None:
    issued = webhook_secrets.issue(merchant, now=now)
    assert webhook_secrets.reencrypt() == 1
    row = WebhookSecret.objects.get()
    assert row.sealed_secret != issued.row.sealed_secret
    assert keyring.unseal(row.sealed_secret) == issued.secret
