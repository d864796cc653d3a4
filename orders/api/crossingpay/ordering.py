"""POST /api/orders/monitor and /deposit (sections 2 and 3). Checks in the order of section 7.1: shapes of the fields,
order_id, times, ownership of the address, overlap."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.http import HttpResponse

from orders.api.crossingpay import presentation
from orders.api.crossingpay.gate import Call, answer, bad_key, endpoint
from orders.forms import DepositForm, MonitorForm
from orders.models import CallbackFormat, Order
from orders.services.chain_facts import UNKNOWN
from orders.services.placing import OrderRefused, OrderSpec, place_order
from providers.crossingpay import wire
from providers.crossingpay.wire import DepositRequest, RequestRefused
from providers.money import format_units

SHAPES = ("amount", "callback_url")  # where the form is stricter than the wire
FIELD_NAMES = {"callback_url": "callback"}
# From the code of a form's error and never its text, which may be in another language.
TEXTS = {
    "no_single_instant": "does not exist, or exists twice, in the merchant's time zone",
    "end_not_after_start": "must be after start_time",
    "end_in_past": "is in the past",
    "window_too_long": "is more than 30 days after start_time",
    "start_too_old": "is more than 24 hours ago",
    "start_too_far": "is more than a year ahead",
}
FIELD_TEXTS = {
    "address": "is not a registered wallet of this merchant",
    "amount": "must be a plain number above zero with at most six decimals, and not absurdly large",
    "callback_url": "must be an http or https URL without user name and password",
}


@endpoint("POST")
def monitor(call: Call) -> HttpResponse:
    wanted = wire.read_monitor(call.fields)
    return _order(call, MonitorForm, wanted, {"start_time": wanted.start_time, "end_time": wanted.end_time})


@endpoint("POST")
def deposit(call: Call) -> HttpResponse:
    return _order(call, DepositForm, wire.read_deposit(call.fields), {})


def _order(
    call: Call,
    form_class: type[MonitorForm | DepositForm],
    wanted: DepositRequest,
    times: Mapping[str, str],
) -> HttpResponse:
    """A known order_id is answered at once by comparing what is asked with what was: the first answer, or 409."""
    asked = {"address": wanted.address, "amount": format_units(wanted.amount_micro), **times}
    credential = call.caller.credential
    form = form_class(
        asked | {"callback_url": wanted.callback}, merchant=call.merchant, now=call.now, credential=credential
    )
    _refuse_faults(form, SHAPES)
    spec = OrderSpec(
        kind=form_class.kind,
        address=wanted.address,
        external_id=wanted.order_id,
        callback_url=wanted.callback,
        callback_format=CallbackFormat(call.merchant.crossingpay_format),
        credential=credential,
        unique_key=f"cp:{call.merchant.pk}:{wanted.order_id}",
        request=asked | {"order_id": wanted.order_id, "callback": wanted.callback},
    )
    # By far the most are new: `place_order` finds a known one too, but its window may have passed since.
    order = Order.objects.filter(unique_key=spec.unique_key).first() if form.errors else None
    if order is None:
        _refuse_faults(form, form.errors)
        order = _placed(call, replace(spec, **form.kind_values()))
    if (order.kind, order.request) != (spec.kind, spec.request):
        raise RequestRefused("order_conflict", "This order_id was used before with other content.")
    return answer(presentation.created(order), headers=presentation.window_headers(order))


def _refuse_faults(form: MonitorForm | DepositForm, names: Iterable[str]) -> None:
    errors = form.errors.as_data()
    for name in names:
        for error in errors.get(name, []):
            field = FIELD_NAMES.get(name, name)
            text = f"{field} {TEXTS.get(error.code or '') or FIELD_TEXTS.get(name, 'is not valid')}"
            if name == "address":  # the wire has checked its shape
                raise RequestRefused("address_not_found", text)
            raise RequestRefused("invalid_param", text, field=field)


def _placed(call: Call, spec: OrderSpec) -> Order:
    try:
        # Nothing of a payment order depends on the chain's facts.
        return place_order(call.merchant, spec, UNKNOWN, now=call.now)[0]
    except OrderRefused as refused:
        raise _translated(refused) from refused


def _translated(refused: OrderRefused) -> RequestRefused:
    match refused.code:
        case "window_overlap":
            number = refused.other.external_id if refused.other else ""
            return RequestRefused("window_overlap", str(refused), **({"order_id": number} if number else {}))
        case "insufficient_funds":
            return RequestRefused("insufficient_funds", str(refused))
        case "merchant_disabled":
            return bad_key()
        case _:
            return RequestRefused("unavailable", str(refused))
