"""From where and how often a key pair may be used."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders import notation
from orders.admin import acts
from orders.admin.base import BackOfficeAdmin, staff
from orders.models import ApiCredential
from orders.services import networks, rotation


class AccessForm(acts.ActForm):
    allowed_networks = forms.CharField(
        max_length=networks.MOST_NETWORKS * networks.MOST_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=(
            _(
                "One address or network a line, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32. "
                "Empty: the pair may be used from anywhere."
            )
        ),
        label=_("Allowed networks"),
    )
    requests_per_minute = forms.IntegerField(
        min_value=0,
        max_value=rotation.MOST_REQUESTS_PER_MINUTE,
        help_text=_("0: the general limit."),
        label=_("Requests per minute"),
    )

    def clean_allowed_networks(self) -> list[str]:
        return networks.canonical(self.cleaned_data["allowed_networks"].splitlines())


def change(admin: BackOfficeAdmin, request: HttpRequest, credential: ApiCredential) -> HttpResponse:
    initial = {
        "allowed_networks": "\n".join(credential.allowed_networks),
        "requests_per_minute": credential.requests_per_minute,
    }
    form = AccessForm(request.POST or None, initial=initial)

    def run() -> acts.Told:
        changed = rotation.restrict(
            credential,
            networks=form.cleaned_data["allowed_networks"],
            requests_per_minute=form.cleaned_data["requests_per_minute"],
            now=timezone.now(),
            user=staff(request),
        )
        return acts.Told(
            gettext("Saved: %(credential)s.") % {"credential": credential}
            if changed
            else gettext("Nothing was different.")
        )

    facts = [(gettext("Credential"), credential), (gettext("Merchant"), credential.merchant)]
    act = acts.Act(title=gettext("Access"), button=gettext("Save"), note=NOTE, facts=facts)
    return acts.page(admin, request, credential, form, act, run)


def used_from(credential: ApiCredential) -> str:
    return ", ".join(credential.allowed_networks) or gettext("any address")


def used_as_often_as(credential: ApiCredential) -> str:
    own = credential.requests_per_minute
    if own:
        return gettext("%(count)s a minute") % {"count": notation.number(own)}
    return gettext("%(count)s a minute, the general limit") % {
        "count": notation.number(settings.API_REQUESTS_PER_MINUTE)
    }


NOTE = _(
    "A call from elsewhere is answered like one with an unknown key; a call too many is told to wait. "
    "It applies to the next call."
)
