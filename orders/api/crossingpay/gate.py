"""Who asks (section 1), and how CrossingPay says no (section 7.1)."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from orders.api.edge import BodyTooLarge, client_ip, edge, json_answer, read_body
from orders.models import Dialect, Merchant
from orders.services import authentication
from orders.services.authentication import Caller, RateLimited
from providers.crossingpay import wire
from providers.crossingpay.wire import RequestRefused

logger = logging.getLogger(__name__)

JSON_UTF8 = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose apikey may be used. `fields` as sent, the apikey among them."""

    caller: Caller
    fields: Mapping[str, Any] = field(repr=False)
    now: datetime

    @property
    def merchant(self) -> Merchant:
        return self.caller.merchant


Handler = Callable[[Call], HttpResponse]
View = Callable[[HttpRequest], HttpResponse]


def endpoint(*methods: str) -> Callable[[Handler], View]:
    """A view for these methods; the handler may raise RequestRefused."""

    def decorate(handler: Handler) -> View:
        @edge(_failed)
        @wraps(handler)
        def view(request: HttpRequest) -> HttpResponse:
            if request.method not in methods:
                allowed = {"Allow": ", ".join(methods)}
                return refusal("method_not_allowed", "This method is not allowed here.", headers=allowed)
            return _guarded(request, handler)

        return view

    return decorate


def _guarded(request: HttpRequest, handler: Handler) -> HttpResponse:
    try:
        return handler(_call(request, now=timezone.now()))
    except RequestRefused as refused:
        return answer(refused.body, status=refused.status)
    except BodyTooLarge:
        return refusal("too_large", "The body is too large.")
    except RateLimited as limited:
        wait = {"Retry-After": str(limited.retry_after_seconds)}
        return refusal("rate_limited", "Too many requests.", headers=wait)
    except OperationalError:
        # The same request may be repeated safely, so it is asked for that.
        logger.exception("the database does not answer")
        wait = {"Retry-After": "1"}
        return refusal("unavailable", "Please send the same request again later.", headers=wait)


def answer(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return json_answer(body, status=status, headers=headers, content_type=JSON_UTF8)


def refusal(code: str, message: str, *, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return answer(wire.error_body(code, message), status=wire.ERROR_STATUS[code], headers=headers)


def _failed() -> HttpResponse:
    return refusal("internal", "A fault of ours; please send the same request again later.")


def unreached(status: int) -> HttpResponse:
    """Of a request that no view has seen; `status` is 400, 404 or 500."""
    match status:
        case 400:
            return refusal("invalid_param", "This request cannot be served.")
        case 404:
            return refusal("unknown_path", "There is no such path.")
        case _:
            return _failed()


@edge(_failed)
def unknown_path(_request: HttpRequest) -> HttpResponse:
    return unreached(404)


def bad_key() -> RequestRefused:
    return RequestRefused("invalid_apikey", "The apikey is not valid.")


def _call(request: HttpRequest, *, now: datetime) -> Call:
    apikey, fields = _read(request)
    ip = client_ip(request)
    caller = authentication.find(Dialect.CROSSINGPAY, apikey, ip=ip, now=now)
    if caller is None:
        authentication.refuse_flood(ip, now=now)
        raise bad_key()
    authentication.admit(caller, now=now)
    return Call(caller, fields, now)


def _read(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """The apikey and what is asked. A GET names the key in a header, never in its URL (section 7.3)."""
    if request.method == "GET":
        text = str(request.META.get("QUERY_STRING", ""))
        return request.headers.get("X-Api-Key", ""), wire.read_fields(text.encode(errors="replace"), FORM)
    fields = wire.read_fields(read_body(request), request.headers.get("Content-Type", ""))
    return wire.apikey_of(fields), fields
