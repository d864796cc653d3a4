"""The endpoints without effect (specs/tronzap.md sections 3.1 to 3.5 and 3.8)."""

from typing import Any

from providers.sandbox.exchange import Refusal, Reply, Request
from providers.sandbox.outcomes import INACTIVE, NO_BANDWIDTH, NO_USDT, published
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
    active = address != INACTIVE
    info = wire.AddressInfo(
        energy=0,
        bandwidth=600 if active and address != NO_BANDWIDTH else 0,
        balance_sun=RICH_SUN * active,
        usdt_micro=RICH_MICRO if active and address != NO_USDT else 0,
    )
    return success(results.address_info(info))


def estimate_energy(sandbox: Sandbox, request: Request) -> Reply:
    _, given = signed(sandbox, request)
    from_address = requests.address(given, "from_address", "from_address")
    to_address = requests.address(given, "to_address", "to_address")
    contract = given.get("contract_address") or USDT_CONTRACT
    requests.address({"contract_address": contract}, "contract_address", "contract_address")
    energy = prices.transfer_energy(to_address)
    echo = {"from_address": from_address, "to_address": to_address, "contract_address": contract}
    return success(echo | _offer(energy, 0, activates=to_address == INACTIVE))


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
    return success(
        {"address": address, "type": resource} | _offer(energy, bandwidth, activates=address == INACTIVE)
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
