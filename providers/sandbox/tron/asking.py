"""Accounts, resources, contracts and prices, and calls that change nothing (specs/tron.md section 2.4)."""

from typing import Any

from providers.sandbox.tron import blocks, contracts, settings, wallets
from providers.sandbox.tron.accounts import FREE_NET_LIMIT, Resource
from providers.sandbox.tron.contracts import Revert, Run
from providers.sandbox.tron.execution import NET_PRICE_SUN, NEW_ACCOUNT_NET_SUN, NEW_ACCOUNT_SUN, REVERT_TEXT
from providers.sandbox.tron.parameters import Values, address, hex_bytes, is_visible, text
from providers.sandbox.tron.printing import dumped, printed, text_hex
from providers.sandbox.tron.reading import EMPTY
from providers.sandbox.tron.view import View
from providers.tron import addresses, encoding, transaction_json
from providers.tron.encoding import RawData, Signed

TOTALS = {
    "TotalNetLimit": 43_200_000_000,
    "TotalNetWeight": 26_000_000_000,
    "TotalEnergyLimit": 180_000_000_000,
    "TotalEnergyWeight": 19_000_000_000,
}
PRICES = "0:100,1542607200000:20,1544724000000:10,1670133600000:420,1726747200000:210,1756468800000:"
NAMES = {wallets.USDT: "TetherToken", wallets.FAKE_USDT: "TetherToken", wallets.ROUTER: "Router"}
LIFE_MS = 60_000


def account(view: View, values: Values) -> bytes:
    wanted = address(values, "address")
    found = view.state().account(wanted)
    if found is None:
        return EMPTY
    shown = addresses.from_hex(wanted) if is_visible(values) else wanted
    members = {"address": shown, "balance": found.balance_sun, "create_time": found.created_ms}
    return dumped(printed(members))


def account_resource(view: View, values: Values) -> bytes:
    found = view.state().account(address(values, "address"))
    if found is None:
        return EMPTY
    now_ms = view.now_ms
    members = {
        "freeNetUsed": FREE_NET_LIMIT - found.free_net_available(now_ms),
        "freeNetLimit": FREE_NET_LIMIT,
        "NetUsed": found.net.left(now_ms),
        "NetLimit": found.limit(Resource.BANDWIDTH, now_ms),
        **TOTALS,
        "EnergyUsed": found.energy.left(now_ms),
        "EnergyLimit": found.limit(Resource.ENERGY, now_ms),
    }
    return dumped(printed(members))


def constant_call(view: View, values: Values) -> bytes:
    """A failure is told in `message` and `ret`, while `result.result` stays true."""
    owner, contract = address(values, "owner_address"), address(values, "contract_address")
    data = _call_data(values)
    if contract not in wallets.CONTRACTS:
        message = text_hex("Contract validate error : Smart contract is not exist.")
        return dumped({"result": {"code": "CONTRACT_VALIDATE_ERROR", "message": message}})
    transaction = _unsigned(view, owner, contract, data)
    try:
        run = contracts.run(view.state(), owner, contract, data)
    except Revert:
        run, result, ret = Run(contracts.REVERTED), {"message": text_hex(REVERT_TEXT)}, {"ret": "FAILED"}
    else:
        result, ret = {}, {}
    used, penalty = run.energy
    answer: dict[str, Any] = {"result": {"result": True, **result}, "energy_used": used}
    answer |= {"constant_result": [run.result.hex()], "transaction": {"ret": [ret], **transaction}}
    return dumped(answer | ({"energy_penalty": penalty} if penalty else {}))


def estimate_energy(view: View, values: Values) -> bytes:
    """Switched off, as on most nodes."""
    message = text_hex("this node does not support estimate energy")
    return dumped({"result": {"code": "CONTRACT_VALIDATE_ERROR", "message": message}})


def contract_of(view: View, values: Values) -> bytes:
    wanted = address(values, "value")
    if wanted not in wallets.CONTRACTS:
        return EMPTY
    return dumped(
        {"contract_address": wanted, "abi": {}, "name": NAMES[wanted], "consume_user_resource_percent": 100}
    )


def chain_parameters(view: View, values: Values) -> bytes:
    """A parameter of zero has no value."""
    parameters = {
        "getCreateAccountFee": NEW_ACCOUNT_NET_SUN,
        "getTransactionFee": NET_PRICE_SUN,
        "getCreateNewAccountFeeInSystemContract": NEW_ACCOUNT_SUN,
        "getCreateNewAccountBandwidthRate": 1,
        "getEnergyFee": settings.get(view.db, settings.ENERGY_PRICE_SUN),
        "getFreeNetLimit": FREE_NET_LIMIT,
        "getMaxFeeLimit": 15_000_000_000,
        "getMemoFee": 0,
    }
    return dumped(
        {"chainParameter": [printed({"key": key, "value": each}) for key, each in parameters.items()]}
    )


def energy_prices(view: View, values: Values) -> bytes:
    return dumped({"prices": f"{PRICES}{settings.get(view.db, settings.ENERGY_PRICE_SUN)}"})


def _call_data(values: Values) -> bytes:
    signature = text(values, "function_selector")
    if not signature:
        return hex_bytes(values, "data")
    return contracts.selector(signature) + hex_bytes(values, "parameter")


def _unsigned(view: View, owner: str, contract: str, data: bytes) -> dict[str, Any]:
    head = blocks.head(view.db)
    reference_bytes, reference_hash = encoding.reference(head.id)
    raw = RawData(
        ref_block_bytes=reference_bytes,
        ref_block_hash=reference_hash,
        expiration=head.timestamp + LIFE_MS,
        timestamp=view.now_ms,
        contract=encoding.trigger(bytes.fromhex(owner), bytes.fromhex(contract), data),
    )
    shown = transaction_json.printed(Signed(encoding.encode(raw)))
    del shown["signature"]
    return {"visible": False, **shown}
