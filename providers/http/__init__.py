"""The one place HTTP leaves from. See transport.py."""

from providers.http.addresses import AddressPolicy
from providers.http.posting import Ending, Posted, Poster
from providers.http.transport import Answer, Exchange, Transport

__all__ = ["AddressPolicy", "Answer", "Ending", "Exchange", "Posted", "Poster", "Transport"]
