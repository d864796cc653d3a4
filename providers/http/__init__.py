"""The one place HTTP leaves from. See transport.py."""

from providers.http.transport import Answer, Exchange, Transport

__all__ = ["Answer", "Exchange", "Transport"]
