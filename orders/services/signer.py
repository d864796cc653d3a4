"""Opens a wallet's key and signs with it. Only the signer process has the ring; nothing here writes or logs a key.

What is signed is a hash computed here of bytes built here. The answer of a node is no part of it, but for the
reference block, which only says on which chain and until when the bytes count.
"""

from collections.abc import Sequence

from orders.models import Wallet
from providers.tron import addresses, derivation, encoding, keys, wallet_keys
from providers.tron.wallet_keys import Unopenable


class NoKey(Exception):
    """We can't sign for this wallet; the message is for staff."""


class Signer:
    def __init__(self, ring: Sequence[str]) -> None:
        """Raises ValueError for a ring with a key that is none."""
        wallet_keys.check_ring(ring)
        self._ring = tuple(ring)

    def sign(self, wallet: Wallet, raw: bytes) -> bytes:
        """65 bytes over the locally computed id of `raw`. Raises NoKey."""
        key = self._key(wallet)
        owner = addresses.to_bytes(wallet.address)
        if keys.address_of(key) != owner:
            raise NoKey("the key that was stored belongs to another address")
        txid = encoding.txid(raw)
        signature = keys.sign(txid, key)
        if keys.recover(txid, signature) != owner:
            raise NoKey("the signature does not prove the wallet's address")
        return signature

    def _key(self, wallet: Wallet) -> bytes:
        try:
            if wallet.sealed_key:
                return wallet_keys.open_sealed(wallet.sealed_key, self._ring, owner=wallet.address)
            if wallet.tree is not None and wallet.tree_index is not None:
                tree = wallet.tree
                seed = wallet_keys.open_sealed(tree.sealed_seed, self._ring, owner=tree.xpub)
                return derivation.private_key(seed, wallet.tree_index)
        except (Unopenable, ValueError) as error:
            raise NoKey(f"its key cannot be opened: {error}") from error
        raise NoKey("no key of this wallet is stored")
