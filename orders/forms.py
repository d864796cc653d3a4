"""One form per order kind, for the admin now and for the merchant APIs: field by field checks, no business rules.

`spec()` of a valid form is the OrderSpec that `place_order` takes. Amounts arrive as decimal text and leave as
integers in the smallest unit.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from orders.fields import AddressField, FlagField, RowField, TimeField, UnitsField, WholeField
from orders.models import ApiCredential, CallbackFormat, Dialect, Merchant, OrderKind, Watcher
from orders.models.checks import check_callback_url, check_printable
from orders.period_tariff import LEAST_ENERGY, MOST_ENERGY
from orders.services.placing import OrderSpec
from providers.base import Kind
from providers.models import ProviderAccount

MOST_BANDWIDTH = 1_000_000
DEPOSIT_WINDOW = timedelta(minutes=30)
LONGEST_WINDOW = timedelta(days=30)
OLDEST_START = timedelta(hours=24)
LATEST_START = timedelta(days=366)


class OrderForm(forms.Form):
    """What every kind has. The admin adds the merchant and the submit token; `credential` is an API caller's own,
    where staff choose one in the field of that name."""

    kind: Kind
    # What can tell the end of this kind: an iTRX callback knows no payment, CrossingPay's nothing else.
    callback_formats: tuple[CallbackFormat, ...] = (CallbackFormat.NONE, CallbackFormat.ITRX)
    address = AddressField(label=_("Receiving address"))
    external_id = forms.CharField(
        max_length=255,
        required=False,
        validators=[check_printable],
        label=_("Merchant's order number"),
    )
    callback_url = forms.CharField(
        max_length=2048, required=False, validators=[check_callback_url], label=_("Callback URL")
    )
    callback_format = forms.ChoiceField(
        choices=CallbackFormat.choices,
        required=False,
        initial=CallbackFormat.NONE,
        label=_("Callback format"),
    )
    credential = RowField(ApiCredential.objects.none(), required=False, label=_("Signing credential"))
    account_choice = RowField(
        ProviderAccount.objects.none(),
        required=False,
        label=_("Provider account"),
        empty_label=_("automatic"),
    )
    submit_token = forms.CharField(
        max_length=64, required=False, validators=[check_printable], widget=forms.HiddenInput
    )

    def __init__(
        self,
        *args: Any,
        merchant: Merchant | None,
        now: datetime,
        accounts: list[ProviderAccount] | None = None,
        credential: ApiCredential | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.merchant = merchant
        self.now = now
        self.caller_credential = credential
        self.fields["callback_format"].choices = [(each.value, each.label) for each in self.callback_formats]  # type: ignore[attr-defined]
        if merchant is not None and credential is None:
            self.fields["credential"].queryset = ApiCredential.objects.alive(now).filter(merchant=merchant)  # type: ignore[attr-defined]
        if accounts:
            pks = [account.pk for account in accounts]
            self.fields["account_choice"].queryset = ProviderAccount.objects.filter(pk__in=pks)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._clean_callback(cleaned)
        return cleaned

    def _clean_callback(self, cleaned: dict[str, Any]) -> None:
        callback_format = cleaned.get("callback_format") or CallbackFormat.NONE
        cleaned["callback_format"] = CallbackFormat(callback_format)
        if callback_format == CallbackFormat.NONE:
            cleaned["callback_url"], cleaned["credential"] = "", None
            return
        if not cleaned.get("callback_url") and self.merchant and "callback_url" not in self.errors:
            cleaned["callback_url"] = self.merchant.default_callback_url
        if not cleaned.get("callback_url") and "callback_url" not in self.errors:
            self.add_error(
                "callback_url", gettext("A callback needs a URL: this merchant has no default one.")
            )
        credential = cleaned["credential"] = self.caller_credential or cleaned.get("credential")
        wanted = Dialect.ITRX if callback_format == CallbackFormat.ITRX else Dialect.CROSSINGPAY
        if credential is None and "credential" not in self.errors:
            self.add_error(
                "credential", gettext("A callback must be signed: choose a credential, or no callback.")
            )
        elif credential is not None and credential.dialect != wanted:
            self.add_error(
                "credential",
                gettext("This format is signed with an %(label)s credential.") % {"label": wanted.label},
            )

    def spec(self) -> OrderSpec:
        """Of a valid form."""
        names = (
            "address",
            "external_id",
            "callback_url",
            "callback_format",
            "credential",
            "account_choice",
        )
        values = {name: self.cleaned_data[name] for name in names}
        token = self.cleaned_data.get("submit_token") or None
        return OrderSpec(kind=self.kind, submit_token=token, **values, **self.kind_values())

    def kind_values(self) -> dict[str, Any]:
        return {}


class CollectForm(OrderForm):
    """Seed: iTRX order/collect-manual."""

    kind = Kind.COLLECT
    scene = forms.TypedChoiceField(
        coerce=int,
        choices=[
            (0, _("automatic")),
            (1, _("energy only")),
            (2, _("bandwidth and energy")),
            (3, _("activation, bandwidth and energy")),
        ],
        initial=0,
        label=_("Scene"),
    )
    to_address = AddressField(required=False, label=_("USDT goes to"))
    field_order = ["address", "to_address", "scene"]

    def kind_values(self) -> dict[str, Any]:
        return {"scene": self.cleaned_data["scene"], "to_address": self.cleaned_data["to_address"]}


DURATIONS = [(1, _("1 hour")), (24, _("1 day")), (72, _("3 days")), (720, _("30 days"))]


class EnergyForm(OrderForm):
    """Seed: TronZap transaction/new, service energy."""

    kind = Kind.ENERGY
    energy = WholeField(
        min_value=LEAST_ENERGY, max_value=MOST_ENERGY, initial=65_000, label=_("Energy, units")
    )
    duration_hours = forms.TypedChoiceField(coerce=int, choices=DURATIONS, initial=1, label=_("Duration"))
    activate = FlagField(required=False, label=_("Activate the address if it is not active"))
    field_order = ["address", "energy", "duration_hours", "activate"]

    def kind_values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("energy", "duration_hours", "activate")}


class BandwidthForm(OrderForm):
    kind = Kind.BANDWIDTH
    bandwidth = WholeField(
        min_value=300, max_value=MOST_BANDWIDTH, initial=1_000, label=_("Bandwidth, units")
    )
    activate = FlagField(required=False, label=_("Activate the address if it is not active"))
    field_order = ["address", "bandwidth", "activate"]

    def kind_values(self) -> dict[str, Any]:
        names = ("bandwidth", "activate")
        return {"duration_hours": 1} | {name: self.cleaned_data[name] for name in names}


class BundleForm(OrderForm):
    kind = Kind.BUNDLE
    energy = WholeField(
        min_value=LEAST_ENERGY, max_value=MOST_ENERGY, initial=65_000, label=_("Energy, units")
    )
    bandwidth = WholeField(min_value=300, max_value=MOST_BANDWIDTH, initial=345, label=_("Bandwidth, units"))
    activate = FlagField(required=False, label=_("Activate the address if it is not active"))
    field_order = ["address", "energy", "bandwidth", "activate"]

    def kind_values(self) -> dict[str, Any]:
        names = ("energy", "bandwidth", "activate")
        return {"duration_hours": 1} | {name: self.cleaned_data[name] for name in names}


class ActivationForm(OrderForm):
    """Seed: TronZap transaction/new, service activate_address."""

    kind = Kind.ACTIVATION


class PaymentForm(OrderForm):
    """What monitor and deposit share; the dialect is CrossingPay's."""

    address = AddressField(label=_("Address"))
    amount = UnitsField(label=_("Amount, USDT"))
    watcher = forms.TypedChoiceField(
        choices=[("", _("automatic")), *Watcher.choices],
        coerce=Watcher,
        empty_value=None,
        required=False,
        label=_("Watched by"),
    )

    def __init__(self, *args: Any, merchant: Merchant | None, **kwargs: Any) -> None:
        profile = CallbackFormat(merchant.crossingpay_format if merchant else CallbackFormat.V2A)
        self.callback_formats = (CallbackFormat.NONE, profile)
        super().__init__(*args, merchant=merchant, **kwargs)

    def kind_values(self) -> dict[str, Any]:
        start, end = self.window()
        return {
            "dialect": Dialect.CROSSINGPAY,
            "amount_micro": self.cleaned_data["amount"],
            "watcher": self.cleaned_data["watcher"],
            "window_start": start,
            "window_end": end,
        }

    def window(self) -> tuple[datetime, datetime]:
        raise NotImplementedError


class MonitorForm(PaymentForm):
    """Seed: CrossingPay orders/monitor. Times are wall clock in the merchant's zone, or carry their own offset."""

    kind = Kind.MONITOR
    start_time = TimeField(label=pgettext_lazy("time", "From"))
    end_time = TimeField(label=_("Until"))
    field_order = ["address", "amount", "start_time", "end_time"]

    def clean_start_time(self) -> datetime:
        return self._in_zone(self.cleaned_data["start_time"])

    def clean_end_time(self) -> datetime:
        return self._in_zone(self.cleaned_data["end_time"])

    def _in_zone(self, value: datetime) -> datetime:
        """A wall clock time that does not exist, or exists twice, is refused (specs/crossingpay.md 7.1)."""
        zone = ZoneInfo(self.merchant.time_zone if self.merchant else "UTC")
        early, late = value, value
        if value.tzinfo is None:
            early, late = value.replace(tzinfo=zone, fold=0), value.replace(tzinfo=zone, fold=1)
        if early.utcoffset() != late.utcoffset():
            text = gettext("This time does not exist, or exists twice, in %(key)s.") % {"key": zone.key}
            raise ValidationError(text, code="no_single_instant")
        try:
            return early.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(gettext("This time is out of range."), code="out_of_range") from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        start, end = cleaned.get("start_time"), cleaned.get("end_time")
        if start is None or end is None:
            return cleaned
        if end <= start:
            self._refuse("end_time", gettext("The end must be after the start."), "end_not_after_start")
        elif end <= self.now:
            self._refuse("end_time", gettext("The end is in the past."), "end_in_past")
        elif end - start > LONGEST_WINDOW:
            self._refuse("end_time", gettext("The window is longer than 30 days."), "window_too_long")
        if start < self.now - OLDEST_START:
            self._refuse("start_time", gettext("The start is more than 24 hours ago."), "start_too_old")
        elif start > self.now + LATEST_START:
            self._refuse("start_time", gettext("The start is more than a year ahead."), "start_too_far")
        return cleaned

    def _refuse(self, name: str, text: str, code: str) -> None:
        """An API words it anew, by the code."""
        self.add_error(name, ValidationError(text, code=code))

    def window(self) -> tuple[datetime, datetime]:
        return self.cleaned_data["start_time"], self.cleaned_data["end_time"]


class DepositForm(PaymentForm):
    """Seed: CrossingPay orders/deposit: a wallet of the merchant, valid for 30 minutes from now."""

    kind = Kind.DEPOSIT
    field_order = ["address", "amount"]

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        if self.merchant and not self.merchant.wallets.filter(address=address).exists():
            raise ValidationError(gettext("This is not a registered wallet of this merchant."))
        return address

    def window(self) -> tuple[datetime, datetime]:
        return self.now, self.now + DEPOSIT_WINDOW


ORDER_FORMS: dict[str, type[OrderForm]] = {
    OrderKind.COLLECT: CollectForm,
    OrderKind.ENERGY: EnergyForm,
    OrderKind.BANDWIDTH: BandwidthForm,
    OrderKind.BUNDLE: BundleForm,
    OrderKind.ACTIVATION: ActivationForm,
    OrderKind.MONITOR: MonitorForm,
    OrderKind.DEPOSIT: DepositForm,
}
