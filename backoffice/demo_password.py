"""The one password of the demo staff."""

import secrets

from django.conf import settings

from backoffice.environment import kept


def demo_password() -> str:
    """DEMO_PASSWORD, else a random one that is made once and kept in DATA_DIR."""
    return settings.DEMO_PASSWORD or kept(
        settings.DATA_DIR / "demo_password", lambda: secrets.token_urlsafe(12)
    )
