"""Whether a key pair or a webhook secret works, as one coloured word."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from orders.admin import formats
from orders.models import ApiCredential, CredentialUse, WebhookSecret

MOST_USES = 50


def badge(credential: ApiCredential | WebhookSecret, now: datetime) -> SafeString:
    if credential.revoked_at is not None:
        return formats.badge(_("revoked"), "danger", formats.clock_utc(credential.revoked_at))
    if credential.retires_at is None:
        return formats.badge(_("alive"), "success")
    until = formats.minute(credential.retires_at)
    if now < credential.retires_at:
        return formats.badge(
            _("retiring at %(until)s") % {"until": until}, "warning", _("replaced; it works until then")
        )
    return formats.badge(_("retired"), "", _("since %(until)s") % {"until": until})


@dataclass(frozen=True, slots=True)
class Use:
    """`is_since`: it was used from there after it had been replaced."""

    row: CredentialUse
    is_since: bool


def uses(credential: ApiCredential) -> list[Use]:
    """The last addresses that it was used from, newest first."""
    successor = ApiCredential.objects.filter(replaces=credential).first()
    rows = CredentialUse.objects.filter(credential=credential)[:MOST_USES]
    return [Use(row, successor is not None and row.last_at > successor.created_at) for row in rows]


def used_since(credentials: list[ApiCredential]) -> dict[int, list[CredentialUse]]:
    """By the id of each that was replaced: the addresses it was used from since. One question for all."""
    rows = CredentialUse.objects.filter(
        credential__in=credentials, last_at__gt=F("credential__successor__created_at")
    )
    found: dict[int, list[CredentialUse]] = {}
    for row in rows:
        found.setdefault(row.credential_id, []).append(row)
    return found
