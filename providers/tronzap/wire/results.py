"""What a server puts into `result` (spec sections 3.1 to 3.7), from our units; for `envelope.dump`.

Each deprecated twin (`energy`, `min_energy`, `max_energy`) stands next to its successor: the oldest clients read it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from providers.tronzap.wire.answers import AddressInfo, PriceList, Tier
from providers.tronzap.wire.prices import package_prices
from providers.tronzap.wire.values import json_time, json_trx


def price_list(prices: PriceList) -> dict[str, Any]:
    result: dict[str, Any] = {
        "energy": [_energy_tier(tier) for tier in prices.energy],
        "bandwidth": [
            {
                "duration": tier.duration_hours,
                "min_amount": tier.min_amount,
                "max_amount": tier.max_amount,
                "price": json_trx(tier.price_sun),
            }
            for tier in prices.bandwidth
        ],
    }
    if prices.activation_sun is not None:
        result["activate_address"] = {"price": json_trx(prices.activation_sun)}
    return result


def _energy_tier(tier: Tier) -> dict[str, Any]:
    return {
        "duration": tier.duration_hours,
        "min_amount": tier.min_amount,
        "max_amount": tier.max_amount,
        "min_energy": tier.min_amount,
        "max_energy": tier.max_amount,
        "price": json_trx(tier.price_sun),
        **package_prices(tier.price_sun),
    }


def balance(balance_sun: int, top_up_address: str) -> dict[str, Any]:
    return {"balance": json_trx(balance_sun), "address": top_up_address}


def address_info(info: AddressInfo) -> dict[str, Any]:
    """`balances` names what is known."""
    balances = {"TRX": info.balance_sun, "USDT": info.usdt_micro}  # six decimals, like TRX
    return {
        "resources": {"energy": info.energy, "bandwidth": info.bandwidth},
        "balances": {name: json_trx(amount) for name, amount in balances.items() if amount is not None},
    }


def offer(amount: int, *, duration_hours: int, price_sun: int, activation_sun: int) -> dict[str, Any]:
    """What calculate and estimate-energy share."""
    return {
        "amount": amount,
        "energy": amount,
        "duration": duration_hours,
        "price": json_trx(price_sun),
        "activation_fee": json_trx(activation_sun),
        "total": json_trx(price_sun + activation_sun),
    }


def transaction(
    *,
    upstream_id: str,
    external_id: str,
    service: str,
    params: Mapping[str, Any],
    status: str,
    amount: object,
    created_at: datetime,
    txid: str,
) -> dict[str, Any]:
    """`amount`: TRX, by `json_trx` or as text."""
    return {
        "id": upstream_id,
        "external_id": external_id or None,
        # A quirk of the real server: a bundle comes back as energy, with both amounts.
        "service": "energy" if service == "resource_bundle" else service,
        "params": params,
        "status": status,
        "amount": amount,
        "created_at": json_time(created_at),
        "hash": txid or None,
    }
