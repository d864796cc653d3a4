"""Which key signs a try, and rows that none can sign."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from pytest_django.fixtures import Settings

from orders.models import ApiCredential, Callback, CallbackLog
from orders.services import rotation, waiting
from orders.services.dispatching.sending import deliver_due
from tests.orders.conftest import NOW, credential_of
from tests.orders.services.conftest import MakeCallback
from tests.upstream import Upstream

HOUR = timedelta(hours=1)


def tried(callback: Callback, receiver: Upstream) -> ApiCredential | None:
    """Who signed one more try."""
    Callback.objects.filter(pk=callback.pk).update(next_attempt_at=NOW, claimable_at=NOW)
    receiver.answer(b"", 500)
    assert len(deliver_due(clock=lambda: NOW)) == 1
    return CallbackLog.objects.latest("pk").credential


def test_the_signer_stays_the_same_while_it_lives(v2a_callback: MakeCallback, receiver: Upstream) -> None:
    callback = v2a_callback(receiver.url)
    own = credential_of(callback)
    assert tried(callback, receiver) == own
    second = rotation.issue(own.merchant, "crossingpay", now=NOW).credential
    assert tried(callback, receiver) == own, "it lives"
    rotation.revoke(own, now=NOW)
    assert tried(callback, receiver) == second
    third = rotation.issue(own.merchant, "crossingpay", now=NOW).credential
    assert tried(callback, receiver) == second, "a newer one is no reason to change the signature"
    rotation.revoke(second, now=NOW)
    assert tried(callback, receiver) == third
    assert len({received.body for received in receiver.received}) == 3


def test_keys_that_cannot_be_opened_use_up_no_tries(
    itrx_callback: MakeCallback, receiver: Upstream, settings: Settings
) -> None:
    callback = itrx_callback(receiver.url)
    ring = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert deliver_due(clock=lambda: NOW) == []
    callback.refresh_from_db()
    assert (callback.status, callback.attempts, callback.leased_until) == ("no_credential", 0, None)
    assert waiting.is_unreadable(callback, now=NOW)
    assert waiting.wake_waiting(now=NOW) == 0, "nothing has changed"
    settings.ENCRYPTION_KEYS = ring
    assert not waiting.is_unreadable(callback, now=NOW)
    assert waiting.wake_waiting(now=NOW) == 1
    receiver.answer(b"ok")
    assert [each.is_delivered for each in deliver_due(clock=lambda: NOW)] == [True]
    assert not CallbackLog.objects.exclude(verdict="delivered").exists()


def test_a_batch_without_keys_holds_up_nobody(
    itrx_callback: MakeCallback, v2a_callback: MakeCallback, receiver: Upstream
) -> None:
    """A run that delivers what is due goes on behind it."""
    for _ in range(3):
        dead = itrx_callback(receiver.url)
    rotation.revoke(credential_of(dead), now=NOW)
    alive = v2a_callback(receiver.url)
    receiver.answer(b"ok")
    [outcome] = deliver_due(clock=lambda: NOW, size=1)
    assert outcome.job.callback.id == alive.pk
    assert Callback.objects.filter(status="no_credential").count() == 3


@pytest.mark.parametrize("unreadable", [False, True])
def test_staff_read_which_key_it_lacks(
    unreadable: bool,
    itrx_callback: MakeCallback,
    receiver: Upstream,
    settings: Settings,
    admin_client: object,
) -> None:
    callback = itrx_callback(receiver.url)
    if unreadable:
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    else:
        rotation.revoke(credential_of(callback), now=NOW)
    deliver_due(clock=lambda: NOW)
    page = admin_client.get(f"/admin/orders/callback/{callback.pk}/change/").content.decode()  # type: ignore[attr-defined]
    assert ("a key that can be opened" in page) is unreadable
    assert ("the merchant has none alive" in page) is not unreadable
