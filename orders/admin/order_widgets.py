"""The order forms' looks on the staff page: the theme's widgets, this merchant's choices, what is filled in before."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import CHECKBOX_CLASSES, INPUT_CLASSES, SELECT_CLASSES, UnfoldAdminSelectWidget

from orders.fields import UnitsField
from orders.forms import DepositForm, MonitorForm, OrderForm
from orders.models import CallbackFormat, Dialect, Merchant, OrderKind

WALL_CLOCK = "%Y-%m-%dT%H:%M:%S"  # of <input type="datetime-local">
FIRST_WINDOW = timedelta(hours=1)


def initial(kind: str, merchant: Merchant, *, now: datetime) -> dict[str, Any]:
    """A monitored window starts now; times are wall clock in the merchant's zone."""
    if kind != OrderKind.MONITOR:
        return {}
    start = now.astimezone(ZoneInfo(merchant.time_zone)).replace(tzinfo=None, microsecond=0)
    return {"start_time": start, "end_time": start + FIRST_WINDOW}


def callback_dialect(form: OrderForm) -> Dialect:
    """Whose credential signs the callbacks of this kind."""
    return Dialect.ITRX if CallbackFormat.ITRX in form.callback_formats else Dialect.CROSSINGPAY


def can_call_back(form: OrderForm) -> bool:
    return "credential" in form.fields


def fit(form: OrderForm, merchant: Merchant, *, now: datetime) -> None:
    """Changes the form in place."""
    _fit_callback(form, merchant)
    if isinstance(form, DepositForm):
        _offer_wallets(form, merchant)
    if isinstance(form, MonitorForm):
        _show_zone(form, merchant, now)
    for field in form.fields.values():
        _dress(field.widget)
        if isinstance(field, UnitsField):
            field.is_typed = True


def _fit_callback(form: OrderForm, merchant: Merchant) -> None:
    """Only credentials that can sign this kind's format. A merchant who can be called back is, unless staff say no;
    one without a credential is not offered it."""
    field = form.fields["credential"]
    credentials = field.queryset.filter(dialect=callback_dialect(form))  # type: ignore[attr-defined]
    newest = credentials.first()
    if newest is None:
        for name in ("callback_format", "callback_url", "credential"):
            del form.fields[name]
        return
    field.queryset = credentials  # type: ignore[attr-defined]
    field.empty_label = _("choose a credential")  # type: ignore[attr-defined]
    form.initial.setdefault("credential", newest.pk)
    if merchant.default_callback_url:
        form.initial.setdefault("callback_format", form.callback_formats[-1])
        form.fields["callback_url"].widget.attrs["placeholder"] = merchant.default_callback_url
        form.fields["callback_url"].help_text = _("Empty: the merchant's default, shown in grey.")


def _offer_wallets(form: OrderForm, merchant: Merchant) -> None:
    wallets = merchant.wallets.order_by("label", "id")
    choices = [
        (wallet.address, f"{wallet.label} · {wallet.address}" if wallet.label else wallet.address)
        for wallet in wallets
    ]
    form.fields["address"].widget = forms.Select(choices=[("", _("choose a wallet")), *choices])
    form.fields["address"].label = _("Wallet of the merchant")
    if not choices:
        form.fields["address"].help_text = _("This merchant has no wallet yet: register one first.")


def _show_zone(form: MonitorForm, merchant: Merchant, now: datetime) -> None:
    local = now.astimezone(ZoneInfo(merchant.time_zone))
    offset = local.isoformat()[-6:]
    for name in ("start_time", "end_time"):
        form.fields[name].widget = forms.DateTimeInput(
            format=WALL_CLOCK, attrs={"type": "datetime-local", "step": 1}
        )
        form.fields[name].help_text = _(
            "Clock of %(time_zone)s (UTC%(offset)s), where it is %(local)s now."
        ) % {"time_zone": merchant.time_zone, "offset": offset, "local": f"{local:%H:%M}"}


def _dress(widget: forms.Widget) -> None:
    if isinstance(widget, forms.CheckboxInput):
        widget.attrs["class"] = " ".join(CHECKBOX_CLASSES)
    elif isinstance(widget, forms.Select):
        widget.attrs["class"] = " ".join(SELECT_CLASSES)
        widget.template_name = UnfoldAdminSelectWidget.template_name  # with its arrow
    else:
        widget.attrs["class"] = " ".join(INPUT_CLASSES)
        widget.attrs["autocomplete"] = "off"
