"""What the merchant-facing edges share: the raw body, the caller's address, JSON out. Each dialect words its errors."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from orders.services import networks

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 65_536
MOST_DRAINED_BYTES = 1 << 20

View = Callable[..., HttpResponse]


class BodyTooLarge(Exception):
    pass


def read_body(request: HttpRequest) -> bytes:
    """The exact bytes that were sent. Raises BodyTooLarge without reading more than is allowed."""
    try:
        # One byte more than allowed, whatever Content-Length says.
        body = request.read(MAX_BODY_BYTES + 1)
    except (UnreadablePostError, RawPostDataException):
        body = b""
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge
    return body


def client_ip(request: HttpRequest) -> str:
    """The peer, or what the outermost trusted proxy saw: further left in the header anybody may have written. One
    spelling an address, so that its failures are counted together."""
    seen = _seen_ip(request)
    try:
        return str(networks.plain(seen))
    except ValueError:
        return seen


def _seen_ip(request: HttpRequest) -> str:
    peer = str(request.META.get("REMOTE_ADDR", ""))
    hops = settings.TRUSTED_PROXIES
    if not hops:
        return peer
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return seen[-hops] if len(seen) >= hops else peer


def json_answer(
    body: bytes,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> HttpResponse:
    return HttpResponse(body, status=status, content_type=content_type, headers=dict(headers or {}))


def edge(internal: Callable[[], HttpResponse]) -> Callable[[View], View]:
    """Outermost layer of every API view: no CSRF, a fault of ours is told in the dialect's own shape, and what the view
    left of the body is read."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except Exception:
                logger.exception("%s %s failed", request.method, request.path)
                return internal()
            finally:
                _drain(request)

        return guarded

    return decorate


def _drain(request: HttpRequest) -> None:
    """A connection that ends with something unread is reset: then the sender may never see why it was refused."""
    with suppress(UnreadablePostError, RawPostDataException):
        request.read(MOST_DRAINED_BYTES)
