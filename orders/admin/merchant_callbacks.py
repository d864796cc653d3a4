"""How a merchant is told: the switches of its callbacks, and sending a test."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.admin import acts, formats
from orders.admin.base import BackOfficeAdmin, staff
from orders.fields import RowField
from orders.models import ApiCredential, CallbackFormat, CrossingPayFormat, Dialect, Merchant
from orders.models.checks import check_callback_url
from orders.services import merchants, pings

TESTED = [(each.value, each.label) for each in CallbackFormat if each != CallbackFormat.NONE]


class SwitchForm(acts.ActForm):
    crossingpay_format = forms.ChoiceField(
        choices=CrossingPayFormat.choices,
        label=_("Format of CrossingPay callbacks"),
        help_text=_("Of orders placed from now on; one that is placed keeps its own."),
    )
    tell_failures = forms.BooleanField(
        required=False,
        label=_("Tell failures"),
        help_text=_("CrossingPay callbacks of payment orders that failed, too: status 0, no txid."),
    )
    automatic_retry = forms.BooleanField(
        required=False,
        label=_("Retry automatically"),
        help_text=_("A callback that was not acknowledged is sent again by itself; else staff resend it."),
    )
    native_events = forms.BooleanField(
        required=False,
        label=_("Native events"),
        help_text=(
            _(
                "Orders without callbacks of their own (TronZap; staff's without a format) are told by Standard "
                "Webhooks events. Needs a default callback URL and a webhook secret."
            )
        ),
    )


class TestForm(acts.ActForm):
    callback_format = forms.ChoiceField(choices=TESTED, label=_("Format"))
    credential = RowField(
        ApiCredential.objects.none(),
        required=False,
        empty_label=_("the newest that fits"),
        label=_("Signing credential"),
        help_text=_("A native event is signed with the webhook secret."),
    )
    url = forms.CharField(max_length=2048, required=False, validators=[check_callback_url], label="URL")

    def __init__(self, data: Any = None, *, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        alive = ApiCredential.objects.alive(timezone.now()).filter(merchant=merchant)
        self.fields["credential"].queryset = alive.exclude(dialect=Dialect.TRONZAP)  # type: ignore[attr-defined]
        self.fields["callback_format"].initial = merchant.crossingpay_format
        default = merchant.default_callback_url
        self.fields["url"].widget.attrs["placeholder"] = default
        self.fields["url"].help_text = (
            gettext("Empty: the merchant's default, shown in grey.")
            if default
            else gettext("This merchant has no default URL.")
        )


def switch(admin: BackOfficeAdmin, request: HttpRequest, merchant: Merchant) -> HttpResponse:
    initial = {name: getattr(merchant, name) for name in merchants.CALLBACK_SWITCHES}
    form = SwitchForm(request.POST or None, initial=initial)

    def run() -> acts.Told:
        switches = {name: form.cleaned_data[name] for name in merchants.CALLBACK_SWITCHES}
        changed = merchants.set_callbacks(merchant, switches, now=timezone.now(), user=staff(request))
        return acts.Told(gettext("Saved.") if changed else gettext("Nothing was different."))

    act = acts.Act(
        title=gettext("Callbacks"), button=gettext("Save"), facts=[(gettext("Merchant"), merchant)]
    )
    return acts.page(admin, request, merchant, form, act, run)


def send_test(admin: BackOfficeAdmin, request: HttpRequest, merchant: Merchant) -> HttpResponse:
    form = TestForm(request.POST or None, merchant=merchant)

    def run() -> acts.Told:
        given = form.cleaned_data
        callback = pings.send_test(
            merchant,
            callback_format=CallbackFormat(given["callback_format"]),
            credential=given["credential"],
            url=given["url"],
            user=staff(request),
            now=timezone.now(),
        )
        return acts.Told(gettext("The test callback is on its way."), formats.page_of(callback))

    act = acts.Act(
        title=gettext("Send a test callback"),
        button=gettext("Send"),
        note=TEST_NOTE,
        facts=[(gettext("Merchant"), merchant)],
    )
    return acts.page(admin, request, merchant, form, act, run)


TEST_NOTE = _(
    "It goes the way of a real one, is tried once, and says that it is a test: header X-Test: 1, a webhook-id that "
    "begins with test_, numbers that begin with TEST-, and an address and transaction that cannot exist."
)
