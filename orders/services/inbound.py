"""Callbacks that upstreams post to us: stored with their verdict first, then applied idempotently."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from orders.models import Attempt, CallbackLog, Direction
from orders.services import fulfilment, outcomes, settlement
from providers import masking, registry
from providers.base import InboundCallback, Progress, State
from providers.errors import CallbackRefused
from providers.keyring import SecretUnreadable
from providers.models import ProviderAccount

ANSWERS = {"bad_signature": 401, "stale": 401, "unknown_order": 404}


def receive(
    account_token: str,
    attempt_token: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    path: str,
    now: datetime,
) -> tuple[int, str]:
    """HTTP status and JSON body for the upstream. An unguessable path that is none is 404 and is not logged: it names
    no account."""
    account = ProviderAccount.objects.filter(callback_token=account_token).first()
    attempt = _attempt(account, attempt_token)
    if account is None or attempt is None:
        return 404, "{}"
    try:
        client = registry.client_for(account, now=now)
        told = client.parse_callback(headers, body, now=now)
    except SecretUnreadable as error:
        _log(account, attempt, headers, body, path, verdict="keys_unreadable", note=str(error), now=now)
        return 503, "{}"
    except CallbackRefused as error:
        _log(account, attempt, headers, body, path, verdict=error.reason, note=str(error), now=now)
        return ANSWERS.get(error.reason, 400), "{}"
    if told.request_id and told.request_id != attempt.request_id:
        note = "it names another request than its own path"
        _log(account, attempt, headers, body, path, verdict="unknown_order", note=note, now=now)
        return ANSWERS["unknown_order"], "{}"
    with transaction.atomic():
        outcomes.locked(attempt.pk)  # of two copies that come at once, one is the repeat
        verdict = "replayed" if _seen(attempt, body) else "accepted"
        _log(account, attempt, headers, body, path, verdict=verdict, note="", now=now)
    _apply(attempt, told, now=now)
    return client.acknowledgement()


def _attempt(account: ProviderAccount | None, token: str) -> Attempt | None:
    if account is None:
        return None
    return (
        Attempt.objects.select_related("order__merchant")
        .filter(callback_token=token, account__kind=account.kind, account=account)
        .first()
    )


def _seen(attempt: Attempt, body: bytes) -> bool:
    """The same body was accepted before: a repeat of the upstream, or somebody's replay. It changes nothing new."""
    earlier = CallbackLog.objects.filter(order=attempt.order, direction=Direction.IN, verdict="accepted")
    return earlier.filter(request_body=masking.mask_body(body, ())).exists()


def _apply(attempt: Attempt, told: InboundCallback, *, now: datetime) -> None:
    if told.progress is not None and _tells_too_little(attempt, told.progress):
        fulfilment.make_due(attempt.order, now=now)
    elif told.progress is not None:
        outcomes.apply(attempt.pk, told.progress, now=now)
    elif told.payment is not None and told.payment.succeeded:
        settlement.receive(attempt.pk, told.payment, now=now)


def _tells_too_little(attempt: Attempt, progress: Progress) -> bool:
    """Whether another account may try hangs on the refund, and the books on the cost: a look-up tells both."""
    if progress.state is State.FAILED:
        return progress.refund_sun is None
    return progress.state is State.SUCCEEDED and progress.cost_sun is None and attempt.cost_sun is None


def _log(
    account: ProviderAccount,
    attempt: Attempt,
    headers: Mapping[str, str],
    body: bytes,
    path: str,
    *,
    verdict: str,
    note: str,
    now: datetime,
) -> None:
    CallbackLog.objects.create(
        direction=Direction.IN,
        order=attempt.order,
        merchant=attempt.order.merchant,
        account=account,
        url=path[:2048],
        host=account.label,
        request_headers=masking.mask_headers(headers),
        request_body=masking.mask_body(body, ()),
        verdict=verdict,
        note=note[:255],
        created_at=now,
    )
