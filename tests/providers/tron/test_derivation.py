import pytest

from providers.tron import addresses, derivation, keys
from providers.tron.derivation import HARDENED, PrivateNode, PublicNode

PHRASE = "abandon " * 11 + "about"
# specs/tron.md section 11: four libraries agree.
ADDRESSES = [
    "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
    "TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK",
    "TYJPRrdB5APNeRs4R7fYZSwW3TcrTKw2gx",
]
# BIP-32, test vector 1.
SEED = bytes(range(16))
XPUBS = [
    (
        (),
        "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
    ),
    (
        (0 | HARDENED,),
        "xpub68Gmy5EdvgibQVfPdqkBBCHxA5htiqg55crXYuXoQRKfDBFA1WEjWgP6LHhwBZeNK1VTsfTFUHCdrfp1bgwQ9xv5ski8PX9rL2dZXvgGDnw",
    ),
    (
        (0 | HARDENED, 1),
        "xpub6ASuArnXKPbfEwhqN6e3mwBcDTgzisQN1wXN9BJcM47sSikHjJf3UFHKkNAWbWMiGj7Wf5uMash7SyYq527Hqck2AxYysAA7xmALppuCkwQ",
    ),
]


@pytest.mark.parametrize(("path", "xpub"), XPUBS)
def test_published_vectors(path: tuple[int, ...], xpub: str) -> None:
    node = PrivateNode.root(SEED)
    for number in path:
        node = node.child(number)
    assert node.public.xpub() == xpub
    assert PublicNode.read(xpub) == node.public


def test_the_public_half_derives_as_the_private_one() -> None:
    node = PrivateNode.root(SEED)
    assert node.child(7).public == node.public.child(7)


@pytest.mark.parametrize("index", range(3))
def test_the_wallets_that_other_software_derives(index: int) -> None:
    seed = derivation.seed_of_phrase(PHRASE)
    xpub = derivation.account(seed).public.xpub()
    assert derivation.address(xpub, index) == ADDRESSES[index]
    private_key = derivation.private_key(seed, index)
    assert addresses.from_bytes(keys.address_of(private_key)) == ADDRESSES[index]


def test_a_passphrase_makes_another_tree() -> None:
    assert derivation.seed_of_phrase(PHRASE, "other") != derivation.seed_of_phrase(PHRASE)
    assert derivation.seed_of_phrase(f"  {PHRASE}\n") == derivation.seed_of_phrase(PHRASE)


@pytest.mark.parametrize(
    "xpub", ["", "xpub", ADDRESSES[0], XPUBS[0][1][:-1] + "9", XPUBS[0][1] + "1", "0" * 111, "é" * 111]
)
def test_what_is_no_xpub(xpub: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do
        PublicNode.read(xpub)


@pytest.mark.parametrize("index", [-1, HARDENED])
def test_an_index_has_bounds(index: int) -> None:
    with pytest.raises(ValueError, match="2\\^31"):
        derivation.address(XPUBS[0][1], index)
    with pytest.raises(ValueError, match="2\\^31"):
        derivation.private_key(SEED, index)
