"""The formats of lists and pages, for templates."""

import json
from typing import Any

from django import template
from django.forms import BaseForm
from django.utils.translation import gettext as _

from orders import notation
from orders.admin import acts, badges, formats
from orders.sentences import read

register = template.Library()

register.filter("trx", formats.trx)
register.filter("usdt", formats.usdt)
register.filter("grouped", formats.number)
register.filter("month", formats.month)
register.filter("day", notation.day)
register.filter("page_of", formats.page_of)
register.filter("link", formats.link)
register.filter("state", badges.state)
register.filter("endpoint", badges.endpoint)
register.filter("health", badges.health)
register.filter("verdict", badges.verdict)
register.filter("trigger", badges.trigger)
register.filter("told", read)
register.filter("sweep_step", badges.sweep_step)
register.filter("http_status", badges.http_status)
register.filter("chain_hash", badges.chain_hash)
register.simple_tag(formats.money, name="money")
register.simple_tag(formats.moment, name="moment")
register.simple_tag(formats.clock, name="clock")
register.simple_tag(formats.age, name="age")
register.simple_tag(formats.copyable, name="copyable")
register.simple_tag(formats.badge, name="badge")


@register.filter
def short_id(text: str) -> Any:
    """The ends of a long id; the whole of it is copied."""
    return formats.copyable(text, f"{text[:6]}…{text[-4:]}" if len(text) > 14 else text)


@register.filter
def percent(value: int | None) -> str:
    return formats.NOTHING if value is None else notation.percent(str(value))


@register.filter
def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def as_headers(value: dict[str, str]) -> str:
    """One a line."""
    return "\n".join(f"{name}: {content}" for name, content in value.items()) or _("(none)")


@register.filter
def dressed(form: BaseForm) -> BaseForm:
    """A form of another app in unfold's looks."""
    acts.dress(form)
    return form
