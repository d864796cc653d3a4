"""The endpoints without effect (specs/tronzap.md sections 3.1 to 3.5 and 3.8)."""

from typing import Any

from providers.sandbox import facts
from providers.sandbox.exchange import Refusal, Reply, Request
from providers.sandbox.outcomes import published
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.tronzap import prices, requests
from providers.sandbox.tronzap.requests import refused, signed, success
from providers.tronzap import wire
from providers.tronzap.wire import Code, results

USDT_CONTRACT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
RICH_SUN = 25_000_000
RICH_MICRO = 1_000_000_000


def services(sandbox: Sandbox, request: Request) -> Reply:
    signed(sandbox, request)
    return success(results.price_list(prices.price_list()))


def balance(sandbox: Sandbox, request: Request) -> Reply:
    account, _ = signed(sandbox, request)
    return success(results.balance(account.balance_sun, published("tronzap top-up")))


def address_info(sandbox: Sandbox, request: Request) -> Reply:
    _, given = signed(sandbox, request)
    address = requests.address(given, "address")
    with sandbox.store.transaction() as db:
        found = facts.about(db, address, request.now)
    info = wire.AddressInfo(
        energy=0,
        bandwidth=600 * found.has_bandwidth,
        balance_sun=RICH_SUN * found.is_active,
        usdt_micro=RICH_MICRO * found.holds_usdt,
    )
    return success(results.address_info(info))


def estimate_energy(sandbox: Sandbox, request: Request) -> Reply:
    _, given = signed(sandbox, request)
    from_address = requests.address(given, "from_address", "from_address")
    to_address = requests.address(given, "to_address", "to_address")
    contract = given.get("contract_address") or USDT_CONTRACT
    requests.address({"contract_address": contract}, "contract_address", "contract_address")
    with sandbox.store.transaction() as db:
        dear = facts.is_dear(db, to_address, request.now, sender=from_address)
        is_active = facts.about(db, to_address, request.now).is_active
    energy = prices.transfer_energy(dear=dear)
    echo = {"from_address": from_address, "to_address": to_address, "contract_address": contract}
    return success(echo | _offer(energy, 0, activates=not is_active))


def calculate(sandbox: Sandbox, request: Request) -> Reply:
    _, given = signed(sandbox, request)
    address = requests.address(given, "address")
    requests.one_hour(given)
    resource = given.get("type") or "energy"
    if resource not in ("energy", "bandwidth"):
        raise Refusal(refused(Code.INVALID_SERVICE_OR_PARAMS, "type"))
    try:
        amount = wire.read_int(given.get("amount", given.get("energy")))
    except wire.Unreadable:
        amount = 0
    energy, bandwidth = (amount, 0) if resource == "energy" else (0, amount)
    requests.check_amounts(energy, bandwidth, sold=(resource,))
    with sandbox.store.transaction() as db:
        is_active = facts.about(db, address, request.now).is_active
    return success(
        {"address": address, "type": resource} | _offer(energy, bandwidth, activates=not is_active)
    )


def direct_recharge_info(_sandbox: Sandbox, _request: Request) -> Reply:
    """Public; no energy is sold against TRX sent here."""
    return refused(Code.SERVICE_UNAVAILABLE)


def _offer(energy: int, bandwidth: int, *, activates: bool) -> dict[str, Any]:
    return results.offer(
        energy or bandwidth,
        duration_hours=1,
        price_sun=prices.resources_cost_sun(energy, bandwidth),
        activation_sun=prices.ACTIVATION_SUN * activates,
    )
