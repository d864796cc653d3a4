"""Keeping every exchange with an upstream, masked."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import Error

from providers import masking
from providers.base import Credentials
from providers.http import Exchange
from providers.models import ProviderAccount, ProviderCall

logger = logging.getLogger(__name__)


def recorder(
    account: ProviderAccount, credentials: Credentials, *, clock: Callable[[], datetime]
) -> Callable[[Exchange], None]:
    """What a transport calls after each try. A failure to record never breaks the call itself."""
    pairs = [pair for pair in (credentials.current, credentials.previous) if pair]
    secrets = [text for pair in pairs for text in (pair.key, pair.secret)]

    def record(exchange: Exchange) -> None:
        try:
            _store(account, exchange, secrets, clock())
        except Error:
            logger.exception("a call to %s could not be recorded", account)

    return record


def _store(account: ProviderAccount, exchange: Exchange, secrets: list[str], now: datetime) -> None:
    ProviderCall.objects.create(
        account=account,
        request_id=exchange.request_id[:64],
        purpose=exchange.purpose[:32],
        method=exchange.method,
        url=masking.mask_text(exchange.url, secrets)[:2048],
        request_headers=masking.mask_headers(exchange.request_headers, secrets),
        request_body=masking.mask_body(exchange.request_body, secrets),
        sent=exchange.sent,
        status=exchange.status,
        response_headers=masking.mask_headers(exchange.response_headers, secrets),
        response_body=masking.mask_body(exchange.response_body, secrets),
        error=masking.mask_text(exchange.error, secrets)[:255],
        duration_ms=exchange.duration_ms,
        created_at=now,
    )
