"""Who asks, and how TronZap says yes and no (sections 1, 2 and 4)."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from orders.api.edge import BodyTooLarge, client_ip, edge, json_answer, read_body
from orders.models import Dialect, Merchant
from orders.services import authentication
from orders.services.authentication import NOBODY, Caller, RateLimited
from providers.tronzap import wire
from providers.tronzap.wire import Code

logger = logging.getLogger(__name__)

# With TRONZAP_ERROR_STATUS; every other code of TronZap's own table is a 400.
STATUSES = {
    Code.AUTH: 401,
    Code.INSUFFICIENT_FUNDS: 402,
    Code.NOT_FOUND: 404,
    Code.ADDRESS_NOT_ACTIVATED: 409,
    Code.ADDRESS_ALREADY_ACTIVATED: 409,
    Code.SERVICE_UNAVAILABLE: 503,
}


class Refused(Exception):
    """A no in the dialect. `text`: instead of the table's."""

    def __init__(self, code: int, sub_key: str = "", text: str = "") -> None:
        super().__init__(code, sub_key, text)
        self.code = code
        self.sub_key = sub_key
        self.text = text


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose signature held."""

    caller: Caller
    params: dict[str, Any]
    now: datetime

    @property
    def merchant(self) -> Merchant:
        return self.caller.merchant


Handler = Callable[[Call], object]
View = Callable[[HttpRequest], HttpResponse]


def signed(handler: Handler) -> View:
    """A view that answers with what `handler` returns."""

    @post_only
    @wraps(handler)
    def view(request: HttpRequest) -> HttpResponse:
        return success(handler(_call(request, now=timezone.now())))

    return view


def post_only(view: View) -> View:
    """Outermost: whatever happens inside is told in the dialect."""

    @edge(_failed)
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return refusal(405, headers={"Allow": "POST"})
        try:
            return view(request)
        except Refused as refused:
            return refusal(refused.code, refused.sub_key, refused.text)
        except BodyTooLarge:
            return refusal(413)
        except RateLimited as limited:
            return refusal(429, headers={"Retry-After": str(limited.retry_after_seconds)})
        except OperationalError:
            # Not 35, which says that nothing was done: the connection may be lost at the very commit.
            logger.exception("the database does not answer")
            return refusal(Code.INTERNAL_SERVER_ERROR, status=503, headers={"Retry-After": "1"})

    return guarded


def success(result: object) -> HttpResponse:
    return json_answer(wire.success_body(result, str(uuid.uuid4())))


def refusal(
    code: int,
    sub_key: str = "",
    text: str = "",
    *,
    status: int = 0,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """HTTP 200 for a code of TronZap's own table, unless the settings want another; else the code is the HTTP status
    too. `status`: instead of either."""
    body = wire.error_body(code, str(uuid.uuid4()), sub_key=sub_key, error=text)
    return json_answer(body, status=status or _status(code), headers=headers)


def _status(code: int) -> int:
    if code in wire.HTTP_ERRORS or code == Code.INTERNAL_SERVER_ERROR:
        return code
    return STATUSES.get(Code(code), 400) if settings.TRONZAP_ERROR_STATUS else 200


def _failed() -> HttpResponse:
    return refusal(Code.INTERNAL_SERVER_ERROR)


def _call(request: HttpRequest, *, now: datetime) -> Call:
    body = read_body(request)
    caller = _authenticated(request, body, now=now)
    authentication.admit(caller, now=now)
    try:
        return Call(caller, wire.read_parameters(body), now)
    except wire.Unreadable as error:
        raise Refused(Code.INVALID_SERVICE_OR_PARAMS, text=f"The body cannot be read: {error}") from error


def _authenticated(request: HttpRequest, body: bytes, *, now: datetime) -> Caller:
    ip = client_ip(request)
    token = wire.read_bearer(request.headers.get("Authorization", ""))
    caller = authentication.find(Dialect.TRONZAP, token, ip=ip, now=now)
    pair = caller.pair if caller else NOBODY
    holds = wire.signature_ok(body, pair.secret, request.headers.get("X-Signature", ""))
    if caller is None or not holds:
        authentication.refuse_flood(ip, now=now)
        raise Refused(Code.AUTH)
    return caller
