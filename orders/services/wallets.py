"""Registering the addresses on which merchants take deposits. Their keys are sealed here and opened by the signer."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Custody, KeyTree, Merchant, Wallet
from orders.services import audit, watchers
from providers.tron import addresses, derivation, keys, wallet_keys
from providers.tron.addresses import check_wallet


class NoSealingKey(ValueError):
    """No wallet key can be taken: the signer's public key is not set."""


def add_wallet(
    merchant: Merchant,
    *,
    address: str,
    label: str,
    now: datetime,
    custody: Custody = Custody.UPSTREAM,
    user: User | None = None,
) -> Wallet:
    """Raises ValueError for an address that is none, ValidationError for one that is registered already."""
    wallet = Wallet(merchant=merchant, address=check_wallet(address), label=label, custody=custody)
    return _register(wallet, user=user, now=now)


def import_wallet(
    merchant: Merchant,
    *,
    private_key: bytes,
    label: str,
    now: datetime,
    address: str = "",
    user: User | None = None,
) -> Wallet:
    """The key is sealed before anything is stored. Raises ValueError for what is no key, or that of another address
    than `address`; ValidationError as add_wallet."""
    found = addresses.from_bytes(keys.address_of(private_key))
    if address and found != address:
        raise ValueError(_("this is the key of another address"))
    sealed = wallet_keys.seal(private_key, sealing_key(), owner=found)
    wallet = Wallet(merchant=merchant, address=found, label=label, custody=Custody.OURS, sealed_key=sealed)
    return _register(wallet, user=user, now=now)


def read_key(text: str) -> bytes:
    """64 hex digits, with or without 0x. Raises ValueError, which never repeats the key."""
    digits = text.strip().removeprefix("0x")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise ValueError(_("a private key is 64 hex digits")) from None


def address_of_key(text: str) -> str:
    """Raises ValueError."""
    return addresses.from_bytes(keys.address_of(read_key(text)))


def derive_wallet(
    merchant: Merchant, tree: KeyTree, *, label: str, now: datetime, user: User | None = None
) -> Wallet:
    """The next one of the tree, from its public half."""
    with transaction.atomic():
        tree = KeyTree.objects.select_for_update().get(pk=tree.pk)
        index = tree.next_index
        wallet = Wallet(
            merchant=merchant,
            address=derivation.address(tree.xpub, index),
            label=label,
            custody=Custody.OURS,
            tree=tree,
            tree_index=index,
        )
        KeyTree.objects.filter(pk=tree.pk).update(next_index=index + 1)
        return _register(wallet, user=user, now=now)


def add_tree(*, label: str, seed: bytes, now: datetime, user: User | None = None) -> KeyTree:
    """Raises ValueError for a seed of a wrong length, ValidationError for a known tree."""
    xpub = derivation.account(seed).public.xpub()
    sealed = wallet_keys.seal(seed, sealing_key(), owner=xpub)
    tree = KeyTree(label=label, xpub=xpub, sealed_seed=sealed, created_at=now)
    tree.full_clean()
    with transaction.atomic():
        tree.save()
        audit.record("key_tree.add", user=user, now=now, target=tree, after={"xpub": xpub})
    return tree


def reseal(ring: Sequence[str], public_key: str) -> int:
    """Move every wallet key and seed to the newest key. For the signer's process. Raises Unopenable."""
    moved = 0
    with transaction.atomic():
        for wallet in Wallet.objects.select_for_update().exclude(sealed_key=""):
            key = wallet_keys.open_sealed(wallet.sealed_key, ring, owner=wallet.address)
            wallet.sealed_key = wallet_keys.seal(key, public_key, owner=wallet.address)
            wallet.save(update_fields=["sealed_key"])
            moved += 1
        for tree in KeyTree.objects.select_for_update():
            seed = wallet_keys.open_sealed(tree.sealed_seed, ring, owner=tree.xpub)
            tree.sealed_seed = wallet_keys.seal(seed, public_key, owner=tree.xpub)
            tree.save(update_fields=["sealed_seed"])
            moved += 1
    return moved


def sealing_key() -> str:
    """The signer's public key. Raises NoSealingKey."""
    kept: Path = settings.WALLET_PUBLIC_KEY_FILE
    key = settings.WALLET_PUBLIC_KEY or (kept.read_text().strip() if kept.is_file() else "")
    if not key:
        raise NoSealingKey(_("the signer's public key is not set (WALLET_PUBLIC_KEY)"))
    return str(key)


def _register(wallet: Wallet, *, user: User | None, now: datetime) -> Wallet:
    wallet.full_clean()
    with transaction.atomic():
        wallet.save()
        if wallet.custody != Custody.UPSTREAM:
            watchers.watch(wallet.address, is_ours=wallet.custody == Custody.OURS)
        after = {"merchant": wallet.merchant.name, "custody": str(wallet.custody)}
        if wallet.tree_id:
            after["derived"] = f"{wallet.tree} {wallet.tree_index}"
        audit.record("wallet.add", user=user, now=now, target=wallet, after=after)
    return wallet
