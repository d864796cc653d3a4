"""Where wallet keys are, and where they are not."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from orders.models import AuditEntry, Custody, KeyTree, Wallet, WatchedAddress
from orders.services import wallets
from orders.services.signer import NoKey, Signer
from orders.services.wallets import NoSealingKey
from orders.sweeps import SweepStatus
from providers.tron import addresses, derivation, encoding, keys, wallet_keys
from tests.orders.services.sweeps.conftest import KEY
from tests.orders.services.sweeps.world import DEPOSIT, World, the_sweep

PHRASE = "abandon " * 11 + "about"
FIRST = "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH"
SECOND = "TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK"
RAW = b"raw data of a transaction"


@pytest.fixture
def tree(world: World) -> KeyTree:
    seed = derivation.seed_of_phrase(PHRASE)
    return wallets.add_tree(label="sample tree", seed=seed, now=world.clock())


def test_an_imported_key_is_nowhere_in_clear(world: World) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        wallet = world.wallet()
    said = str([query["sql"] for query in queries.captured_queries])
    said += str(list(AuditEntry.objects.values())) + str(list(Wallet.objects.values()))
    assert DEPOSIT.key.hex() not in said
    assert str(DEPOSIT.key) not in said
    assert wallet.address == DEPOSIT.address
    assert WatchedAddress.objects.get(address=wallet.address).is_ours


def test_the_signer_signs_for_what_was_imported(world: World) -> None:
    signature = world.signer.sign(world.wallet(), RAW)
    assert keys.recover(encoding.txid(RAW), signature) == DEPOSIT.raw


def test_a_ring_may_be_renewed(world: World) -> None:
    wallet, new = world.wallet(), wallet_keys.generate()
    assert wallets.reseal([new, KEY], wallet_keys.public_of(new)) == 1
    wallet.refresh_from_db()
    Signer([new]).sign(wallet, RAW)
    with pytest.raises(NoKey):
        Signer([KEY]).sign(wallet, RAW)


def test_without_the_signers_public_key_no_key_is_taken(world: World, settings: Settings) -> None:
    settings.WALLET_PUBLIC_KEY = ""
    with pytest.raises(NoSealingKey):
        world.wallet()
    assert not Wallet.objects.exists()


def test_a_key_for_another_address_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="another address"):
        wallets.import_wallet(
            world.merchant, private_key=DEPOSIT.key, address=FIRST, label="", now=world.clock()
        )
    with pytest.raises(ValueError, match="32 bytes"):
        wallets.import_wallet(world.merchant, private_key=b"short", label="", now=world.clock())


def test_a_wallet_is_registered_once(world: World) -> None:
    world.wallet()
    with pytest.raises(ValidationError):
        world.wallet()


def test_wallets_are_derived_one_after_the_other_from_the_public_half(world: World, tree: KeyTree) -> None:
    made = [wallets.derive_wallet(world.merchant, tree, label="", now=world.clock()) for _ in range(2)]
    assert [wallet.address for wallet in made] == [FIRST, SECOND]
    for wallet in made:
        signature = world.signer.sign(wallet, RAW)
        assert addresses.from_bytes(keys.recover(encoding.txid(RAW), signature)) == wallet.address


def test_a_derived_wallet_is_swept(world: World, tree: KeyTree) -> None:
    wallet = wallets.derive_wallet(world.merchant, tree, label="", now=world.clock())
    world.deposit(wallet)
    world.run(the_sweep(wallet), SweepStatus.DONE)


def test_one_wallet_has_one_key(world: World, tree: KeyTree) -> None:
    wallet = world.wallet()
    for fields in ({"tree": tree, "tree_index": 0}, {"custody": Custody.WATCH_ONLY}, {"tree_index": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Wallet.objects.filter(pk=wallet.pk).update(**fields)


def test_the_tree_has_no_seed_in_clear(tree: KeyTree) -> None:
    seed = derivation.seed_of_phrase(PHRASE)
    assert seed.hex() not in str(KeyTree.objects.values())
    assert wallet_keys.open_sealed(tree.sealed_seed, [KEY], owner=tree.xpub) == seed


def test_a_made_pair_fits(settings: Settings) -> None:
    told = io.StringIO()
    call_command("make_wallet_key", stdout=told)
    values = dict(line.split("=", 1) for line in told.getvalue().split() if "=" in line)
    assert wallet_keys.public_of(values["WALLET_KEYS"]) == values["WALLET_PUBLIC_KEY"]
