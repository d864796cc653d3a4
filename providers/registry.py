"""Kind of account -> client class, and a client per account with its pooled transport."""

import hashlib
import os
import threading
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from providers.base import Credentials, Kind, ProviderClient
from providers.crossingpay.client import CrossingPayClient
from providers.http import AddressPolicy, Transport
from providers.itrx.client import ItrxClient
from providers.models import ProviderAccount, ProviderKind
from providers.recording import recorder
from providers.tronzap.client import TronZapClient

KINDS_SUPPORTED: dict[str, frozenset[Kind]] = {
    ProviderKind.ITRX: ItrxClient.kinds,
    ProviderKind.TRONZAP: TronZapClient.kinds,
    ProviderKind.CROSSINGPAY: CrossingPayClient.kinds,
}

_local = threading.local()


def client_for(account: ProviderAccount, *, now: datetime) -> ProviderClient:
    """Raises SecretUnreadable. A replaced key or URL makes a new client at once."""
    match account.kind:
        case ProviderKind.ITRX:
            return itrx_client(account, now=now)
        case ProviderKind.TRONZAP:
            return tronzap_client(account, now=now)
        case _:
            credentials = account.credentials(now=now)
            transport = _transport(account, credentials)
            return CrossingPayClient(credentials, transport, has_query=account.has_query)


def itrx_client(account: ProviderAccount, *, now: datetime) -> ItrxClient:
    credentials = account.credentials(now=now)
    return ItrxClient(
        credentials,
        _transport(account, credentials),
        callback_tolerance_seconds=settings.PROVIDER_CALLBACK_TOLERANCE_SECONDS,
    )


def tronzap_client(
    account: ProviderAccount, *, now: datetime, total_seconds: int | None = None
) -> TronZapClient:
    """`total_seconds`: less than the setting's, for a caller who cannot wait as long."""
    credentials = account.credentials(now=now)
    return TronZapClient(credentials, _transport(account, credentials, total_seconds))


def _transport(
    account: ProviderAccount, credentials: Credentials, total_seconds: int | None = None
) -> Transport:
    """One per account, patience and thread, as long as what its recorder must mask stays the same."""
    pool: dict[tuple[int, int], tuple[str, Transport]] = _local.__dict__.setdefault("transports", {})
    mark = _fingerprint(account, credentials)
    patience = min(total_seconds or settings.PROVIDER_TOTAL_SECONDS, settings.PROVIDER_TOTAL_SECONDS)
    known = pool.get((account.pk, patience))
    if known is None or known[0] != mark:
        transport = Transport(
            connect_seconds=settings.PROVIDER_CONNECT_SECONDS,
            total_seconds=patience,
            policy=AddressPolicy.opening(settings.PROVIDER_ALLOWED_NETWORKS),
            record=recorder(account, credentials, clock=timezone.now),
        )
        known = pool[account.pk, patience] = (mark, transport)
    return known[1]


def _fingerprint(account: ProviderAccount, credentials: Credentials) -> str:
    # With the process: a fork inherits the pool, and two processes must never write into one connection.
    parts = (
        str(os.getpid()),
        str(settings.PROVIDER_ALLOWED_NETWORKS),
        account.base_url,
        account.sealed_key,
        account.sealed_secret,
        str(credentials.previous is None),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
