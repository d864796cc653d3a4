"""Well-known keys and contracts of the sandbox's chain. Anyone can know the keys: they hold nothing real."""

import hashlib
from dataclasses import dataclass, field

from providers.sandbox.outcomes import published
from providers.tron import addresses, keys


@dataclass(frozen=True, slots=True)
class Wallet:
    name: str
    key: bytes = field(repr=False)

    @property
    def raw(self) -> bytes:
        return keys.address_of(self.key)

    @property
    def hex(self) -> str:
        return self.raw.hex()

    @property
    def address(self) -> str:
        return addresses.from_bytes(self.raw)


def well_known(name: str) -> Wallet:
    return Wallet(name, hashlib.sha256(f"sandbox key:{name}".encode()).digest())


PAYER = well_known("payer")  # has more TRX and tokens than anyone spends
PENNILESS = well_known("penniless payer")  # has TRX, no tokens
BLACKLISTED = well_known("blacklisted payer")  # has both, and its tokens are frozen
DESK = well_known("energy desk")  # delegates and activates what the upstreams have sold
WITNESS = well_known("witness")
RICH = (PAYER, PENNILESS, BLACKLISTED, DESK)

USDT = addresses.to_hex("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t")
FAKE_USDT = addresses.to_hex(
    "TJCDneQevgfGFkU1rpCxVofksbeiGLhMCi"
)  # a real impostor, see tests/data/tron/README.md
ROUTER = addresses.to_hex(published("router"))
TOKENS = (USDT, FAKE_USDT)
CONTRACTS = (*TOKENS, ROUTER)
