"""The signature workbench: staff paste what somebody sent, and read which rule it breaks."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from orders.admin import acts
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.guard import narrow
from orders.fields import RowField
from orders.models import ApiCredential, Merchant
from orders.services import workbench
from orders.services.workbench import Specimen
from providers.keyring import SecretUnreadable

WEBHOOK = "webhook"
MOST_CHARACTERS = 65_536
MOST_COMPARED = 800  # characters one by one; the time grows with the square


class MerchantForm(forms.Form):
    merchant = RowField(
        Merchant.objects.all(),
        empty_label=gettext_lazy("choose a merchant"),
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Merchant"),
    )


class SpecimenForm(forms.Form):
    keys = forms.ChoiceField(label=gettext_lazy("Signed with"))
    headers = forms.CharField(
        max_length=8_192,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=(
            gettext_lazy(
                "One a line, as “Name: value”. iTRX: API-KEY, TIMESTAMP, SIGNATURE. TronZap: Authorization, "
                "X-Signature. Webhooks: webhook-id, webhook-timestamp, webhook-signature."
            )
        ),
        label=gettext_lazy("Headers"),
    )
    body = forms.CharField(
        max_length=MOST_CHARACTERS,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=gettext_lazy("Byte for byte as it was sent: blanks and a newline at the end count."),
        label=gettext_lazy("Body"),
    )
    signature = forms.CharField(
        max_length=2_048,
        required=False,
        help_text=gettext_lazy("Empty: the one in the headers, or in the body."),
        label=gettext_lazy("Signature"),
    )

    def __init__(self, data: Any = None, *, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.credentials = {
            str(each.pk): each for each in merchant.credentials.select_related("merchant").all()[:50]
        }
        named = [(pk, _named(each)) for pk, each in self.credentials.items()]
        self.fields["keys"].choices = [*named, (WEBHOOK, gettext("webhook secret (webhook-signature)"))]  # type: ignore[attr-defined]
        acts.dress(self)

    def specimen(self) -> Specimen:
        given = self.cleaned_data
        # A browser sends every line end as CRLF.
        body = given["body"].replace("\r\n", "\n").encode(errors="replace")
        lines = (line.partition(":") for line in given["headers"].splitlines())
        headers = {name.strip(): value.strip() for name, _, value in lines if name.strip()}
        return Specimen(body=body, headers=headers, signature=given["signature"])


def _named(credential: ApiCredential) -> str:
    if credential.is_alive(timezone.now()):
        return str(credential)
    return f"{credential} ({'revoked' if credential.revoked_at else 'retired'})"


class Part(NamedTuple):
    text: str
    is_differing: bool


def page(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    chooser = MerchantForm(given if "merchant" in given else None)
    narrow(chooser, staff(request))
    merchant = chooser.cleaned_data["merchant"] if chooser.is_valid() else None
    context: dict[str, Any] = {"chooser": chooser, "merchant": merchant}
    if merchant is not None:
        form = SpecimenForm(request.POST if request.method == "POST" else None, merchant=merchant)
        context["form"] = form
        if form.is_valid():
            context |= _examined(request, merchant, form)
    base = {
        **admin.admin_site.each_context(request),
        "title": gettext("Signature workbench"),
    }
    return TemplateResponse(request, "admin/orders/merchant/workbench.html", base | context)


def _examined(request: HttpRequest, merchant: Merchant, form: SpecimenForm) -> dict[str, Any]:
    user, now, chosen = staff(request), timezone.now(), form.cleaned_data["keys"]
    try:
        if chosen == WEBHOOK:
            found = workbench.examine_webhook(merchant, form.specimen(), user=user, now=now)
        else:
            credential = form.credentials[chosen]
            found = workbench.examine_credential(credential, form.specimen(), user=user, now=now)
    except SecretUnreadable as error:
        form.add_error("keys", acts.capitalised(error))
        return {}
    texts = compare(found.right_text, found.signed_text) if found.signed_text else None
    return {"found": found, "texts": texts}


def compare(one: str, other: str) -> tuple[list[Part], list[Part]]:
    """Both texts cut into what they have in common and what not."""
    start = _alike(one, other)
    end = _alike(one[start:][::-1], other[start:][::-1])
    middles = one[start : len(one) - end], other[start : len(other) - end]
    steps: Sequence[tuple[str, int, int, int, int]] = [("replace", 0, len(middles[0]), 0, len(middles[1]))]
    if max(map(len, middles)) <= MOST_COMPARED:
        steps = SequenceMatcher(None, *middles, autojunk=False).get_opcodes()
    first = [Part(middles[0][i:j], kind != "equal") for kind, i, j, _, _ in steps]
    second = [Part(middles[1][i:j], kind != "equal") for kind, _, _, i, j in steps]
    before, after = Part(one[:start], False), Part(one[len(one) - end :], False)
    return _filled(before, *first, after), _filled(before, *second, after)


def _filled(*parts: Part) -> list[Part]:
    return [part for part in parts if part.text]


def _alike(one: str, other: str) -> int:
    """How many characters they begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
