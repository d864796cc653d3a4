"""The body of an iTRX callback, both ways (spec 5)."""

from providers.base import InboundCallback, Progress
from providers.errors import CallbackRefused
from providers.itrx.fields import Unreadable, read_object, text, text_or_none, whole, whole_or_none
from providers.itrx.periods import period_text
from providers.itrx.signing import canonical
from providers.itrx.statuses import Status, state_of

ENERGY_TYPE = "energy"
# After each failed try, in seconds: a first attempt and seven retries. Only HTTP 200 ends it.
RETRY_DELAYS_SECONDS = (15, 15, 30, 180, 600, 1200, 1800)


def callback_body(
    *,
    serial: str,
    succeeded: bool,
    receive_address: str,
    energy: int,
    delegated_energy: int | float,
    amount_sun: int,
    duration_hours: int,
    out_trade_no: str | None = None,
    txid: str | None = None,
    active_hash: str | None = "",
    bandwidth_hash: str | None = None,
    source: str = "api",
) -> bytes:
    """The bytes to sign and send; `None` is sent as null.

    `delegated_energy` is no money and may be fractional; a whole one is written without a point, because
    languages print `65000.0` differently (spec 8.5).
    """
    integral = int(delegated_energy)
    parameters = {
        "active_hash": active_hash,
        "amount": amount_sun,
        "bandwidth_hash": bandwidth_hash,
        "energy_amount": energy,
        "out_trade_no": out_trade_no,
        "pay_amount": integral if integral == delegated_energy else delegated_energy,
        "period": period_text(duration_hours),
        "receive_address": receive_address,
        "serial": serial,
        "source": source,
        "status": int(Status.COMPLETED if succeeded else Status.REFUNDED),
        "txid": txid,
        "type": ENERGY_TYPE,
    }
    return canonical(parameters).encode()


def read_callback(raw: bytes, *, used_previous: bool = False) -> InboundCallback:
    """A callback whose signature was checked.

    Raises CallbackRefused: malformed, or unsupported for a type other than energy (none is documented, so its
    status may be that of a step; polling tells).
    """
    try:
        document = read_object(raw)
        kind = text_or_none(document, "type")
        status = whole(document, "status")
        progress = Progress(
            state=state_of(status),
            upstream_id=text(document, "serial"),
            upstream_status=str(status),
            address=text_or_none(document, "receive_address"),
            energy=whole_or_none(document, "energy_amount"),
            cost_sun=whole_or_none(document, "amount"),
            txid=text_or_none(document, "txid") or "",
            active_hash=text_or_none(document, "active_hash") or "",
            bandwidth_hash=text_or_none(document, "bandwidth_hash") or "",
        )
        request_id = text_or_none(document, "out_trade_no") or ""
    except Unreadable as error:
        raise CallbackRefused("malformed", str(error)) from error
    if kind not in (None, ENERGY_TYPE):
        raise CallbackRefused("unsupported", "the type is not energy")
    return InboundCallback(request_id=request_id, progress=progress, used_previous=used_previous)
