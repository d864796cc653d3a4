"""ChainFacts: is this address active, has it bandwidth, does it hold USDT?

Asked of a TronZap account (address-info), cached for a minute, one short read and never inside a transaction. No
account or no answer: everything unknown, and an unknown fact is priced as the dearer case. An order waits for this
read, so an account that fails is left alone for a while, and no answer is remembered as long.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.cache import caches

from providers import registry
from providers.errors import ProviderError, ProviderMisconfigured, ProviderRejected
from providers.keyring import SecretUnreadable
from providers.models import Health, ProviderAccount, ProviderKind
from providers.tronzap.wire import AddressInfo

logger = logging.getLogger(__name__)

cache = caches["process"]
CACHE_SECONDS = 60
REST_SECONDS = 15
TRANSFER_BANDWIDTH = 345


@dataclass(frozen=True, slots=True)
class Facts:
    """None means unknown."""

    is_active: bool | None = None
    has_bandwidth: bool | None = None
    holds_usdt: bool | None = None


UNKNOWN = Facts()


def facts_for_order(*, address: str, to_address: str, now: datetime) -> Facts:
    """USDT of the receiver, activity and bandwidth of the sender: what a collect order depends on.

    "" for an address whose facts decide nothing. Both reads together take as long as one may, and half a second more
    at the most: the receiver, who decides more of the price, is asked first.
    """
    started = time.monotonic()
    receiver = facts(to_address, now=now) if to_address else UNKNOWN
    # Whole seconds: connections are kept apart by how long they wait.
    left = settings.CHAIN_FACTS_SECONDS - round(time.monotonic() - started)
    sender = facts(address, now=now, seconds=left) if address else UNKNOWN
    return Facts(sender.is_active, sender.has_bandwidth, receiver.holds_usdt)


def facts(address: str, *, now: datetime, seconds: int | None = None) -> Facts:
    return _judged(address_info(address, now=now, seconds=seconds))


def known_facts(address: str) -> Facts:
    """What was read within the last minute; asks nobody."""
    found: tuple[AddressInfo | None] | None = cache.get(_key(address))
    return _judged(found[0]) if found else UNKNOWN


def address_info(address: str, *, now: datetime, seconds: int | None = None) -> AddressInfo | None:
    """What the address has; None when nobody could tell within `seconds` (None: the setting's)."""
    found: tuple[AddressInfo | None] | None = cache.get(_key(address))
    if found is None:
        seconds = settings.CHAIN_FACTS_SECONDS if seconds is None else seconds
        if seconds < 1:
            return None
        found = (_ask(address, now=now, seconds=seconds),)
        cache.set(_key(address), found, CACHE_SECONDS if found[0] else REST_SECONDS)
    return found[0]


def _key(address: str) -> str:
    return f"address-info:{address}"


def _ask(address: str, *, now: datetime, seconds: int) -> AddressInfo | None:
    account = _account()
    if account is None:
        return None
    try:
        client = registry.tronzap_client(account, now=now, total_seconds=seconds)
        return client.address_info(address)
    except (ProviderError, ProviderMisconfigured, SecretUnreadable) as error:
        logger.warning("no chain facts from %s: %s", account, error)
        if not isinstance(error, ProviderRejected):  # a no to one address says nothing about the next
            cache.set(_rest_key(account), True, REST_SECONDS)
        return None


def _account() -> ProviderAccount | None:
    """The first that is fit to be asked; one is asked for each address, so that the wait stays that of one call."""
    accounts = ProviderAccount.objects.filter(kind=ProviderKind.TRONZAP, enabled=True)
    fit = accounts.exclude(health=Health.MISCONFIGURED)
    return next((account for account in fit if not cache.get(_rest_key(account))), None)


def _rest_key(account: ProviderAccount) -> str:
    return f"address-info-rest:{account.pk}"


def _judged(info: AddressInfo | None) -> Facts:
    if info is None:
        return UNKNOWN
    # An inactive address has neither TRX nor free bandwidth; zero of both does not prove it inactive.
    active = True if info.balance_sun or info.bandwidth else None
    holds_usdt = None if info.usdt_micro is None else info.usdt_micro > 0
    return Facts(active, info.bandwidth >= TRANSFER_BANDWIDTH, holds_usdt)
