"""Wallets: the addresses on which merchants take deposits, and who has their keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from orders import notation
from orders.admin import acts, formats, wallet_figures
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.filters import MerchantFilter
from orders.fields import AddressField
from orders.models import Custody, KeyTree, Wallet
from orders.models.checks import check_printable
from orders.sentences import read
from orders.services import address_checks, wallets
from orders.services.address_checks import Finding
from orders.services.wallet_nodes import WalletNodes

DERIVED, IMPORTED = "derived", "imported"
ON_CHAIN = ("chain_state", "usdt", "trx", "resources", "read_at")
KINDS = [
    (Custody.UPSTREAM, _("an upstream has the key: it watches and sweeps")),
    (Custody.WATCH_ONLY, _("watch-only: the merchant has the key, we watch and bring the energy")),
    (DERIVED, _("ours, derived: the next address of a key tree")),
    (IMPORTED, _("ours, imported: its private key is sealed to the signer")),
]


class WalletForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is needed hangs on the kind. A private key is read once, sealed, and never shown or stored in clear."""

    findings: Sequence[Finding] = ()
    kind = forms.ChoiceField(choices=KINDS, initial=Custody.UPSTREAM, required=False, label=_("Whose key"))
    address = AddressField(
        required=False, help_text=_("Leave empty for a derived wallet"), label=_("Address")
    )
    key_tree = forms.ModelChoiceField(KeyTree.objects.all(), required=False, label=_("Key tree"))
    private_key = forms.CharField(
        max_length=66,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("64 hex digits; only for an imported wallet"),
        label=_("Private key"),
    )
    label = forms.CharField(max_length=64, required=False, validators=[check_printable], label=_("Label"))

    class Meta:
        model = Wallet
        fields = ("merchant", "label")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        acts.dress(self)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        kind = cleaned["kind"] = cleaned.get("kind") or Custody.UPSTREAM
        if kind == DERIVED and not cleaned.get("key_tree"):
            raise ValidationError({"key_tree": gettext("Choose the key tree that it comes from.")})
        if kind == IMPORTED and not cleaned.get("private_key"):
            raise ValidationError({"private_key": gettext("An imported wallet needs its private key.")})
        if kind in (Custody.UPSTREAM, Custody.WATCH_ONLY) and not cleaned.get("address"):
            raise ValidationError({"address": gettext("Enter the address.")})
        if kind == IMPORTED:
            cleaned["address"] = self._address_of_key(cleaned)
        if kind == DERIVED:
            cleaned["address"] = ""
        else:
            self._look(cleaned["address"])
        return cleaned

    @staticmethod
    def _address_of_key(cleaned: dict[str, Any]) -> str:
        """The messages never repeat what was typed."""
        try:
            wallets.sealing_key()
            found = wallets.address_of_key(cleaned["private_key"])
        except wallets.NoSealingKey as error:
            raise ValidationError(acts.capitalised(error)) from error
        except ValueError as error:
            raise ValidationError(
                {"private_key": gettext("This is no private key: 64 hex digits.")}
            ) from error
        if cleaned.get("address") and cleaned["address"] != found:
            raise ValidationError({"private_key": gettext("This is the key of another address.")})
        return found

    def _look(self, address: str) -> None:
        """At what the page has asked a node before its transaction began."""
        if stops := [each.text for each in self.findings if each.is_stop]:
            raise ValidationError({"address": stops})
        if Wallet.objects.filter(address=address).exists():
            raise ValidationError({"address": gettext("A wallet with this address already exists.")})

    def make(self, *, user: Any) -> Wallet:
        """Raises ValueError and ValidationError."""
        given, now = self.cleaned_data, timezone.now()
        common = {"label": given["label"], "now": now, "user": user}
        if given["kind"] == DERIVED:
            return wallets.derive_wallet(given["merchant"], given["key_tree"], **common)
        if given["kind"] == IMPORTED:
            key = wallets.read_key(given["private_key"])
            return wallets.import_wallet(
                given["merchant"], private_key=key, address=given["address"], **common
            )
        custody = Custody(given["kind"])
        return wallets.add_wallet(given["merchant"], address=given["address"], custody=custody, **common)


class FrozenFilter(DropdownFilter):
    title = _("frozen by USDT")
    parameter_name = "frozen"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        return [("yes", _("yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Wallet]) -> QuerySet[Wallet]:
        if not self.value():
            return queryset
        return queryset.filter(on_chain__is_blacklisted=True) if self.value() == "yes" else queryset.none()


class LabelForm(forms.ModelForm):  # type: ignore[type-arg]
    label = forms.CharField(max_length=64, required=False, validators=[check_printable], label=_("Label"))

    class Meta:
        model = Wallet
        fields = ("label",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        acts.dress(self)


@admin.register(Wallet)
class WalletAdmin(BackOfficeAdmin):
    form = WalletForm
    list_display = (
        *("address_shown", "merchant_link", "label", "custody_shown", "key_shown"),
        *("chain_state", "usdt", "trx", "created"),
    )
    list_filter = (("merchant", MerchantFilter), "custody", FrozenFilter)
    list_select_related = ("merchant", "tree", "on_chain")
    search_fields = ("address", "label")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ("merchant", "address_shown", "custody_shown", "key_shown", *ON_CHAIN) if obj else ()

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        if obj:
            return ("merchant", "address_shown", "label", "custody_shown", "key_shown", *ON_CHAIN)
        return ("merchant", "kind", "address", "key_tree", "private_key", "label")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Of a known wallet only the label is a field."""
        if obj:
            kwargs["form"] = LabelForm
        form = super().get_form(request, obj, change, **kwargs)
        form.findings = getattr(request, "address_findings", ())
        return form

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """A node is asked before the stock page opens its transaction."""
        if request.method == "POST" and self.has_add_permission(request):
            request.address_findings = _findings(request.POST)  # type: ignore[attr-defined]
        response: HttpResponseBase = super().add_view(request, form_url, extra_context)
        return response

    @display(description=_("address"), ordering="address")
    def address_shown(self, wallet: Wallet) -> str:
        return formats.copyable(wallet.address)

    @display(description=_("merchant"), ordering="merchant__name")
    def merchant_link(self, wallet: Wallet) -> str:
        return formats.link(wallet.merchant)

    @display(description=_("custody"))
    def custody_shown(self, wallet: Wallet) -> str:
        return wallet.get_custody_display()

    @display(description=_("key"))
    def key_shown(self, wallet: Wallet) -> str:
        if wallet.tree:
            return gettext("%(tree)s, number %(tree_index)s") % {
                "tree": wallet.tree,
                "tree_index": wallet.tree_index,
            }
        return gettext("imported, sealed") if wallet.sealed_key else formats.NOTHING

    # --- as the chain was last read -----------------------------------------------------------------------------

    @display(description=_("on the chain"))
    def chain_state(self, wallet: Wallet) -> str:
        return wallet_figures.state(wallet_figures.found(wallet))

    @display(description="USDT")
    def usdt(self, wallet: Wallet) -> str:
        found = wallet_figures.read(wallet)
        return formats.usdt(found.usdt_micro if found else None)

    @display(description="TRX")
    def trx(self, wallet: Wallet) -> str:
        found = wallet_figures.read(wallet)
        return formats.trx(found.trx_sun if found else None)

    @display(description=_("energy and bandwidth"))
    def resources(self, wallet: Wallet) -> str:
        found = wallet_figures.read(wallet)
        return (
            f"{notation.number(found.energy)} / {notation.number(found.bandwidth)}"
            if found
            else formats.NOTHING
        )

    @display(description=_("read"))
    def read_at(self, wallet: Wallet) -> str:
        found = wallet_figures.found(wallet)
        age = formats.age(found.read_at if found else None, timezone.now())
        return format_html("{} {}", age, read(found.problem)) if found and found.problem else age

    @display(description=_("registered"), ordering="created_at")
    def created(self, wallet: Wallet) -> str:
        return formats.moment(wallet.created_at, wallet.merchant.time_zone)

    def save_model(self, request: HttpRequest, obj: Wallet, form: Any, change: bool) -> None:  # type: ignore[override]
        if change:
            super().save_model(request, obj, form, change)
            return
        made = form.make(user=staff(request))
        obj.pk, obj.address, obj.created_at, obj._state.adding = made.pk, made.address, made.created_at, False
        for finding in form.findings:
            messages.warning(request, finding.text)


def _findings(posted: Mapping[str, str]) -> Sequence[Finding]:
    """Of the address typed, or of the key's. What is neither is told by the form."""
    kind, address = posted.get("kind"), posted.get("address", "").strip()
    try:
        if kind == IMPORTED:
            address = wallets.address_of_key(posted.get("private_key", ""))
        if kind == DERIVED or not address:
            return ()
        return address_checks.findings(address, nodes=WalletNodes(clock=timezone.now))
    except ValueError:
        return ()
