"""ChainFacts: is this address active, has it bandwidth, does it hold USDT?

Asked of a TronZap account (address-info), cached for a minute, one bounded read and never inside a transaction. No
account or no answer: everything unknown, and an unknown fact is priced as the dearer case. No answer is cached too.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from providers import registry
from providers.errors import ProviderError, ProviderMisconfigured
from providers.keyring import SecretUnreadable
from providers.models import ProviderAccount, ProviderKind
from providers.tronzap.wire import AddressInfo

logger = logging.getLogger(__name__)

CACHE_SECONDS = 60
TRANSFER_BANDWIDTH = 345


@dataclass(frozen=True, slots=True)
class Facts:
    """None means unknown."""

    is_active: bool | None = None
    has_bandwidth: bool | None = None
    holds_usdt: bool | None = None


UNKNOWN = Facts()


def facts_for_order(*, address: str, to_address: str, now: datetime) -> Facts:
    """Activity and bandwidth of the sender, USDT of the receiver: what a collect order depends on."""
    sender = facts(address, now=now)
    receiver = facts(to_address, now=now) if to_address else UNKNOWN
    return Facts(sender.is_active, sender.has_bandwidth, receiver.holds_usdt)


def facts(address: str, *, now: datetime) -> Facts:
    return _judged(address_info(address, now=now))


def known_facts(address: str) -> Facts:
    """What was read within the last minute; asks nobody."""
    found: tuple[AddressInfo | None] | None = cache.get(_key(address))
    return _judged(found[0]) if found else UNKNOWN


def address_info(address: str, *, now: datetime) -> AddressInfo | None:
    """What the address has; None when nobody could tell."""
    found: tuple[AddressInfo | None] | None = cache.get(_key(address))
    if found is None:
        found = (_ask(address, now=now),)
        cache.set(_key(address), found, CACHE_SECONDS)
    return found[0]


def _key(address: str) -> str:
    return f"address-info:{address}"


def _ask(address: str, *, now: datetime) -> AddressInfo | None:
    account = ProviderAccount.objects.filter(kind=ProviderKind.TRONZAP, enabled=True).first()
    if account is None:
        return None
    try:
        return registry.tronzap_client(account, now=now).address_info(address)
    except (ProviderError, ProviderMisconfigured, SecretUnreadable) as error:
        logger.warning("no chain facts from %s: %s", account, error)
        return None


def _judged(info: AddressInfo | None) -> Facts:
    if info is None:
        return UNKNOWN
    # An inactive address has neither TRX nor free bandwidth; zero of both does not prove it inactive.
    active = True if info.balance_sun or info.bandwidth else None
    holds_usdt = None if info.usdt_micro is None else info.usdt_micro > 0
    return Facts(active, info.bandwidth >= TRANSFER_BANDWIDTH, holds_usdt)
