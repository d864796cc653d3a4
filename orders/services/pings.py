"""Test callbacks: staff send one to a merchant's server, the same way as a real one, marked as a test everywhere.

On the wire: the header X-Test, a webhook-id that begins with `test_` (which the webhook signature covers), the type
test.ping in the native format, numbers that no order has in the others. It belongs to no order and is tried once.
"""

import uuid
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders.models import ApiCredential, Callback, CallbackFormat, Dialect, Merchant
from orders.models.checks import check_callback_url
from orders.services import audit, callback_payloads, delivery, limits, waking

EVENT = "test.ping"
TRIGGER = "test"
MOST_PER_MINUTE = 6  # of one merchant: enough to try things, not enough to annoy a server


def send_test(
    merchant: Merchant,
    *,
    callback_format: CallbackFormat,
    credential: ApiCredential | None = None,
    url: str = "",
    user: User,
    now: datetime,
) -> Callback:
    """Put one in the outbox. `credential`: the merchant's newest of the format's dialect unless given; `url`: the
    merchant's default unless given. Raises ValidationError."""
    url = url or merchant.default_callback_url
    if not url:
        raise ValidationError({"url": _("This merchant has no default callback URL: name one.")})
    check_callback_url(url)
    signer = _signer(merchant, callback_format, credential, now)
    if limits.seconds_to_wait(f"test-callback:{merchant.pk}", per_minute=MOST_PER_MINUTE, now=now):
        raise ValidationError(
            format_lazy(
                _("At most {most} test callbacks a minute for one merchant."),
                most=MOST_PER_MINUTE,
            )
        )
    unique = uuid.uuid4().hex
    number = f"TEST-{unique[:12].upper()}"
    with transaction.atomic():
        callback = Callback.objects.create(
            merchant=merchant,
            order=None,
            is_test=True,
            event=EVENT,
            event_id=f"test_{unique}",
            url=url,
            host=delivery.host_of(url),
            format=callback_format,
            credential=signer,
            payload=callback_payloads.ping(callback_format, number, now=now),
            trigger=TRIGGER,
            is_retried=False,
            next_attempt_at=now,
            claimable_at=now,
            created_at=now,
        )
        after = {"merchant": merchant.name, "url": url, "format": str(callback_format)}
        audit.record("callback.test", user=user, now=now, target=callback, after=after)
        waking.wake_dispatchers()
    return callback


def dialect_of(callback_format: str) -> Dialect | None:
    """Whose credential signs it; None: a webhook secret does."""
    if callback_format == CallbackFormat.NATIVE:
        return None
    return Dialect.ITRX if callback_format == CallbackFormat.ITRX else Dialect.CROSSINGPAY


def _signer(
    merchant: Merchant, callback_format: CallbackFormat, credential: ApiCredential | None, now: datetime
) -> ApiCredential | None:
    dialect = dialect_of(callback_format)
    if dialect is None:
        if not merchant.webhook_secrets.alive(now).exists():
            raise ValidationError({"callback_format": _("This merchant has no webhook secret: issue one.")})
        return None
    alive = ApiCredential.objects.alive(now).filter(merchant=merchant, dialect=dialect)
    if credential is not None and credential not in alive:
        text = format_lazy(_("This format is signed with a living {label} credential."), label=dialect.label)
        raise ValidationError({"credential": text})
    signer = credential or alive.first()
    if signer is None:
        raise ValidationError(
            {
                "callback_format": format_lazy(
                    _("This merchant has no {label} credential."), label=dialect.label
                )
            }
        )
    return signer
