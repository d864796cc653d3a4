"""What the read-only endpoints answer (spec sections 3.1 to 3.5), in our units. Readers raise Unreadable."""

from dataclasses import dataclass

from providers.base import Balance
from providers.tronzap.wire.values import (
    Unreadable,
    is_absent,
    read_count,
    read_list,
    read_object,
    read_sun,
    read_text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Bounds are inclusive; the price is sun per 1000 units."""

    duration_hours: int
    min_amount: int
    max_amount: int
    price_sun: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """`activation_sun` is None where activation is not sold. Tiers may share a bound: see calculate."""

    energy: tuple[Tier, ...]
    bandwidth: tuple[Tier, ...]
    activation_sun: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressInfo:
    """What an address has now; None for a balance the answer did not name."""

    energy: int
    bandwidth: int
    balance_sun: int | None
    usdt_micro: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyEstimate:
    """What a token transfer needs. `activation_sun` is 0 where the recipient is active."""

    energy: int
    price_sun: int
    activation_sun: int


def read_price_list(result: object) -> PriceList:
    prices = read_object(result)
    activation = read_object(prices.get("activate_address")).get("price")
    return PriceList(
        energy=tuple(_tier(tier) for tier in read_list(prices.get("energy"))),
        bandwidth=tuple(_tier(tier) for tier in read_list(prices.get("bandwidth"))),
        activation_sun=_optional_sun(activation),
    )


def _tier(value: object) -> Tier:
    """The bounds have deprecated twins, which the oldest servers emit alone."""
    tier = read_object(value)
    return Tier(
        duration_hours=read_count(tier.get("duration")),
        min_amount=read_count(tier.get("min_amount", tier.get("min_energy"))),
        max_amount=read_count(tier.get("max_amount", tier.get("max_energy"))),
        price_sun=read_sun(tier.get("price")),
    )


def read_balance(result: object) -> Balance:
    balance = read_object(result)
    return Balance(
        balance_sun=read_sun(balance.get("balance")), top_up_address=read_text(balance.get("address"))
    )


def read_address_info(result: object) -> AddressInfo:
    info = read_object(result)
    resources, balances = read_object(info.get("resources")), read_object(info.get("balances"))
    return AddressInfo(
        energy=read_count(resources.get("energy")),
        bandwidth=read_count(resources.get("bandwidth")),
        balance_sun=_optional_sun(balances.get("TRX")),
        usdt_micro=_optional_sun(balances.get("USDT")),  # six decimals, like TRX
    )


def read_energy_estimate(result: object) -> EnergyEstimate:
    estimate = read_object(result)
    energy = read_count(estimate.get("amount", estimate.get("energy")))
    if not energy:
        raise Unreadable("an estimate of no energy")
    price_sun, activation_sun = read_calculation(estimate)
    return EnergyEstimate(energy=energy, price_sun=price_sun, activation_sun=activation_sun)


def read_calculation(result: object) -> tuple[int, int]:
    """(price, activation fee) in sun; the fee is 0 where the receiver is active. `total` is their sum."""
    calculation = read_object(result)
    return read_sun(calculation.get("price")), _optional_sun(calculation.get("activation_fee")) or 0


def _optional_sun(value: object) -> int | None:
    return None if is_absent(value) else read_sun(value)
