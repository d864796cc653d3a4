"""JSON values in, texts and integers out; each reader raises Refused with the code of its field (section 4)."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from orders.api.tronzap.gate import Refused
from orders.models.checks import check_printable
from providers.base import Kind
from providers.tron.addresses import is_address
from providers.tronzap import wire
from providers.tronzap.wire import Code

LONGEST_ID = 255
KINDS = {
    "energy": Kind.ENERGY,
    "bandwidth": Kind.BANDWIDTH,
    "resource_bundle": Kind.BUNDLE,
    "activate_address": Kind.ACTIVATION,
}
AMOUNT_CODES = {"energy": Code.INVALID_ENERGY_AMOUNT, "bandwidth": Code.INVALID_BANDWIDTH_AMOUNT}


def bad_amount(resource: str, text: str = "") -> Refused:
    return Refused(AMOUNT_CODES[resource], "energy_amount" if resource == "energy" else "", text)


def kind(
    given: Mapping[str, Any], name: str, *, among: Mapping[str, Kind] = KINDS, default: str = ""
) -> Kind:
    value = given.get(name)
    value = default if wire.is_absent(value) else value
    if not isinstance(value, str) or value not in among:
        raise Refused(Code.INVALID_SERVICE_OR_PARAMS, text=f"{name} must be one of: {', '.join(among)}")
    return among[value]


def purchase_params(given: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return wire.read_object(given.get("params"))
    except wire.Unreadable as error:
        raise Refused(Code.INVALID_SERVICE_OR_PARAMS, text="params must be an object") from error


def identifier(given: Mapping[str, Any], name: str) -> str:
    """A caller's or our own number exactly as sent; "" where absent, which "0" is not."""
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_ID:
        raise Refused(
            Code.INVALID_SERVICE_OR_PARAMS, name, f"{name} must be a string of at most {LONGEST_ID}"
        )
    try:
        check_printable(value)
    except ValidationError as error:
        raise Refused(Code.INVALID_SERVICE_OR_PARAMS, name, f"{name} has control characters") from error
    if value and not value.strip():
        raise Refused(Code.INVALID_SERVICE_OR_PARAMS, name, f"{name} has nothing but spaces")
    return value


def address(given: Mapping[str, Any], name: str = "address", *, sub_key: str = "") -> str:
    value = given.get(name)
    if not isinstance(value, str) or not is_address(value):
        raise Refused(Code.INVALID_TRON_ADDRESS, sub_key)
    return value


def duration_hours(given: Mapping[str, Any]) -> int:
    try:
        return wire.read_int(given.get("duration"))
    except wire.Unreadable as error:
        raise Refused(Code.INVALID_DURATION, "duration") from error


def flag(given: Mapping[str, Any], name: str) -> bool:
    try:
        return wire.read_bool(given.get(name))
    except wire.Unreadable as error:
        raise Refused(Code.INVALID_SERVICE_OR_PARAMS, text=f"{name} must be a boolean") from error


def count(given: Mapping[str, Any], name: str, resource: str) -> int:
    """0 where absent."""
    value = given.get(name)
    try:
        return 0 if wire.is_absent(value) else wire.read_count(value)
    except wire.Unreadable as error:
        raise bad_amount(resource) from error


def amount_fields(params: Mapping[str, Any], resource: str) -> dict[str, Any]:
    """The amount fields of all three generations as far as they were sent, as integers.

    `resource`: what a bare `amount` counts. `wire.resolve_amounts` tells which of them decides.
    """
    fields: dict[str, Any] = {}
    try:
        amounts = wire.read_object(params.get("amounts"))
    except wire.Unreadable as error:
        raise bad_amount(resource) from error
    if amounts:
        fields["amounts"] = {name: count(amounts, name, name) for name in AMOUNT_CODES if name in amounts}
    for name, counted in (("amount", resource), ("energy_amount", "energy")):
        if not wire.is_absent(params.get(name)):
            fields[name] = count(params, name, counted)
    return fields
