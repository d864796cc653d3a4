"""Who has how much, whether the books balance, and whether upstreams agree with them."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.admin import acts, formats, wallet_figures
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.guard import demand
from orders.models import AccountKind, Asset, LedgerAccount, Merchant
from orders.models.ledger import MERCHANT_KINDS, PROVIDER_KINDS
from orders.services import ledger, queue
from providers.models import ProviderAccount

MERCHANTS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Prepaid:
    """Our books against what the upstream told last; amounts in sun."""

    account: ProviderAccount
    booked_sun: int

    @property
    def difference_sun(self) -> int | None:
        told = self.account.balance_sun
        return None if told is None else told - self.booked_sun


def page(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    demand(request, "orders.view_ledgeraccount", "orders.view_merchant", "providers.view_provideraccount")
    accounts = list(ledger.with_balances(LedgerAccount.objects.exclude(kind__in=MERCHANT_KINDS)))
    now = timezone.now()
    on_chain, wallet_page = wallet_figures.page(request, staff(request))
    merchants = Paginator(Merchant.objects.all(), MERCHANTS_PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": _("Balances"),
        "totals": _totals(accounts),
        "merchants": _merchant_rows(list(merchants)),
        "merchant_page": merchants,
        "providers": [(row, formats.age(row.account.balance_at, now)) for row in _prepaid(accounts)],
        "house": [row for row in accounts if row.kind not in PROVIDER_KINDS],
        "wallets": [
            (row, wallet_figures.state(row.found), formats.age(row.found.read_at if row.found else None, now))
            for row in on_chain
        ],
        "wallet_page": wallet_page,
        "terms": wallet_figures.terms(),
        "may_refresh": staff(request).has_perm("orders.refresh_wallet"),
        "custody": [row for row in accounts if row.kind == AccountKind.CUSTODY],
    }
    return TemplateResponse(request, "admin/orders/ledgeraccount/balances.html", context)


def _totals(others: list[Any]) -> list[tuple[str, int, int, int]]:
    """Per asset: what merchants have, what all others have, and their sum, which must be zero."""
    owed = ledger.merchant_totals()
    rows = []
    for asset in Asset.values:
        merchants = owed.get(asset, 0)
        rest = sum(row.computed for row in others if row.asset == asset)
        rows.append((asset, merchants, rest, merchants + rest))
    return rows


def _merchant_rows(merchants: list[Merchant]) -> list[tuple[Merchant, int, int, int]]:
    """Available and held in sun, deposits in micro-USDT."""
    rows = LedgerAccount.objects.filter(merchant__in=merchants, kind__in=MERCHANT_KINDS)
    found = {(row.merchant_id, row.kind): row.balance or 0 for row in rows}
    kinds = (AccountKind.AVAILABLE, AccountKind.HELD, AccountKind.DEPOSITS)
    return [(each, *(found.get((each.pk, kind), 0) for kind in kinds)) for each in merchants]  # type: ignore[misc]


def _prepaid(accounts: list[Any]) -> list[Prepaid]:
    """Prepaid accounts are assets: debits minus credits."""
    booked = {row.provider_account_id: -row.computed for row in accounts if row.kind == AccountKind.PREPAID}
    return [Prepaid(account, booked.get(account.pk, 0)) for account in ProviderAccount.objects.all()]


def refresh(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    """Have the wallets of the page read again, by a worker."""
    demand(request, "orders.view_ledgeraccount", "orders.refresh_wallet")
    shown, _part = wallet_figures.page(request, staff(request))
    form = acts.ActForm(request.POST or None)

    def run() -> acts.Told:
        for row in shown:
            queue.enqueue("orders.tasks.read_wallet", row.wallet.pk)
        admin.audit(request, "refresh", None, after={"wallets": [row.wallet.address for row in shown]})
        return acts.Told(_("A worker reads them now: reload the page in a moment."))

    act = acts.Act(
        title=_("Read the wallets on the chain"),
        button=_("Read now"),
        note=_("About five requests of a node each. They are read once a day by themselves."),
        facts=[(_("Wallets"), len(shown))],
        back=f"{reverse('admin:orders_balances')}#wallets",
    )
    return acts.page(admin, request, None, form, act, run)
