"""An active account: TRX, and what it may use of energy and bandwidth (specs/tron.md section 7).

Usage recovers evenly over a day. Leased and free bandwidth are never added: one alone must carry a transaction.
"""

from dataclasses import asdict, dataclass, field, replace
from enum import IntEnum
from typing import Any

DAY_MS = 86_400_000
FREE_NET_LIMIT = 600


class Resource(IntEnum):
    """As DelegateResourceContract numbers them."""

    BANDWIDTH = 0
    ENERGY = 1


@dataclass(frozen=True, slots=True)
class Lease:
    """Delegated to the account from one moment until another."""

    resource: int
    amount: int
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How much was used up at a moment."""

    amount: int = 0
    at_ms: int = 0

    def left(self, now_ms: int) -> int:
        rest_ms = min(max(DAY_MS - (now_ms - self.at_ms), 0), DAY_MS)
        return self.amount * rest_ms // DAY_MS

    def more(self, amount: int, now_ms: int) -> "Usage":
        return Usage(self.left(now_ms) + amount, now_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    balance_sun: int = 0
    created_ms: int = 0
    energy: Usage = field(default_factory=Usage)
    free_net: Usage = field(default_factory=Usage)
    net: Usage = field(default_factory=Usage)
    leases: tuple[Lease, ...] = ()

    @classmethod
    def read(cls, written: dict[str, Any]) -> "Account":
        return cls(
            balance_sun=written["balance_sun"],
            created_ms=written["created_ms"],
            energy=Usage(**written["energy"]),
            free_net=Usage(**written["free_net"]),
            net=Usage(**written["net"]),
            leases=tuple(Lease(**lease) for lease in written["leases"]),
        )

    def written(self) -> dict[str, Any]:
        return asdict(self)

    def limit(self, resource: Resource, now_ms: int) -> int:
        running = (each for each in self.leases if each.from_ms <= now_ms < each.until_ms)
        return sum(each.amount for each in running if each.resource == resource)

    def energy_available(self, now_ms: int) -> int:
        return max(self.limit(Resource.ENERGY, now_ms) - self.energy.left(now_ms), 0)

    def net_available(self, now_ms: int) -> int:
        return max(self.limit(Resource.BANDWIDTH, now_ms) - self.net.left(now_ms), 0)

    def free_net_available(self, now_ms: int) -> int:
        return FREE_NET_LIMIT - self.free_net.left(now_ms)

    def paid(self, amount_sun: int) -> "Account":
        return replace(self, balance_sun=self.balance_sun - amount_sun)

    def used_energy(self, amount: int, now_ms: int) -> "Account":
        return replace(self, energy=self.energy.more(amount, now_ms))

    def leased(self, lease: Lease, now_ms: int) -> "Account":
        """With one lease more; those that have ended are forgotten."""
        running = tuple(each for each in self.leases if each.until_ms > now_ms)
        return replace(self, leases=(*running, lease))
