"""Our orders as parameters of iTRX (spec 3.2 to 3.4)."""

from providers.base import Kind, ResourceRequest
from providers.errors import ProviderRejected
from providers.itrx.periods import period_text

Parameters = dict[str, str | int]

# What a collect order consists of (spec 3.4, 7): the energy of one USDT transfer to an address that already
# holds USDT, or that holds none, and the price of the two extra steps.
TRANSFER_ENERGY = 65_000
FIRST_TRANSFER_ENERGY = 131_000
ACTIVATION_SUN = 1_500_000
BANDWIDTH_SUN = 345_000


def collect_parameters(request: ResourceRequest) -> Parameters:
    return _with_given(
        {"scene": request.scene, "receive_address": request.address, "out_trade_no": request.request_id},
        {"to_address": request.to_address, "callback_url": request.callback_url},
    )


def energy_parameters(request: ResourceRequest) -> Parameters:
    return _with_given(
        {
            "energy_amount": request.energy,
            "period": _period(request),
            "receive_address": request.address,
            "out_trade_no": request.request_id,
        },
        {
            "active": int(request.activate),
            "exclusive": int(request.exclusive),
            "callback_url": request.callback_url,
        },
    )


def price_parameters(request: ResourceRequest) -> Parameters:
    """A collect order without `energy` is that of one transfer: the dearer one to a destination not known."""
    return {"energy_amount": _energy(request), "period": _period(request)}


def extras_sun(request: ResourceRequest) -> int:
    """What comes on top of the energy's price (spec 3.4, 7)."""
    supplies_bandwidth = request.kind is Kind.COLLECT and request.bandwidth > 0
    return ACTIVATION_SUN * request.activate + BANDWIDTH_SUN * supplies_bandwidth


def _with_given(required: Parameters, optional: Parameters) -> Parameters:
    return required | {name: value for name, value in optional.items() if value}


def _energy(request: ResourceRequest) -> int:
    if request.energy or request.kind is Kind.ENERGY:
        return request.energy
    return FIRST_TRANSFER_ENERGY if request.to_address else TRANSFER_ENERGY


def _period(request: ResourceRequest) -> str:
    """A collect order has no period of its own and lasts one hour."""
    try:
        return period_text(1 if request.kind is Kind.COLLECT else request.duration_hours)
    except ValueError as error:
        raise ProviderRejected(f"iTRX does not rent for {request.duration_hours} hours") from error
