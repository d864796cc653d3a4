"""TronZap on the wire, pure: shared by our client, by the sandbox and by our own servers.

signing    headers and signatures           codes      the error table and what each code means for a caller
values     lenient readers of JSON values   envelope   what wraps every answer and every request
purchases  transaction/new and its object   answers    what the read-only endpoints answer
prices     what a server charges            results    what a server answers
paths      where each endpoint lives
"""

from providers.tronzap.wire.answers import (
    AddressInfo,
    EnergyEstimate,
    PriceList,
    Tier,
    read_address_info,
    read_balance,
    read_calculation,
    read_energy_estimate,
    read_price_list,
)
from providers.tronzap.wire.codes import ERRORS, HTTP_ERRORS, Code, ErrorKind, Meaning, meaning_of
from providers.tronzap.wire.envelope import (
    Envelope,
    dump,
    error_body,
    not_found_body,
    read_envelope,
    read_parameters,
    success_body,
)
from providers.tronzap.wire.prices import bandwidth_cost_sun, energy_cost_sun, package_prices
from providers.tronzap.wire.purchases import (
    SERVICES,
    STATES,
    calculate_body,
    external_id_of,
    purchase_body,
    read_transaction,
    requested_amounts,
    resolve_amounts,
    state_of,
)
from providers.tronzap.wire.signing import auth_headers, read_bearer, sign, signature_ok
from providers.tronzap.wire.values import (
    Unreadable,
    is_absent,
    json_time,
    json_trx,
    read_bool,
    read_count,
    read_int,
    read_list,
    read_object,
    read_sun,
    read_text,
    read_time,
)

__all__ = [
    "ERRORS",
    "HTTP_ERRORS",
    "SERVICES",
    "STATES",
    "AddressInfo",
    "Code",
    "EnergyEstimate",
    "Envelope",
    "ErrorKind",
    "Meaning",
    "PriceList",
    "Tier",
    "Unreadable",
    "auth_headers",
    "bandwidth_cost_sun",
    "calculate_body",
    "dump",
    "energy_cost_sun",
    "error_body",
    "external_id_of",
    "is_absent",
    "json_time",
    "json_trx",
    "meaning_of",
    "not_found_body",
    "package_prices",
    "purchase_body",
    "read_address_info",
    "read_balance",
    "read_bearer",
    "read_bool",
    "read_calculation",
    "read_count",
    "read_energy_estimate",
    "read_envelope",
    "read_int",
    "read_list",
    "read_object",
    "read_parameters",
    "read_price_list",
    "read_sun",
    "read_text",
    "read_time",
    "read_transaction",
    "requested_amounts",
    "resolve_amounts",
    "sign",
    "signature_ok",
    "state_of",
    "success_body",
]
