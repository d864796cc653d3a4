"""The error table of spec section 4, and what each code means for a caller."""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Code(IntEnum):
    AUTH = 1
    INVALID_SERVICE_OR_PARAMS = 2
    WALLET_NOT_FOUND = 5
    INSUFFICIENT_FUNDS = 6
    INVALID_TRON_ADDRESS = 10
    INVALID_ENERGY_AMOUNT = 11
    INVALID_DURATION = 12
    INSUFFICIENT_FUNDS_OLD = 13  # in the oldest documentation only: understood, never emitted
    NOT_FOUND = 20
    CANNOT_STOP_SUBSCRIPTION = 21
    ADDRESS_NOT_ACTIVATED = 24
    ADDRESS_ALREADY_ACTIVATED = 25
    AML_CHECK_NOT_FOUND = 30
    SERVICE_UNAVAILABLE = 35
    INVALID_BANDWIDTH_AMOUNT = 50
    INTERNAL_SERVER_ERROR = 500


class Meaning(StrEnum):
    MISCONFIGURED = "misconfigured"  # our key pair is wrong
    REJECTED = "rejected"  # this request is refused, and would be again
    NO_FUNDS = "no_funds"  # our balance there is too low
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"  # refused now, perhaps not later
    UNKNOWN = "unknown"  # says nothing about what was done


class ErrorKind(NamedTuple):
    """`key` and `text` are what a server emits."""

    key: str
    meaning: Meaning
    text: str


ERRORS: dict[int, ErrorKind] = {
    Code.AUTH: ErrorKind("auth", Meaning.MISCONFIGURED, "Incorrect token or signature"),
    Code.INVALID_SERVICE_OR_PARAMS: ErrorKind(
        "invalid_service_or_params", Meaning.REJECTED, "Invalid service or parameters"
    ),
    Code.WALLET_NOT_FOUND: ErrorKind("wallet_not_found", Meaning.REJECTED, "Wallet not found"),
    Code.INSUFFICIENT_FUNDS: ErrorKind("insufficient_funds", Meaning.NO_FUNDS, "Insufficient funds"),
    Code.INVALID_TRON_ADDRESS: ErrorKind("invalid_tron_address", Meaning.REJECTED, "Invalid TRON address"),
    Code.INVALID_ENERGY_AMOUNT: ErrorKind("invalid_energy_amount", Meaning.REJECTED, "Invalid energy amount"),
    Code.INVALID_DURATION: ErrorKind(
        "invalid_duration", Meaning.REJECTED, "Duration must be equal to 1 (1 hour)"
    ),
    Code.INSUFFICIENT_FUNDS_OLD: ErrorKind("", Meaning.NO_FUNDS, "Insufficient funds"),
    Code.NOT_FOUND: ErrorKind(
        "subscription_not_found", Meaning.NOT_FOUND, "Transaction or subscription not found"
    ),
    Code.CANNOT_STOP_SUBSCRIPTION: ErrorKind(
        "cannot_stop_subscription", Meaning.REJECTED, "The subscription cannot be stopped"
    ),
    Code.ADDRESS_NOT_ACTIVATED: ErrorKind(
        "address_not_activated", Meaning.REJECTED, "The address is not activated"
    ),
    Code.ADDRESS_ALREADY_ACTIVATED: ErrorKind(
        "address_already_activated", Meaning.REJECTED, "The address is already activated"
    ),
    Code.AML_CHECK_NOT_FOUND: ErrorKind("aml_check_not_found", Meaning.NOT_FOUND, "AML check not found"),
    Code.SERVICE_UNAVAILABLE: ErrorKind(
        "service_unavailable", Meaning.UNAVAILABLE, "Service temporarily unavailable"
    ),
    Code.INVALID_BANDWIDTH_AMOUNT: ErrorKind(
        "invalid_bandwidth_amount", Meaning.REJECTED, "Invalid bandwidth amount"
    ),
    Code.INTERNAL_SERVER_ERROR: ErrorKind("internal_server_error", Meaning.UNKNOWN, "Internal server error"),
}

# What a server says with the HTTP status of the same number; to a client these are undocumented, so UNKNOWN.
HTTP_ERRORS: dict[int, ErrorKind] = {
    400: ErrorKind("bad_request", Meaning.UNKNOWN, "Bad request"),
    404: ErrorKind("not_found", Meaning.UNKNOWN, "Not found"),
    405: ErrorKind("method_not_allowed", Meaning.UNKNOWN, "Method not allowed"),
    413: ErrorKind("payload_too_large", Meaning.UNKNOWN, "Payload too large"),
    429: ErrorKind("too_many_requests", Meaning.UNKNOWN, "Too many requests"),
}


def meaning_of(code: int) -> Meaning:
    """UNKNOWN for a code that is not documented."""
    kind = ERRORS.get(code)
    return kind.meaning if kind else Meaning.UNKNOWN
