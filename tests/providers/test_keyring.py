import base64
import traceback

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from providers import keyring

texts = st.text().filter(lambda text: not any("\ud800" <= character <= "\udfff" for character in text))


def key() -> str:
    return Fernet.generate_key().decode()


@given(texts)
@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_sealed_opens_again(text: str) -> None:
    sealed = keyring.seal(text)
    assert keyring.unseal(sealed) == text
    if len(text) > 4:
        assert text not in sealed
        assert text.encode() not in base64.urlsafe_b64decode(sealed)


def test_equal_texts_are_sealed_differently() -> None:
    assert keyring.seal("secret") != keyring.seal("secret")


def test_the_newest_key_seals_and_older_ones_still_open(settings: Settings) -> None:
    old, new = key(), key()
    settings.ENCRYPTION_KEYS = [old]
    sealed = keyring.seal("secret")
    settings.ENCRYPTION_KEYS = [new, old]
    assert keyring.unseal(sealed) == "secret"
    again = keyring.reseal(sealed)
    settings.ENCRYPTION_KEYS = [new]
    assert keyring.unseal(again) == "secret"
    with pytest.raises(keyring.SecretUnreadable):
        keyring.unseal(sealed)
    with pytest.raises(keyring.SecretUnreadable):
        keyring.reseal(sealed)


@pytest.mark.parametrize("token", ["", "x", "gAAAAA", "é" * 100, "not base64 at all", "A" * 10_000])
def test_what_nobody_sealed_is_unreadable(token: str) -> None:
    with pytest.raises(keyring.SecretUnreadable):
        keyring.unseal(token)
    with pytest.raises(keyring.SecretUnreadable):
        keyring.reseal(token)


def test_a_changed_token_is_unreadable() -> None:
    sealed = keyring.seal("secret")
    changed = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    with pytest.raises(keyring.SecretUnreadable):
        keyring.unseal(changed)


def test_the_failure_tells_no_key(settings: Settings) -> None:
    lost, present = key(), key()
    settings.ENCRYPTION_KEYS = [lost]
    sealed = keyring.seal("secret")
    settings.ENCRYPTION_KEYS = [present]
    with pytest.raises(keyring.SecretUnreadable) as raised:
        keyring.unseal(sealed)
    told = "".join(traceback.format_exception(raised.value))
    assert present not in told
    assert sealed not in told


def test_keys_are_found_by_every_digest_key(settings: Settings) -> None:
    settings.DIGEST_KEYS = ["older"]
    stored = keyring.digest("api-key")
    settings.DIGEST_KEYS = ["newer", "older"]
    assert keyring.digests("api-key") == [keyring.digest("api-key"), stored]
    assert keyring.digest("api-key") != stored
    assert keyring.digest("api-kez") not in keyring.digests("api-key")


def test_a_digest_is_hmac_sha256_and_ignores_space_around_its_key(settings: Settings) -> None:
    settings.DIGEST_KEYS = [" key\n"]
    # RFC-style vector known to every implementation: HMAC-SHA256("key", "The quick brown fox …").
    assert keyring.digest("The quick brown fox jumps over the lazy dog") == (
        "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    )


def test_the_digest_does_not_depend_on_the_ring(settings: Settings) -> None:
    before = keyring.digest("api-key")
    settings.ENCRYPTION_KEYS = [key()]
    assert keyring.digest("api-key") == before
