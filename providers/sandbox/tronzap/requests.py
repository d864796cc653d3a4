"""Who asks, and how TronZap says yes and no (specs/tronzap.md sections 1, 2 and 4)."""

import uuid
from collections.abc import Mapping
from typing import Any

from providers.sandbox.accounts import Account, Dialect
from providers.sandbox.exchange import Refusal, Reply, Request
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.tronzap.prices import (
    LEAST_BANDWIDTH,
    LEAST_ENERGY,
    MOST_BANDWIDTH,
    MOST_ENERGY,
)
from providers.tron.addresses import is_address
from providers.tronzap import wire
from providers.tronzap.wire import Code

LONGEST_EXTERNAL_ID = 255


def success(result: object) -> Reply:
    return Reply(body=wire.success_body(result, str(uuid.uuid4())))


def refused(code: int, sub_key: str = "", error: str = "", *, status: int = 200) -> Reply:
    return Reply(status=status, body=wire.error_body(code, str(uuid.uuid4()), sub_key=sub_key, error=error))


def signed(sandbox: Sandbox, request: Request) -> tuple[Account, dict[str, Any]]:
    """Account and parameters of a request whose signature holds. Raises Refusal."""
    token = wire.read_bearer(request.headers.get("authorization", ""))
    account = sandbox.account(Dialect.TRONZAP, token)
    signature = request.headers.get("x-signature", "")
    if account is None or not wire.signature_ok(request.body, account.secret, signature):
        raise Refusal(refused(Code.AUTH))
    try:
        return account, wire.read_parameters(request.body)
    except wire.Unreadable as error:
        raise Refusal(refused(Code.INVALID_SERVICE_OR_PARAMS)) from error


def address(given: Mapping[str, Any], name: str, sub_key: str = "") -> str:
    value = given.get(name)
    if not isinstance(value, str) or not is_address(value):
        raise Refusal(refused(Code.INVALID_TRON_ADDRESS, sub_key))
    return value


def one_hour(given: Mapping[str, Any]) -> None:
    try:
        hours = wire.read_int(given.get("duration"))
    except wire.Unreadable:
        hours = 0
    if hours != 1:
        raise Refusal(refused(Code.INVALID_DURATION, "duration"))


def external_id(given: Mapping[str, Any], name: str = "external_id") -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_EXTERNAL_ID or not value.isprintable():
        raise Refusal(refused(Code.INVALID_SERVICE_OR_PARAMS, name))
    return value


def check_amounts(energy: int, bandwidth: int, *, sold: tuple[str, ...]) -> None:
    """Both within the price list's bounds where the service sells them."""
    if "energy" in sold and not LEAST_ENERGY <= energy <= MOST_ENERGY:
        raise Refusal(refused(Code.INVALID_ENERGY_AMOUNT, "energy_amount"))
    if "bandwidth" in sold and not LEAST_BANDWIDTH <= bandwidth <= MOST_BANDWIDTH:
        raise Refusal(refused(Code.INVALID_BANDWIDTH_AMOUNT))
