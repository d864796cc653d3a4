import re
from datetime import datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings

from orders.models import ApiCredential, AuditEntry, Merchant
from orders.services import authentication, merchants, rotation
from orders.services.rotation import GRACES, NotRotatable
from providers import keyring
from providers.base import KeyPair
from providers.keyring import SecretUnreadable

SECOND = timedelta(seconds=1)


def fresh(credential: ApiCredential) -> ApiCredential:
    return ApiCredential.objects.get(pk=credential.pk)


@pytest.mark.parametrize("dialect", ["itrx", "tronzap", "crossingpay"])
def test_a_pair_is_stored_sealed_and_found_by_its_digest(
    dialect: str, merchant: Merchant, now: datetime
) -> None:
    issued = rotation.issue(merchant, dialect, now=now)
    credential = ApiCredential.objects.get(key_digest=keyring.digest(issued.key))
    assert credential == issued.credential
    assert rotation.open_pair(credential) == KeyPair(issued.key, issued.secret)
    assert credential.key_hint == issued.key[-4:]
    row = str(ApiCredential.objects.values().get())
    assert issued.key not in row
    assert issued.secret not in row
    assert issued.secret not in repr(issued)


def test_an_itrx_pair_has_the_documented_shape(merchant: Merchant, now: datetime) -> None:
    issued = rotation.issue(merchant, "itrx", now=now)
    assert (len(issued.key), len(issued.secret)) == (32, 64)
    assert f"{issued.key}{issued.secret}".upper() == f"{issued.key}{issued.secret}"
    int(issued.key, 16)


def test_no_two_pairs_are_alike(merchant: Merchant, now: datetime) -> None:
    pairs = [rotation.issue(merchant, "tronzap", now=now) for _ in range(20)]
    assert len({pair.key for pair in pairs} | {pair.secret for pair in pairs}) == 40


def test_graces_are_those_on_offer() -> None:
    hours = {name: grace.total_seconds() / 3600 for name, grace in GRACES.items()}
    assert hours == {"0": 0, "1h": 1, "24h": 24, "7d": 168}


@pytest.mark.parametrize("grace", GRACES.values(), ids=GRACES)
def test_the_old_pair_lives_until_its_grace_ends(
    grace: timedelta, credential: ApiCredential, now: datetime
) -> None:
    issued = rotation.rotate(credential, grace=grace, now=now)
    old, end = fresh(credential), now + grace
    assert old.retires_at == end
    assert old.is_alive(end - SECOND) is True
    assert old.is_alive(end) is False
    alive_before = set(ApiCredential.objects.alive(end - SECOND))
    assert alive_before == {old, issued.credential}
    assert set(ApiCredential.objects.alive(end)) == {issued.credential}
    assert (issued.credential.replaces, issued.credential.dialect) == (old, old.dialect)
    assert rotation.open_pair(issued.credential) != rotation.open_pair(old)


@pytest.mark.parametrize("grace", GRACES.values(), ids=GRACES)
def test_one_successor_is_enough(grace: timedelta, credential: ApiCredential, now: datetime) -> None:
    rotation.rotate(credential, grace=grace, now=now)
    for at in (now, now + grace, now + timedelta(days=30)):
        with pytest.raises(NotRotatable):
            rotation.rotate(credential, grace=grace, now=at)
    assert ApiCredential.objects.count() == 2
    assert AuditEntry.objects.filter(act="credential.rotate").count() == 1


def test_the_database_allows_one_successor_too(
    credential: ApiCredential, merchant: Merchant, now: datetime
) -> None:
    rotation.issue(merchant, "itrx", now=now, replaces=credential)
    with pytest.raises(IntegrityError), transaction.atomic():
        rotation.issue(merchant, "itrx", now=now, replaces=credential)


def test_a_successor_can_be_rotated_in_turn(credential: ApiCredential, now: datetime) -> None:
    second = rotation.rotate(credential, grace=GRACES["7d"], now=now).credential
    third = rotation.rotate(second, grace=GRACES["1h"], now=now).credential
    assert set(ApiCredential.objects.alive(now)) == {credential, second, third}
    assert set(ApiCredential.objects.alive(now + GRACES["1h"])) == {credential, third}


def test_revoking_kills_at_once_and_once(credential: ApiCredential, now: datetime) -> None:
    assert rotation.revoke(credential, now=now) is True
    assert rotation.revoke(credential, now=now + SECOND) is False
    assert fresh(credential).revoked_at == now
    assert not fresh(credential).is_alive(now)
    assert not ApiCredential.objects.alive(now).exists()
    with pytest.raises(NotRotatable):
        rotation.rotate(credential, grace=GRACES["24h"], now=now)
    assert ApiCredential.objects.count() == 1
    assert AuditEntry.objects.filter(act="credential.revoke").count() == 1


def test_a_pair_in_its_grace_can_be_revoked(credential: ApiCredential, now: datetime) -> None:
    rotation.rotate(credential, grace=GRACES["7d"], now=now)
    assert rotation.revoke(credential, now=now + SECOND)
    assert not fresh(credential).is_alive(now + SECOND)


def test_the_orders_own_credential_signs_while_it_lives(credential: ApiCredential, now: datetime) -> None:
    successor = rotation.rotate(credential, grace=GRACES["1h"], now=now).credential
    old, end = fresh(credential), now + GRACES["1h"]
    assert rotation.signing_credential(old, now=end - SECOND) == old
    assert rotation.signing_credential(old, now=end) == successor


def test_else_the_newest_living_one_of_its_merchant_and_dialect_signs(
    credential: ApiCredential, merchant: Merchant, now: datetime
) -> None:
    other = merchants.create_merchant(name="Another sample", time_zone="UTC", now=now)
    rotation.issue(merchant, "itrx", now=now)
    newest = rotation.issue(merchant, "itrx", now=now).credential
    dead = rotation.issue(merchant, "itrx", now=now).credential
    rotation.revoke(dead, now=now)
    rotation.issue(merchant, "crossingpay", now=now)
    rotation.issue(other, "itrx", now=now)
    rotation.revoke(credential, now=now)
    assert rotation.signing_credential(fresh(credential), now=now) == newest


def test_with_none_left_nobody_signs(credential: ApiCredential, merchant: Merchant, now: datetime) -> None:
    rotation.issue(merchant, "tronzap", now=now)
    rotation.revoke(credential, now=now)
    assert rotation.signing_credential(fresh(credential), now=now) is None


def test_a_key_is_found_under_each_digest_key(merchant: Merchant, now: datetime, settings: Settings) -> None:
    old = rotation.issue(merchant, "itrx", now=now)
    settings.DIGEST_KEYS = ["a new digest key", *settings.DIGEST_KEYS]
    new = rotation.issue(merchant, "itrx", now=now)
    for issued in (old, new):
        found = ApiCredential.objects.get(key_digest__in=keyring.digests(issued.key))
        assert found == issued.credential
    assert fresh(old.credential).key_digest == keyring.digests(old.key)[1]
    assert fresh(new.credential).key_digest == keyring.digests(new.key)[0]
    assert rotation.reencrypt(now=now) == 2
    settings.DIGEST_KEYS = ["a new digest key"]
    for issued in (old, new):
        assert ApiCredential.objects.get(key_digest=keyring.digest(issued.key)) == issued.credential


def test_reencrypt_moves_rows_to_the_newest_key_of_the_ring(
    merchant: Merchant, now: datetime, settings: Settings
) -> None:
    issued = rotation.issue(merchant, "itrx", now=now)
    before = fresh(issued.credential)
    old_ring, new_key = list(settings.ENCRYPTION_KEYS), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new_key, *old_ring]
    assert rotation.open_pair(before) == KeyPair(issued.key, issued.secret)
    assert rotation.reencrypt(now=now) == 1
    after = fresh(issued.credential)
    assert after.key_digest == before.key_digest
    settings.ENCRYPTION_KEYS = [new_key]
    assert rotation.open_pair(after) == KeyPair(issued.key, issued.secret)
    with pytest.raises(SecretUnreadable) as caught:
        rotation.open_pair(before)
    assert before.sealed_secret not in str(caught.value)


def test_every_act_on_a_credential_is_on_the_trail(
    credential: ApiCredential, now: datetime, admin_user: object
) -> None:
    rotation.rotate(credential, grace=GRACES["1h"], now=now, user=admin_user)  # type: ignore[arg-type]
    acts = list(AuditEntry.objects.filter(act__startswith="credential").values_list("act", "user__username"))
    assert acts == [("credential.rotate", "admin"), ("credential.issue", "admin"), ("credential.issue", None)]


# --- access ----------------------------------------------------------------------------------------------------


def restrict(credential: ApiCredential, now: datetime, *networks: str, requests_per_minute: int = 0) -> bool:
    return rotation.restrict(credential, networks=networks, requests_per_minute=requests_per_minute, now=now)


def test_access_is_limited_and_freed(credential: ApiCredential, now: datetime) -> None:
    assert restrict(credential, now, "192.0.2.7", "198.51.100.0/24", "192.0.2.7", requests_per_minute=5)
    limited = fresh(credential)
    assert limited.allowed_networks == ["192.0.2.7", "198.51.100.0/24"]
    assert limited.requests_per_minute == 5
    assert not restrict(credential, now, "192.0.2.7", "198.51.100.0/24", requests_per_minute=5)
    assert AuditEntry.objects.filter(act="credential.restrict").count() == 1
    assert restrict(credential, now)
    assert (fresh(credential).allowed_networks, fresh(credential).requests_per_minute) == ([], 0)


def test_what_is_stored_is_what_callers_are_held_to(
    credential: ApiCredential, merchant: Merchant, now: datetime
) -> None:
    issued = rotation.issue(merchant, "tronzap", now=now)
    restrict(issued.credential, now, "192.0.2.7", "2001:DB8::/32")
    allowed = {"192.0.2.7": True, "192.0.2.8": False, "2001:db8::1": True, "2001:db9::1": False, "": False}
    found = {ip: authentication.find("tronzap", issued.key, ip=ip, now=now) is not None for ip in allowed}
    assert found == allowed


def test_a_successor_is_limited_as_its_predecessor(credential: ApiCredential, now: datetime) -> None:
    restrict(credential, now, "192.0.2.7", requests_per_minute=5)
    successor = fresh(rotation.rotate(credential, grace=GRACES["1h"], now=now).credential)
    assert (successor.allowed_networks, successor.requests_per_minute) == (["192.0.2.7"], 5)


@pytest.mark.parametrize(
    ("networks", "told"),
    [
        (["192.0.2.7", "192.0.2.256"], "192.0.2.256"),
        (["192.0.2.7/24"], "192.0.2.7/24"),
        (["192.0.2.0/33"], "192.0.2.0/33"),
        (["192.0.2.0/"], "192.0.2.0/"),
        (["fe80::1%eth0"], "fe80::1%eth0"),
        (["3221225991"], "3221225991"),
        (["sample.example"], "sample.example"),
        ([f"10.0.0.{number}" for number in range(101)], "At most 100"),
    ],
)
def test_networks_that_are_none_are_named(
    networks: list[str], told: str, credential: ApiCredential, now: datetime
) -> None:
    with pytest.raises(ValidationError, match=re.escape(told)):
        restrict(credential, now, *networks)
    assert fresh(credential).allowed_networks == []
    assert not AuditEntry.objects.filter(act="credential.restrict").exists()


@pytest.mark.parametrize("limit", [-1, 1_000_001, 10**30])
def test_limits_that_are_none_are_refused(limit: int, credential: ApiCredential, now: datetime) -> None:
    with pytest.raises(ValidationError, match="Requests a minute"):
        restrict(credential, now, requests_per_minute=limit)


def test_a_dead_pair_is_limited_no_more(credential: ApiCredential, now: datetime) -> None:
    rotation.revoke(credential, now=now)
    with pytest.raises(NotRotatable):
        restrict(credential, now, "192.0.2.7")
