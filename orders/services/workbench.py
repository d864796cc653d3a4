"""Is this signature right, and if not, which rule was broken? For staff who help a merchant's developer.

It verifies and never signs: what comes back holds the text to be signed with the key masked, and no signature.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import translation
from django.utils.translation import gettext_noop as _

from orders.models import ApiCredential, CrossingPayFormat, Dialect, Merchant, WebhookSecret
from orders.services import audit, rotation
from providers import keyring, webhook_diagnosis, webhooks
from providers.base import KeyPair
from providers.crossingpay.wire import Reading
from providers.crossingpay.wire import diagnosis as crossingpay
from providers.diagnosis import Choice, Diagnosis
from providers.itrx import wire as itrx
from providers.tronzap.wire import diagnosis as tronzap

MOST_KEYS = 10  # that are tried: each multiplies the search
READINGS = {CrossingPayFormat.V2B: Reading.B1, CrossingPayFormat.V2B_BODY: Reading.B2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """What somebody sent. `signature`: "" for the one in the headers or in the body."""

    body: bytes
    headers: Mapping[str, str]
    signature: str = ""

    def header(self, name: str) -> str:
        wanted = name.lower()
        return next((value.strip() for each, value in self.headers.items() if each.lower() == wanted), "")


def examine_credential(
    credential: ApiCredential, specimen: Specimen, *, user: User, now: datetime
) -> Diagnosis:
    """By the rules of the credential's dialect. Raises SecretUnreadable."""
    keys = _pairs(credential, now)
    match credential.dialect:
        case Dialect.ITRX:
            found = _itrx(specimen, keys, now)
        case Dialect.TRONZAP:
            found = _tronzap(specimen, keys)
        case _:
            reading = READINGS.get(CrossingPayFormat(credential.merchant.crossingpay_format))
            found = crossingpay.diagnose(specimen.body, specimen.signature, keys, reading=reading)
    _record(credential.merchant, credential, found, user=user, now=now)
    return found


def examine_webhook(merchant: Merchant, specimen: Specimen, *, user: User, now: datetime) -> Diagnosis:
    """The webhook-… headers, by Standard Webhooks. Raises SecretUnreadable."""
    signature = specimen.signature or specimen.header(webhooks.SIGNATURE_HEADER)
    keys = _webhook_keys(merchant, now)
    if not keys:
        found = Diagnosis(is_explained=False, mistakes=(_("this merchant has no webhook secret"),))
    elif not signature:
        found = _no_signature(webhooks.SIGNATURE_HEADER)
    else:
        message_id = specimen.header(webhooks.ID_HEADER)
        timestamp = specimen.header(webhooks.TIMESTAMP_HEADER)
        found = webhook_diagnosis.diagnose(specimen.body, message_id, timestamp, signature, keys, now=now)
    _record(merchant, "webhook secrets", found, user=user, now=now)
    return found


def _itrx(specimen: Specimen, keys: Sequence[Choice[KeyPair]], now: datetime) -> Diagnosis:
    signature = specimen.signature or specimen.header(itrx.SIGNATURE_HEADER)
    if not signature:
        return _no_signature(itrx.SIGNATURE_HEADER)
    timestamp = specimen.header(itrx.TIMESTAMP_HEADER)
    found = itrx.diagnose(specimen.body, timestamp, signature, keys, now=now)
    return _with_key(found, itrx.KEY_HEADER, specimen.header(itrx.KEY_HEADER), keys)


def _tronzap(specimen: Specimen, keys: Sequence[Choice[KeyPair]]) -> Diagnosis:
    signature = specimen.signature or specimen.header("X-Signature")
    if not signature:
        return _no_signature("X-Signature")
    found = tronzap.diagnose(specimen.body, signature, keys)
    token = specimen.header("Authorization").partition(" ")[2].strip()
    return _with_key(found, "the token of Authorization", token, keys)


def _no_signature(header: str) -> Diagnosis:
    return Diagnosis(
        is_explained=False,
        mistakes=(_("the header %(header)s is missing: there is no signature") % {"header": header},),
    )


def _with_key(found: Diagnosis, name: str, key: str, keys: Sequence[Choice[KeyPair]]) -> Diagnosis:
    """Adds what is wrong with the key that was sent along, if one was."""
    if not key or key == keys[0].value.key:
        return found
    other = next((each.mistake for each in keys if each.value.key == key), _("no key of this merchant"))
    return replace(
        found,
        mistakes=(
            *found.mistakes,
            _("%(name)s is not this credential's: it is %(other)s") % {"name": name, "other": other},
        ),
    )


def _pairs(credential: ApiCredential, now: datetime) -> list[Choice[KeyPair]]:
    """The credential's, then the merchant's others, newest first."""
    others = ApiCredential.objects.filter(merchant_id=credential.merchant_id).exclude(pk=credential.pk)
    found = [Choice(rotation.open_pair(credential), _state(credential, now, is_chosen=True))]
    found += [
        Choice(rotation.open_pair(other), _state(other, now, is_chosen=False)) for other in others[:MOST_KEYS]
    ]
    return found


def _state(credential: ApiCredential, now: datetime, *, is_chosen: bool) -> str:
    if credential.is_alive(now):
        return (
            ""
            if is_chosen
            else _("another key of this merchant: %(credential)s") % {"credential": credential}
        )
    return _old(credential)


def _old(row: ApiCredential | WebhookSecret) -> str:
    words = _("an old key: %(row)s, revoked") if row.revoked_at else _("an old key: %(row)s, retired")
    return words % {"row": row}


def _webhook_keys(merchant: Merchant, now: datetime) -> list[Choice[str]]:
    """Live ones are right; without any, the secret of a CrossingPay credential is (orders.services.signing)."""
    secrets = list(merchant.webhook_secrets.all()[:MOST_KEYS])
    found = [
        Choice(
            keyring.unseal(row.sealed_secret),
            "" if row.is_alive(now) else _old(row),
        )
        for row in secrets
    ]
    takes_fallback = not any(row.is_alive(now) for row in secrets)
    for credential in merchant.credentials.filter(dialect=Dialect.CROSSINGPAY)[:MOST_KEYS]:
        is_right = takes_fallback and credential.is_alive(now)
        mistake = (
            ""
            if is_right
            else _("the secret of %(credential)s and not the webhook secret") % {"credential": credential}
        )
        found.append(Choice(rotation.open_pair(credential).secret, mistake))
    return found


def _record(
    merchant: Merchant, keys: ApiCredential | str, found: Diagnosis, *, user: User, now: datetime
) -> None:
    verdict = "valid" if found.is_valid else "explained" if found.is_explained else "unexplained"
    with translation.override("en"):
        after = {"keys": str(keys), "verdict": verdict, "mistakes": list(found.mistakes)}
    audit.record("workbench.examine", user=user, now=now, target=merchant, after=after)
