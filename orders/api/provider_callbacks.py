"""Where upstreams post their callbacks: an unguessable path per account and attempt."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from orders.services import inbound

MAX_BODY_BYTES = 65_536


def _json(status: int, body: str) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")


@csrf_exempt
def receive(request: HttpRequest, account_token: str, attempt_token: str) -> HttpResponse:
    if request.method != "POST":
        return _json(405, "{}")
    # One byte more than allowed is read, so that a wrong Content-Length cannot fill the memory.
    body = request.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        return _json(413, "{}")
    status, answer = inbound.receive(
        account_token,
        attempt_token,
        headers=request.headers,
        body=body,
        path=request.path,
        now=timezone.now(),
    )
    return _json(status, answer)
