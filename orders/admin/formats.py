"""How figures, times and names look on the staff's pages, in the viewer's language (orders/notation.py). Amounts are
integers in the smallest unit."""

from datetime import UTC, date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from orders import notation

NOTHING = "–"


digits = notation.amount


def number(count: int | None) -> str:
    return NOTHING if count is None else notation.number(count)


def money(amount: int | None, asset: str) -> SafeString | str:
    if amount is None:
        return format_html('<span class="bo-amount">{}</span>', NOTHING)
    classes = "bo-amount bo-negative" if amount < 0 else "bo-amount"
    return format_html(
        '<span class="{}">{} <span class="bo-unit">{}</span></span>', classes, digits(amount), asset
    )


def trx(amount_sun: int | None) -> SafeString | str:
    return money(amount_sun, "TRX")


def usdt(amount_micro: int | None) -> SafeString | str:
    return money(amount_micro, "USDT")


def moment(at: datetime | None, zone: str = "") -> SafeString | str:
    """In the viewer's zone; the merchant's clock, where there is one, shows on hover. A template has "" for None."""
    if not at:
        return NOTHING
    own = notation.active()
    other = f" · {own.moment(at.astimezone(ZoneInfo(zone)))} {zone}" if zone else ""
    return format_html(
        '<time class="bo-moment" datetime="{}" title="{} UTC{}">{}</time>',
        at.isoformat(),
        own.moment(at.astimezone(UTC)),
        other,
        own.moment(timezone.localtime(at)),
    )


def time_of(at: datetime | None, now: datetime) -> str:
    """Within a sentence: `14:05:09`, with the day when it is another one than today."""
    if at is None:
        return _("some time")
    local, today = timezone.localtime(at), timezone.localtime(now)
    return f"{local:%H:%M:%S}" if local.date() == today.date() else notation.moment(local)


def clock(at: datetime, zone: str) -> str:
    """The time in that zone, as plain text."""
    return notation.moment(at.astimezone(ZoneInfo(zone)))


def clock_utc(at: datetime) -> str:
    return f"{notation.moment(at.astimezone(UTC))} UTC"


def minute(at: datetime) -> str:
    """In the viewer's zone, as plain text."""
    return notation.minute(timezone.localtime(at))


def month(first: date) -> str:
    """Within a sentence, where English alone has a capital."""
    text = date_format(first, "YEAR_MONTH_FORMAT")
    return text if notation.active() is notation.ENGLISH else text.lower()


def age(at: datetime | None, now: datetime) -> SafeString | str:
    """`3 minutes ago`, the exact time on hover."""
    if at is None:
        return NOTHING
    return format_html(
        '<time class="bo-age" datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        clock_utc(at),
        _("just now")
        if (now - at).total_seconds() < 60
        else _("%(time)s ago") % {"time": timesince(at, now, depth=1)},
    )


def milliseconds(count: int | None) -> str:
    return NOTHING if count is None else _("%(count)s ms") % {"count": notation.number(count)}


def copyable(text: str, label: str = "") -> SafeString | str:
    """`label` is shown in its place, the whole text is copied."""
    if not text:
        return NOTHING
    return format_html(
        '<span class="bo-copy"><code title="{0}">{1}</code>'
        '<button type="button" data-copy="{0}" aria-label="{2}" title="{3}">'
        '<span class="material-symbols-outlined" aria-hidden="true">content_copy</span></button></span>',
        text,
        label or text,
        _("Copy %(text)s") % {"text": text},
        _("Copy"),
    )


def preformatted(text: str) -> SafeString | str:
    return format_html('<pre class="bo-pre">{}</pre>', text) if text else NOTHING


def page_of(row: models.Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def link(row: models.Model | None, text: object = "") -> SafeString | str:
    if row is None:
        return NOTHING
    return format_html('<a class="bo-link" href="{}">{}</a>', page_of(row), text or row)


def list_of(model: type[models.Model], **filters: object) -> str:
    """Address of a list page with filters."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?{urlencode(filters, safe=':')}" if filters else url


BADGE_CLASSES = {
    "success": "bg-green-100 text-green-700 dark:bg-green-500/20 dark:text-green-400",
    "info": "bg-blue-100 text-blue-700 dark:bg-blue-500/20 dark:text-blue-400",
    "warning": "bg-orange-100 text-orange-700 dark:bg-orange-500/20 dark:text-orange-400",
    "danger": "bg-red-100 text-red-700 dark:bg-red-500/20 dark:text-red-400",
    "": "bg-base-500/8 text-base-700 dark:bg-base-500/20 dark:text-base-200",
}


def badge(text: object, tone: str = "", title: str = "") -> SafeString:
    """`tone`: success, info, warning, danger or empty."""
    return format_html(
        '<span class="inline-block font-semibold h-6 leading-6 px-2 rounded-default text-[11px] uppercase '
        'whitespace-nowrap {}" title="{}">{}</span>',
        BADGE_CLASSES[tone],
        title,
        text,
    )
