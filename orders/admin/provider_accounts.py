"""Accounts at upstreams: health and balance at a glance; keys go in and never come back out."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import F, QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import URLPattern, path
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from orders.admin import acts, badges, detail, formats
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.guard import demand
from orders.admin.provider_forms import AccountForm, NewAccountForm, ProviderTopUpForm, ReplaceKeysForm
from orders.sentences import read
from orders.services import accounts, ledger
from providers.models import ProviderAccount

RECENT_CALLS = 15
IDENTITY = ("kind", "base_url", "upstream_account")
EDITABLE = ("enabled", "priority", "low_balance", "has_query")


class LowFilter(DropdownFilter):
    title = _("balance")
    parameter_name = "balance"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("low", gettext("low"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ProviderAccount]
    ) -> QuerySet[ProviderAccount]:
        return queryset.filter(balance_sun__lt=F("low_balance_sun")) if self.value() else queryset


@admin.register(ProviderAccount)
class ProviderAccountAdmin(BackOfficeAdmin):
    form = AccountForm
    list_display = ("label", "kind", "state", "priority", "health_shown", "checked", "balance", "balance_age")
    list_filter = (("kind", ChoicesDropdownFilter), ("health", ChoicesDropdownFilter), LowFilter, "enabled")
    search_fields = ("label", "base_url")
    change_form_outer_before_template = "admin/providers/provideraccount/overview.html"
    change_form_outer_after_template = "admin/providers/provideraccount/calls.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        acts_by_name = {
            "replace-keys": self.replace_keys_view,
            "test": self.test_view,
            "top-up": self.top_up_view,
        }
        own = [
            path(f"<int:pk>/{name}/", wrap(view), name=f"providers_provideraccount_{name.replace('-', '_')}")
            for name, view in acts_by_name.items()
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    # --- columns -----------------------------------------------------------------------------------------------

    @display(description=_("state"), ordering="enabled")
    def state(self, account: ProviderAccount) -> SafeString:
        return (
            formats.badge(gettext("enabled"), "success")
            if account.enabled
            else formats.badge(gettext("disabled"))
        )

    @display(description=_("health"), ordering="health")
    def health_shown(self, account: ProviderAccount) -> SafeString:
        return badges.health(account)

    @display(description=_("checked"), ordering="health_at")
    def checked(self, account: ProviderAccount) -> str:
        return formats.age(account.health_at, timezone.now())

    @display(description=_("balance there"), ordering="balance_sun")
    def balance(self, account: ProviderAccount) -> str:
        amount = formats.trx(account.balance_sun)
        return (
            format_html("{} {}", amount, formats.badge(gettext("low"), "warning"))
            if is_low(account)
            else amount
        )

    @display(description=_("told"), ordering="balance_at")
    def balance_age(self, account: ProviderAccount) -> str:
        return formats.age(account.balance_at, timezone.now())

    # --- form --------------------------------------------------------------------------------------------------

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = NewAccountForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        if obj and not self.has_change_permission(request, obj):
            return ("label", *IDENTITY, "enabled", "priority", "low_below", "has_query")
        keys = () if obj else ("key", "secret")
        return ("label", *IDENTITY, *keys, *EDITABLE)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        frozen = isinstance(obj, ProviderAccount) and accounts.identity_is_frozen(obj)
        return (*(IDENTITY if frozen else ()), "low_below")

    @display(description=_("low below"))
    def low_below(self, account: ProviderAccount) -> str:
        return formats.trx(account.low_balance_sun)

    def save_model(self, request: HttpRequest, obj: ProviderAccount, form: Any, change: bool) -> None:  # type: ignore[override]
        now, user = timezone.now(), staff(request)
        if change:
            accounts.change_account(obj, form.changes(), now=now, user=user)
            return
        columns = form.changes()
        enabled = columns.pop("enabled")
        keys = {name: form.cleaned_data[name] for name in ("key", "secret")}
        made = accounts.add_account(**columns, **keys, enabled=enabled, now=now, user=user)
        obj.pk, obj._state.adding = made.pk, False

    def response_post_save_add(self, request: HttpRequest, obj: ProviderAccount) -> HttpResponse:
        """On to its page, where it can be tested."""
        return HttpResponseRedirect(formats.page_of(obj))

    def page_context(self, request: HttpRequest, row: ProviderAccount) -> dict[str, Any]:
        now, user = timezone.now(), staff(request)
        facts: dict[str, Any] = {
            "account": row,
            "health": badges.health(row),
            "checked": formats.age(row.health_at, now),
            "balance": formats.trx(row.balance_sun),
            "balance_age": formats.age(row.balance_at, now),
            "low": is_low(row),
            "previous": row.previous_until if _in_grace(row) else None,
        }
        if user.has_perm("orders.view_ledgeraccount"):
            facts["prepaid"] = formats.trx(-ledger.balance_of(ledger.provider_ledger(row)))
        if user.has_perm("providers.view_providercall"):
            facts["calls"] = row.calls.all()[:RECENT_CALLS]
        return facts

    # --- acts --------------------------------------------------------------------------------------------------

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks the upstream, so it runs outside of any transaction."""
        demand(request, "providers.change_provideraccount")
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        account = detail.find(self, request, self.get_queryset(request), pk)
        works, sentence = accounts.check(account, clock=timezone.now)
        with translation.override("en"):
            result = str(sentence)
        self.audit(request, "test", account, after={"works": works, "result": result})
        (messages.success if works else messages.error)(request, read(str(sentence)))
        return HttpResponseRedirect(formats.page_of(account))

    def replace_keys_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "providers.change_provideraccount")
        account = detail.find(self, request, self.get_queryset(request), pk)
        form = ReplaceKeysForm(request.POST or None, kind=account.kind)

        def run() -> acts.Told:
            now = timezone.now()
            accounts.replace_keys(
                account,
                key=form.cleaned_data["key"],
                secret=form.cleaned_data["secret"],
                grace=form.span(now),
                now=now,
                user=staff(request),
            )
            return acts.Told(
                gettext("New calls to %(account)s use the new pair. Test it now.") % {"account": account}
            )

        act = acts.Act(title=gettext("Replace keys"), button=gettext("Replace"), facts=_facts(account))
        return acts.page(self, request, account, form, act, run)

    def top_up_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, "providers.change_provideraccount", "orders.top_up")
        account = detail.find(self, request, self.get_queryset(request), pk)
        form = ProviderTopUpForm(request.POST or None)

        def run() -> acts.Told:
            amount_sun, reason = form.cleaned_data["amount"], form.cleaned_data["reason"]
            accounts.top_up(
                account, amount_sun=amount_sun, reason=reason, now=timezone.now(), user=staff(request)
            )
            return acts.Told(
                gettext("%(amount_sun)s TRX booked as paid to %(account)s.")
                % {"amount_sun": formats.digits(amount_sun), "account": account}
            )

        note = gettext("Books a payment that was made to the upstream. It sends no money.")
        act = acts.Act(
            title=gettext("Book a top-up"), button=gettext("Book it"), note=note, facts=_facts(account)
        )
        return acts.page(self, request, account, form, act, run)


def is_low(account: ProviderAccount) -> bool:
    return account.balance_sun is not None and account.balance_sun < account.low_balance_sun


def _in_grace(account: ProviderAccount) -> bool:
    return account.previous_until is not None and timezone.now() < account.previous_until


def _facts(account: ProviderAccount) -> list[tuple[str, object]]:
    return [
        (pgettext("provider", "Account"), account),
        (gettext("Kind"), account.get_kind_display()),
        (gettext("Base URL"), account.base_url),
        (gettext("Balance there"), formats.trx(account.balance_sun)),
    ]
