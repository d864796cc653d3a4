"""How amounts, instants, states and long ids look on staff pages; for templates and for columns of lists."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orders.models import Asset, PaymentStatus
from orders.states import AttemptStatus, CallbackStatus, OrderStatus
from providers.money import format_units

register = template.Library()

O, A, C, P = OrderStatus, AttemptStatus, CallbackStatus, PaymentStatus
TONES: dict[str, str] = {
    O.NEW: "blue",
    O.SENDING: "blue",
    O.ACCEPTED: "violet",
    O.WAITING: "violet",
    O.UNKNOWN: "orange",
    O.ATTENTION: "alarm",
    O.SUCCEEDED: "green",
    O.FAILED: "red",
    A.LOST: "alarm",
    C.PENDING: "blue",
    C.DELIVERED: "green",
    C.EXHAUSTED: "red",
    C.NO_CREDENTIAL: "orange",
    P.MATCHED: "green",
    P.UNMATCHED: "orange",
    "accepted_in": "green",
    "bad_signature": "red",
    "stale": "red",
    "malformed": "red",
    "unknown_order": "red",
    "refused_out": "red",
    "no_answer": "red",
    "no_connection": "red",
    "bad_url": "red",
}


def grouped(value: int) -> str:
    """1234567800 -> `"1,234.5678"`."""
    whole, point, fraction = format_units(abs(value)).partition(".")
    return f"{'-' if value < 0 else ''}{int(whole):,}{point}{fraction}"


@register.filter
def trx(value_sun: int | None) -> str:
    return "—" if value_sun is None else f"{grouped(value_sun)} TRX"


@register.filter
def usdt(value_micro: int | None) -> str:
    return "—" if value_micro is None else f"{grouped(value_micro)} USDT"


@register.filter
def in_asset(value: int, asset: str) -> str:
    return usdt(value) if asset == Asset.USDT else trx(value)


@register.simple_tag
def instant(value: datetime | None, zone: str = "") -> str:
    """In the viewer's zone; the merchant's (`zone`) on hover."""
    if value is None:
        return "—"
    local = timezone.localtime(value)
    title = f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()}"
    if zone:
        title += f" = {value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} {zone}"
    return format_html(
        '<time class="bo-time" datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        title,
        f"{local:%Y-%m-%d %H:%M:%S}",
    )


@register.simple_tag
def badge(text: object, tone: str = "") -> SafeString:
    return format_html('<span class="bo-badge bo-{}">{}</span>', tone or "grey", text)


@register.filter
def state(row: Any) -> SafeString:
    """Badge of anything that has a status with choices."""
    return badge(row.get_status_display(), TONES.get(row.status, ""))


@register.filter
def verdict(log: Any) -> SafeString:
    """Badge of a CallbackLog's verdict; `accepted` and `refused` are good and bad news here."""
    suffixed = f"{log.verdict}_{log.direction}"
    return badge(log.verdict.replace("_", " "), TONES.get(suffixed) or TONES.get(log.verdict, ""))


@register.filter
def http_status(status: int | None) -> SafeString:
    if status is None:
        return badge("no answer", "red")
    return badge(status, "green" if 200 <= status < 300 else "red")


@register.simple_tag
def copyable(text: str, *, short: bool = False) -> SafeString:
    """A long id that a click copies; `short` shows its ends only."""
    if not text:
        return format_html("—")
    shown = f"{text[:6]}…{text[-6:]}" if short and len(text) > 15 else text
    return format_html(
        '<span class="bo-id" title="{}"><code>{}</code><button type="button" class="bo-copy" data-copy="{}" '
        'aria-label="Copy {}"><span class="material-symbols-outlined">content_copy</span></button></span>',
        text,
        shown,
        text,
        text,
    )


@register.simple_tag
def transaction(txid: str) -> SafeString:
    """A chain hash, linked to the public explorer."""
    if not txid:
        return format_html("—")
    link = format_html(
        '<a class="bo-link" href="{}{}" target="_blank" rel="noopener noreferrer" title="{}"><code>{}</code></a>',
        settings.EXPLORER_TX_URL,
        txid,
        txid,
        f"{txid[:8]}…{txid[-6:]}",
    )
    return format_html(
        '<span class="bo-id">{}<button type="button" class="bo-copy" data-copy="{}" aria-label="Copy hash">'
        '<span class="material-symbols-outlined">content_copy</span></button></span>',
        link,
        txid,
    )
