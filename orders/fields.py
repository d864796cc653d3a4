"""Form fields for what orders are made of. Each takes any value a caller may send and refuses what it can't read."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from orders import notation
from orders.sentences import read
from providers.money import parse_units
from providers.tron.addresses import check_wallet

MOST_MICRO = 10**15  # a billion USDT
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
FLAGS = {
    **dict.fromkeys(("", "false", "off", "no", "0"), False),
    **dict.fromkeys(("true", "on", "yes", "1"), True),
}


class AddressField(forms.CharField):
    """A TRON address in base58check; says which fault it has."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 64, "strip": True} | kwargs)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if not text:
            return text
        try:
            return check_wallet(text)
        except ValueError as error:
            raise ValidationError(_("%(sentence)s.") % {"sentence": capfirst(read(str(error)))}) from error


class UnitsField(forms.CharField):
    """Decimal text with at most six places, more than zero -> integer in the smallest unit.

    `is_typed`: by a person, who may group the figures and write a comma (orders/notation.py); what can mean two amounts
    is refused in every language. Programs have no business to.
    """

    def __init__(self, *, most: int = MOST_MICRO, is_typed: bool = False, **kwargs: Any) -> None:
        self.most, self.is_typed = most, is_typed
        super().__init__(**{"max_length": 40} | kwargs)

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value))
        if not text:
            return None
        try:
            amount = self._typed(text) if self.is_typed else parse_units(text)
        except ValueError as error:
            raise ValidationError(
                _("Enter a plain number with at most six decimals, such as 100.29.")
            ) from error
        if not 0 < amount <= self.most:
            raise ValidationError(_("The amount must be more than zero and not absurdly large."))
        return amount

    def _typed(self, text: str) -> int:
        found = notation.readings(text)
        if len(found) > 1:
            large, small = map(notation.amount, found)
            raise ValidationError(
                _("“%(text)s” can mean two amounts: enter %(large)s or %(small)s.")
                % {"text": text, "large": large, "small": small},
                code="ambiguous",
            )
        if not found:
            raise ValueError("no amount")
        return found[0]


class WholeField(forms.IntegerField):
    """Plain ASCII digits only: int() alone also takes `65_000`, `６５０００` and `65000.0`. `strip`: people paste
    spaces around them, programs have no business to."""

    def __init__(self, *, strip: bool = True, **kwargs: Any) -> None:
        self.strip = strip
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        text = str(value).strip() if self.strip else str(value)
        if value not in self.empty_values and not WHOLE.fullmatch(text):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class FlagInput(forms.CheckboxInput):
    """Hands on what was sent: the stock widget makes True of `0` and `no`."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name)


class FlagField(forms.BooleanField):
    widget = FlagInput

    def to_python(self, value: Any) -> bool:
        flag = FLAGS.get("" if value is None else str(value).strip().lower())
        if flag is None:
            raise ValidationError(_("Enter true or false."), code="invalid")
        return flag


class RowField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A row by its id in plain digits."""

    def to_python(self, value: Any) -> Any:
        is_row = isinstance(value, Model)
        if value not in self.empty_values and not is_row and not WHOLE.fullmatch(str(value)):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().to_python(value)


class TimeField(forms.DateTimeField):
    """A wall clock time (naive out) or RFC 3339 with an offset (aware out). The stock field reads a wall clock time in
    the server's zone, and refuses those that do not exist there."""

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        text = str(value).strip()
        if TIME.fullmatch(text):
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
        raise ValidationError(self.error_messages["invalid"], code="invalid")
