"""Whether a key pair or a webhook secret works, as one coloured word."""

from datetime import datetime

from django.utils import timezone
from django.utils.safestring import SafeString

from orders.admin import formats
from orders.models import ApiCredential, WebhookSecret


def badge(credential: ApiCredential | WebhookSecret, now: datetime) -> SafeString:
    if credential.revoked_at is not None:
        return formats.badge("revoked", "danger", f"at {credential.revoked_at:%Y-%m-%d %H:%M:%S} UTC")
    if credential.retires_at is None:
        return formats.badge("alive", "success")
    until = f"{timezone.localtime(credential.retires_at):%Y-%m-%d %H:%M}"
    if now < credential.retires_at:
        return formats.badge(f"retiring at {until}", "warning", "replaced; it works until then")
    return formats.badge("retired", "", f"since {until}")
