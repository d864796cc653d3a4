"""Which days a page of figures is about, and by whose clock."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.admin.base import staff
from orders.models import Merchant
from orders.services import spans
from orders.services.spans import EARLIEST, Span

LATEST = date(2200, 1, 1)


class DayField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        validators = [MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], validators=validators, **kwargs)


class MonthField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")
        validators = [MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]
        super().__init__(widget=widget, input_formats=["%Y-%m"], validators=validators, **kwargs)


class ZonedForm(forms.Form):
    """Sent by GET. What is missing or can't be read is as on the first visit: `defaults`."""

    zone = forms.ChoiceField(label=_("Time zone"), required=False)

    def __init__(self, request: HttpRequest, **defaults: Any) -> None:
        user = staff(request)
        self.defaults = defaults
        super().__init__({**{name: str(value) for name, value in defaults.items()}, **request.GET.dict()})
        field = self.fields["zone"]
        field.choices = [(name, name) for name in zones(user)]  # type: ignore[attr-defined]

    def value(self, name: str) -> Any:
        self.is_valid()
        return self.cleaned_data.get(name) or self.defaults[name]


class SpanForm(ZonedForm):
    first = DayField(label=pgettext_lazy("time", "From"), required=False)
    last = DayField(label=_("To, whole day"), required=False)
    field_order: tuple[str, ...] = ("first", "last", "zone")

    @property
    def span(self) -> Span:
        first = self.value("first")
        return spans.days(first, max(first, self.value("last")), self.value("zone"))


class DayForm(ZonedForm):
    day = DayField(label=_("Day"), required=False)
    field_order: tuple[str, ...] = ("day", "zone")

    @property
    def span(self) -> Span:
        return spans.day(self.value("day"), self.value("zone"))


def zones(user: User) -> list[str]:
    """The back office's own first, then those of merchants."""
    own = settings.TIME_ZONE
    merchants = Merchant.objects.visible_to(user).order_by("time_zone").values_list("time_zone", flat=True)
    return list(dict.fromkeys([own, "UTC", *(name for name in merchants.distinct() if _is_zone(name))]))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):
        return False
    return True
