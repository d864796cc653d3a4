"""POST order/reclaim (specs/itrx.md 3.6): accepted now, done by the worker."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from orders.api.itrx import parameters, reading, refusals
from orders.api.itrx.access import signer
from orders.services import reclaiming

ACCEPTED = "request accept"


def reclaim(request: HttpRequest, now: datetime) -> dict[str, Any]:
    signed = signer(request, now=now)
    serial = signed.parameters.get("serial")
    if serial is None or serial == "":
        raise refusals.Refused({"serial": [parameters.REQUIRED]})
    if not isinstance(serial, str):
        raise refusals.Refused({"serial": [parameters.NOT_A_STRING]})
    order = reading.find(signed.merchant, serial=serial)
    try:
        reclaiming.request(order, now=now)
    except reclaiming.NotReclaimable as error:
        raise refusals.failed(str(error)) from error
    return {"errno": 0, "message": ACCEPTED}
