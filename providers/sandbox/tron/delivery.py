"""What the upstreams have sold arrives on the chain: delegations and activations, sent by the energy desk."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from providers.sandbox.tron import building, chain, faults, pool, settings, wallets
from providers.sandbox.tron.accounts import Lease, Resource
from providers.sandbox.tron.contracts import balance_key
from providers.sandbox.tron.faults import Fault
from providers.sandbox.tron.state import State
from providers.tron import addresses, encoding
from providers.tron.encoding import Contract

SUN_PER_UNIT = 10  # what is staked for a unit of energy or bandwidth; nothing depends on it
TRANSFER_BANDWIDTH = 345


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Sold to `address` (base58) for `hours`."""

    address: str
    energy: int = 0
    bandwidth: int = 0
    hours: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """Transaction ids in hex, "" for what was not sent."""

    activation: str = ""
    energy: str = ""
    bandwidth: str = ""


def deliver(db: sqlite3.Connection, supply: Supply, now: datetime) -> Hashes:
    """An address that is not active is activated first, or nothing could be delegated to it."""
    receiver = addresses.to_bytes(supply.address)
    activation = ""
    if pool.pending_state(db, chain.now_ms(db, now)).account(receiver.hex()) is None:
        contract = encoding.transfer(wallets.DESK.raw, receiver, 1)
        activation = pool.add(db, building.build(db, wallets.DESK, contract, now))
    percent = faults.take(db, Fault.ENERGY_SHORT)
    energy = supply.energy if percent is None else supply.energy * percent // 100
    return Hashes(
        activation=activation,
        energy=_delegate(db, receiver, Resource.ENERGY, energy, supply.hours, now) if energy else "",
        bandwidth=(
            _delegate(db, receiver, Resource.BANDWIDTH, supply.bandwidth, supply.hours, now)
            if supply.bandwidth
            else ""
        ),
    )


def met(db: sqlite3.Connection, address: str, now: datetime) -> tuple[bool, bool, int] | None:
    """(is active, has bandwidth for one transfer, micro-USDT) of an address the chain has met, else None."""
    world, raw, now_ms = State(db), addresses.to_hex(address), chain.now_ms(db, now)
    account, usdt_micro = world.account(raw), world.get(balance_key(wallets.USDT, raw))
    if account is None:
        return None if usdt_micro is None else (False, False, int(usdt_micro))
    bandwidth = max(account.free_net_available(now_ms), account.net_available(now_ms))
    return True, bandwidth >= TRANSFER_BANDWIDTH, int(usdt_micro or 0)


def _delegate(
    db: sqlite3.Connection, receiver: bytes, resource: Resource, amount: int, hours: int, now: datetime
) -> str:
    from_ms = chain.now_ms(db, now)
    until_ms, not_before = from_ms + 3_600_000 * hours, 0
    if resource is Resource.ENERGY:
        from_ms += 1000 * (faults.take(db, Fault.ENERGY_LATE) or 0)
        reclaimed_after = faults.take(db, Fault.ENERGY_RECLAIMED)
        until_ms = until_ms if reclaimed_after is None else from_ms + 1000 * reclaimed_after
        early = faults.take(db, Fault.ENERGY_EARLY)
        not_before = settings.get(db, settings.HEAD) + 1 + early if early else 0
    value: dict[str, int | bytes] = {
        "owner_address": wallets.DESK.raw,
        "resource": int(resource),
        "balance": amount * SUN_PER_UNIT,
    }
    contract = Contract("DelegateResourceContract", {**value, "receiver_address": receiver})
    lease = Lease(int(resource), amount, from_ms, until_ms)
    return pool.add(db, building.build(db, wallets.DESK, contract, now, lease=lease), not_before=not_before)
