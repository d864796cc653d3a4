import pytest

from providers.tron import wallet_keys
from providers.tron.wallet_keys import Unopenable

OWNER, SECRET = "an address", bytes(range(32))


def test_what_is_sealed_opens_for_the_ring_that_has_the_key() -> None:
    old, new = wallet_keys.generate(), wallet_keys.generate()
    sealed = wallet_keys.seal(SECRET, wallet_keys.public_of(old), owner=OWNER)
    assert wallet_keys.open_sealed(sealed, [new, old], owner=OWNER) == SECRET
    assert SECRET.hex() not in sealed


def test_the_same_secret_is_never_sealed_alike() -> None:
    public = wallet_keys.public_of(wallet_keys.generate())
    assert wallet_keys.seal(SECRET, public, owner=OWNER) != wallet_keys.seal(SECRET, public, owner=OWNER)


def test_another_ring_or_another_owner_opens_nothing() -> None:
    key = wallet_keys.generate()
    sealed = wallet_keys.seal(SECRET, wallet_keys.public_of(key), owner=OWNER)
    with pytest.raises(Unopenable):
        wallet_keys.open_sealed(sealed, [wallet_keys.generate()], owner=OWNER)
    with pytest.raises(Unopenable):
        wallet_keys.open_sealed(sealed, [key], owner="another address")


@pytest.mark.parametrize("sealed", ["", "hpke1:", "hpke1:AAAA", "not base64!", "hpke1:" + "A" * 200])
def test_what_was_not_sealed_here(sealed: str) -> None:
    with pytest.raises(Unopenable):
        wallet_keys.open_sealed(sealed, [wallet_keys.generate()], owner=OWNER)


@pytest.mark.parametrize("key", ["", "secret", "A" * 43, "é" * 44])
def test_a_key_that_is_none_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ValueError, match="32 bytes in base64"):
        wallet_keys.check_ring([key])
    with pytest.raises(ValueError, match="32 bytes in base64"):
        wallet_keys.seal(SECRET, key, owner=OWNER)
