"""Forms of provider accounts. Keys and secrets go in and never come back out."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.admin import acts
from orders.admin.graces import GraceForm
from orders.fields import UnitsField
from orders.models.checks import check_printable
from orders.services.accounts import check_base_url
from orders.services.ledger import MOST_TOP_UP_SUN
from providers.models import ProviderAccount, ProviderKind
from providers.money import format_units

LONGEST_SECRET = 512
COLUMNS = ("label", "kind", "base_url", "upstream_account", "enabled", "priority", "has_query")


def check_secret(text: str) -> None:
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValidationError(gettext("A key is printable ASCII without spaces."))


class SecretField(forms.CharField):
    """Write-only: a browser shows neither what is typed nor what is stored."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        given: dict[str, Any] = {"max_length": LONGEST_SECRET, "widget": widget, "validators": [check_secret]}
        super().__init__(**given | kwargs)


def require_key(form: forms.BaseForm, kind: str | None) -> None:
    """CrossingPay issues one value, the apikey; the others a key and a secret."""
    key = form.cleaned_data.get("key")
    if kind == ProviderKind.CROSSINGPAY and key:
        form.add_error(
            "key", gettext("CrossingPay issues one apikey: enter it as the secret and leave this empty.")
        )
    if kind in {ProviderKind.ITRX, ProviderKind.TRONZAP} and not key and "key" not in form.errors:
        form.add_error("key", gettext("This upstream issues a key and a secret."))


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    label = forms.CharField(
        max_length=64,
        validators=[check_printable],
        help_text=_("How staff call this account."),
        label=_("Label"),
    )
    base_url = forms.CharField(
        max_length=255,
        validators=[check_base_url],
        label=_("Base URL"),
        help_text=_("https://host, with a path only where the upstream has one."),
    )
    upstream_account = forms.CharField(
        max_length=64,
        required=False,
        validators=[check_printable],
        help_text=_("The account's name at the upstream, as a note."),
        label=_("Upstream account"),
    )
    low_balance = UnitsField(
        is_typed=True,
        required=False,
        label=_("Low below, TRX"),
        help_text=_("Below this balance the account is shown as low; empty for never."),
    )

    class Meta:
        model = ProviderAccount
        fields = COLUMNS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.low_balance_sun and "low_balance" in self.fields:
            self.initial["low_balance"] = format_units(self.instance.low_balance_sun)
        acts.dress(self)

    def clean_base_url(self) -> str:
        return str(self.cleaned_data["base_url"]).rstrip("/")

    def changes(self) -> dict[str, Any]:
        """Column by column, of a valid form; frozen columns are not among its fields."""
        columns = {name: self.cleaned_data[name] for name in COLUMNS if name in self.cleaned_data}
        return columns | {"low_balance_sun": self.cleaned_data["low_balance"] or 0}


class NewAccountForm(AccountForm):
    key = SecretField(
        required=False,
        help_text=_("iTRX: API key. TronZap: token. CrossingPay: leave empty."),
        label=_("Key"),
    )
    secret = SecretField(help_text=_("iTRX and TronZap: secret. CrossingPay: the apikey."), label=_("Secret"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        require_key(self, cleaned.get("kind"))
        return cleaned


class ReplaceKeysForm(GraceForm):
    key = SecretField(required=False, label=_("New key"))
    secret = SecretField(label=_("New secret"))
    field_order = ("key", "secret", "grace", "until")

    def __init__(self, data: Any = None, *, kind: str, **kwargs: Any) -> None:
        label = gettext("How long callbacks signed with the old pair are accepted")
        super().__init__(data, label=label, **kwargs)
        self.kind = kind

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        require_key(self, self.kind)
        return cleaned


class ProviderTopUpForm(acts.ActForm):
    amount = UnitsField(
        is_typed=True,
        most=MOST_TOP_UP_SUN,
        label=_("Amount, TRX"),
        help_text=_("What was paid to the upstream."),
    )
    reason = forms.CharField(
        max_length=150,
        validators=[check_printable],
        help_text=_("Such as the transaction id"),
        label=_("Reason"),
    )
