"""A caller's parameters: their JSON types first, then the shared forms; errors in the dialect's words.

A list of texts per parameter, as Django REST Framework has them (specs/itrx.md section 4). Always English: made from
the code of an error, never from its text.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from orders.api.itrx import refusals
from orders.fields import AddressField, WholeField
from orders.forms import CollectForm, EnergyForm
from orders.models.checks import check_not_blank, check_printable
from orders.period_tariff import LEAST_ENERGY, MOST_ENERGY
from providers.itrx import wire

LONGEST_ECHO = 64
# No field takes it: it stands for a value that is neither text nor a whole number.
UNREADABLE = "\0"

REQUIRED = "This field is required."
NOT_A_STRING = "Not a valid string."
AT_LEAST = "Ensure this value is greater than or equal to {limit_value}."
AT_MOST = "Ensure this value is less than or equal to {limit_value}."
TEXTS = {
    "required": REQUIRED,
    "blank": "This field may not be blank.",
    "min_value": AT_LEAST,
    "max_value": AT_MOST,
    "max_length": "Ensure this field has no more than {limit_value} characters.",
}


class PeriodField(forms.Field):
    """`1H`, `5D` -> hours (specs/itrx.md section 1)."""

    def to_python(self, value: object) -> int | None:
        if value in self.empty_values:
            return None
        try:
            return wire.hours_of_text(str(value))
        except ValueError as error:
            raise ValidationError("no such period", code="invalid_choice") from error


class NumberField(forms.CharField):
    """The caller's own number of an order: exactly as sent, so that it is found by it."""

    def __init__(self) -> None:
        super().__init__(
            max_length=255, strip=False, required=False, validators=[check_printable, check_not_blank]
        )


class CollectOrderForm(CollectForm):
    external_id = NumberField()
    names = {
        "scene": "scene",
        "receive_address": "address",
        "to_address": "to_address",
        "callback_url": "callback_url",
        "out_trade_no": "external_id",
    }


class EnergyOrderForm(EnergyForm):
    """`activate` is any number above 0 (3.3)."""

    energy = WholeField(strip=False, min_value=LEAST_ENERGY, max_value=MOST_ENERGY)
    duration_hours = PeriodField()  # type: ignore[assignment]  # not only the days of a menu
    activate = WholeField(strip=False, required=False)  # type: ignore[assignment]
    exclusive = WholeField(strip=False, required=False)
    external_id = NumberField()
    names = {
        "energy_amount": "energy",
        "period": "duration_hours",
        "receive_address": "address",
        "active": "activate",
        "exclusive": "exclusive",
        "callback_url": "callback_url",
        "out_trade_no": "external_id",
    }

    def kind_values(self) -> dict[str, Any]:
        return super().kind_values() | {"activate": (self.cleaned_data["activate"] or 0) > 0}


class PriceForm(forms.Form):
    """`energy_amount` wins where both are given (3.2)."""

    period = PeriodField()
    energy_amount = WholeField(strip=False, min_value=LEAST_ENERGY, max_value=MOST_ENERGY, required=False)
    to_address = AddressField(required=False)
    names = {name: name for name in ("period", "energy_amount", "to_address")}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.data["energy_amount"] and not self.data["to_address"]:
            self.add_error("energy_amount", ValidationError("", code="required"))
        return cleaned


def data(names: Mapping[str, str], parameters: Mapping[str, Any]) -> dict[str, str]:
    """Plain texts under the form's own names; null counts as absent."""
    return {own: _plain(parameters.get(name)) for name, own in names.items()}


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    return UNREADABLE


def given(names: Mapping[str, str], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that this dialect knows, in the caller's own words. Of a valid form: texts and integers."""
    return {name: parameters[name] for name in names if parameters.get(name) is not None}


def check(form: forms.Form, names: Mapping[str, str], parameters: Mapping[str, Any]) -> None:
    """Raises Refused with everything that is wrong."""
    if form.is_valid():
        return
    errors = form.errors.as_data()
    if "credential" in errors:  # revoked since it was authenticated
        raise refusals.detail(wire.UNKNOWN_KEY)
    texts = {
        name: [_text(form.fields[own], name, error, parameters.get(name)) for error in errors[own]]
        for name, own in names.items()
        if own in errors
    }
    raise refusals.Refused({name: list(dict.fromkeys(each)) for name, each in texts.items()})


def _text(field: forms.Field, name: str, error: ValidationError, value: object) -> str:
    code = error.code or ""
    if code == "invalid_choice":
        return not_a_choice(value)
    if isinstance(field, AddressField) and code != "required":
        return "Invalid TRON address."
    if code in TEXTS:
        return TEXTS[code].format(**(error.params or {}))
    if isinstance(field, WholeField):
        return "A valid integer is required."
    return "Enter a valid URL." if name == "callback_url" else NOT_A_STRING


def not_a_choice(value: object) -> str:
    return f'"{str(value)[:LONGEST_ECHO]}" is not a valid choice.'
