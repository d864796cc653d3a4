"""The iTRX dialect, pure: what our client, our merchant-facing server and the sandbox share.

The names are gathered here; each part is a file of its own.
"""

from providers.itrx.answers import (
    is_key_refusal,
    read_balance,
    read_order,
    read_price,
    read_purchase,
    read_reclaim,
    understand,
)
from providers.itrx.callbacks import ENERGY_TYPE, RETRY_DELAYS_SECONDS, callback_body, read_callback
from providers.itrx.diagnosis import diagnose
from providers.itrx.fields import Unreadable, read_object
from providers.itrx.parameters import (
    ACTIVATION_SUN,
    BANDWIDTH_SUN,
    FIRST_TRANSFER_ENERGY,
    TRANSFER_ENERGY,
)
from providers.itrx.periods import hours_of_number, hours_of_text, period_number, period_text
from providers.itrx.refusals import (
    BAD_SIGNATURE,
    ERRNO_NOT_FOUND,
    INACTIVE_ADDRESS,
    NO_FUNDS,
    NOT_JSON,
    ORDER_NOT_FOUND,
    STALE_TIMESTAMP,
    UNKNOWN_KEY,
    Cause,
    Refusal,
    read_refusal,
)
from providers.itrx.signing import (
    DEFAULT_TOLERANCE_SECONDS,
    KEY_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    callback_signature_ok,
    canonical,
    sign,
    signature_ok,
    signed_headers,
    timestamp_ok,
)
from providers.itrx.statuses import STATES, DelegationStatus, Status, state_of

PREFIX = "/api/v1/frontend"
INDEX_DATA = f"{PREFIX}/index-data"
ORDER_PRICE = f"{PREFIX}/order/price"
ORDER = f"{PREFIX}/order"
COLLECT = f"{PREFIX}/order/collect-manual"
ORDER_QUERY = f"{PREFIX}/order/query"
RECLAIM = f"{PREFIX}/order/reclaim"
SUMMARY = f"{PREFIX}/userapi/summary"

__all__ = [
    "ACTIVATION_SUN",
    "BAD_SIGNATURE",
    "BANDWIDTH_SUN",
    "COLLECT",
    "DEFAULT_TOLERANCE_SECONDS",
    "ENERGY_TYPE",
    "ERRNO_NOT_FOUND",
    "FIRST_TRANSFER_ENERGY",
    "INACTIVE_ADDRESS",
    "INDEX_DATA",
    "KEY_HEADER",
    "NOT_JSON",
    "NO_FUNDS",
    "ORDER",
    "ORDER_NOT_FOUND",
    "ORDER_PRICE",
    "ORDER_QUERY",
    "PREFIX",
    "RECLAIM",
    "RETRY_DELAYS_SECONDS",
    "SIGNATURE_HEADER",
    "STALE_TIMESTAMP",
    "STATES",
    "SUMMARY",
    "TIMESTAMP_HEADER",
    "TRANSFER_ENERGY",
    "UNKNOWN_KEY",
    "Cause",
    "DelegationStatus",
    "Refusal",
    "Status",
    "Unreadable",
    "callback_body",
    "callback_signature_ok",
    "canonical",
    "diagnose",
    "hours_of_number",
    "hours_of_text",
    "is_key_refusal",
    "period_number",
    "period_text",
    "read_balance",
    "read_callback",
    "read_object",
    "read_order",
    "read_price",
    "read_purchase",
    "read_reclaim",
    "read_refusal",
    "sign",
    "signature_ok",
    "signed_headers",
    "state_of",
    "timestamp_ok",
    "understand",
]
