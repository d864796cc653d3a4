"""Who calls, and what was signed (specs/itrx.md section 2). Checks in the order of section 4: API-KEY, TIMESTAMP,
SIGNATURE, then the body.

A key that may not be used gets the answer of one that never existed. Whether a key exists is no secret here: the
dialect words a wrong signature differently.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from orders.api import edge
from orders.api.itrx import refusals
from orders.models import Dialect, Merchant
from orders.services import authentication
from orders.services.authentication import Caller
from providers.itrx import wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A POST whose signature holds. `once`: the same for the same request sent again."""

    caller: Caller
    parameters: dict[str, Any]
    once: str

    @property
    def merchant(self) -> Merchant:
        return self.caller.merchant


def key_holder(request: HttpRequest, *, now: datetime, status: int = 400) -> Caller:
    """Of a GET, which needs no more than the key (2.3). Raises Refused and RateLimited."""
    caller = _find(request, now=now)
    if caller is None:
        raise refusals.detail(wire.UNKNOWN_KEY, status=status)
    authentication.admit(caller, now=now)
    return caller


def key_holder_if_any(request: HttpRequest, *, now: datetime) -> Caller | None:
    """Of index-data, which answers everybody. Raises RateLimited."""
    if not request.headers.get(wire.KEY_HEADER):
        return None
    caller = _find(request, now=now)
    if caller is not None:
        authentication.admit(caller, now=now)
    return caller


def signer(request: HttpRequest, *, now: datetime) -> Signed:
    """Raises Refused and RateLimited."""
    caller = _find(request, now=now)
    if caller is None:
        raise refusals.detail(wire.UNKNOWN_KEY)
    timestamp = request.headers.get(wire.TIMESTAMP_HEADER, "")
    signature = request.headers.get(wire.SIGNATURE_HEADER, "")
    if not wire.timestamp_ok(timestamp, now, settings.API_TIMESTAMP_TOLERANCE_SECONDS or None):
        raise _unauthentic(request, wire.STALE_TIMESTAMP, now=now)
    raw = _body(request)
    if not wire.signature_ok(caller.pair.secret, timestamp, raw, signature):
        raise _unauthentic(request, wire.BAD_SIGNATURE, now=now)
    authentication.admit(caller, now=now)
    once = f"{caller.credential.pk}&{timestamp}&{signature.lower()}"
    return Signed(
        caller=caller,
        parameters=_parameters(request, raw),
        once=f"itrx:{hashlib.sha256(once.encode()).hexdigest()}",
    )


def _find(request: HttpRequest, *, now: datetime) -> Caller | None:
    ip = edge.client_ip(request)
    caller = authentication.find(Dialect.ITRX, request.headers.get(wire.KEY_HEADER, ""), ip=ip, now=now)
    if caller is None:
        authentication.refuse_flood(ip, now=now)
    return caller


def _unauthentic(request: HttpRequest, text: str, *, now: datetime) -> refusals.Refused:
    authentication.refuse_flood(edge.client_ip(request), now=now)
    return refusals.detail(text)


def _body(request: HttpRequest) -> bytes:
    try:
        return edge.read_body(request)
    except edge.BodyTooLarge as error:
        raise refusals.detail(refusals.TOO_LARGE, status=413) from error


def _parameters(request: HttpRequest, raw: bytes) -> dict[str, Any]:
    """An empty body is `{}` (2.5)."""
    if not raw:
        return {}
    if request.content_type != "application/json":
        kind = (request.content_type or "")[:64]
        raise refusals.detail(f'Unsupported media type "{kind}" in request.', status=415)
    try:
        return wire.read_object(raw)
    except wire.Unreadable as error:
        raise refusals.detail(wire.NOT_JSON) from error
