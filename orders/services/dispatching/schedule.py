"""What an answer means and when the next try is due. Pure: no database, no clock."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from orders.models import CallbackFormat

# Seconds before each further try: specs/itrx.md section 5, specs/crossingpay.md 4.2, and what Standard Webhooks
# recommends.
ITRX_SECONDS = (15, 15, 30, 180, 600, 1200, 1800)
CROSSINGPAY_SECONDS = (15, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
NATIVE_SECONDS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
GONE = 410
THROTTLED = frozenset({429, 503})
LONGEST_RETRY_AFTER = timedelta(hours=24)


def retry_seconds(callback_format: str) -> tuple[int, ...]:
    if callback_format == CallbackFormat.ITRX:
        return ITRX_SECONDS
    return NATIVE_SECONDS if callback_format == CallbackFormat.NATIVE else CROSSINGPAY_SECONDS


def is_success(callback_format: str, status: int | None) -> bool:
    """200 alone in the seeds' dialects; Standard Webhooks takes any 2xx."""
    if status is None:
        return False
    return 200 <= status < 300 if callback_format == CallbackFormat.NATIVE else status == 200


def ends_the_event(callback_format: str, status: int | None) -> bool:
    """The receiver wants no more of it (Standard Webhooks); in the seeds' dialects everything is tried again."""
    return callback_format == CallbackFormat.NATIVE and status == GONE


def has_tries_left(callback_format: str, tries: int) -> bool:
    return tries <= len(retry_seconds(callback_format))


def retry_wait(
    callback_format: str, tries_before: int, *, asked: timedelta | None = None
) -> timedelta | None:
    """Pause after the try that followed `tries_before` others of the round, ±10 %; None: that was the last.

    `asked`: what the receiver asked for; it lengthens the pause, up to a day, and never shortens it.
    """
    steps = retry_seconds(callback_format)
    if tries_before >= len(steps):
        return None
    wait = timedelta(seconds=steps[tries_before] * random.uniform(0.9, 1.1))  # noqa: S311 - jitter
    return max(wait, min(asked, LONGEST_RETRY_AFTER)) if asked else wait


def asked_wait(status: int | None, headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Retry-After of a 429 or 503 (RFC 9110, 10.2.3): seconds or a date; None for none, or none that can be read."""
    text = headers.get("retry-after", "").strip()
    if status not in THROTTLED or not text:
        return None
    if text.isdecimal() and text.isascii():
        return min(timedelta(seconds=int(text[:9])), LONGEST_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(text)
        return at - now if at.tzinfo and at > now else None
    except (ValueError, OverflowError):  # a year of twenty digits, an offset of as many hours
        return None
