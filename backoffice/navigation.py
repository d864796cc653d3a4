"""The sidebar: what the viewer may open, grouped by what he is doing."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from orders.admin.base import staff


class Page(NamedTuple):
    title: str
    icon: str
    url_name: str
    permission: str = ""
    namespace: str = "admin:"

    @property
    def link(self) -> str:
        return reverse(f"{self.namespace}{self.url_name}")


SIDEBAR: dict[str, list[Page]] = {
    _("Work"): [
        Page(_("Home"), "dashboard", "index"),
        Page(_("Orders"), "receipt_long", "orders_order_changelist", "orders.view_order"),
        Page(_("New order"), "add_circle", "orders_order_add", "orders.add_order"),
        Page(_("Payments"), "payments", "orders_payment_changelist", "orders.view_payment"),
        Page(_("Sweeps"), "move_down", "orders_sweep_changelist", "orders.view_sweep"),
        Page(_("Callbacks"), "outgoing_mail", "orders_callback_changelist", "orders.view_callback"),
        Page(_("Callback log"), "list_alt", "orders_callbacklog_changelist", "orders.view_callbacklog"),
        Page(_("Endpoints"), "dns", "orders_callbackhost_changelist", "orders.view_callbackhost"),
        Page(_("Resend jobs"), "forward_to_inbox", "orders_resendjob_changelist", "orders.view_resendjob"),
        Page(_("Signature workbench"), "signature", "orders_workbench", "orders.use_workbench"),
    ],
    _("Money"): [
        Page(_("Balances"), "account_balance", "orders_balances", "orders.view_ledgeraccount"),
        Page(_("Ledger accounts"), "book_2", "orders_ledgeraccount_changelist", "orders.view_ledgeraccount"),
        Page(_("Transfers"), "swap_horiz", "orders_transfer_changelist", "orders.view_transfer"),
        Page(_("Day-end"), "today", "orders_day_end", "orders.view_margin"),
        Page(_("Margin"), "percent", "orders_margin", "orders.view_margin"),
        Page(
            _("Reconciliation"),
            "compare_arrows",
            "orders_reconciliation_changelist",
            "orders.view_reconciliation",
        ),
        Page(_("Discrepancies"), "difference", "orders_discrepancy_changelist", "orders.view_discrepancy"),
        Page(_("Trial balance"), "balance", "orders_trial_balance", "orders.view_transfer"),
        Page(_("Statements"), "description", "orders_statements", "orders.view_transfer"),
        Page(_("Closed months"), "lock_clock", "orders_period_changelist", "orders.view_period"),
        Page(_("Approvals"), "how_to_reg", "orders_approval_changelist", "orders.view_approval"),
    ],
    _("Setup"): [
        Page(_("Merchants"), "storefront", "orders_merchant_changelist", "orders.view_merchant"),
        Page(_("Credentials"), "key", "orders_apicredential_changelist", "orders.view_apicredential"),
        Page(
            _("Webhook secrets"),
            "key_vertical",
            "orders_webhooksecret_changelist",
            "orders.view_webhooksecret",
        ),
        Page(_("Wallets"), "wallet", "orders_wallet_changelist", "orders.view_wallet"),
        Page(_("Cold wallets"), "ac_unit", "orders_coldwallet_changelist", "orders.view_coldwallet"),
        Page(_("Sweep rules"), "rule", "orders_sweeppolicy_changelist", "orders.view_sweeppolicy"),
        Page(
            _("Provider accounts"),
            "hub",
            "providers_provideraccount_changelist",
            "providers.view_provideraccount",
        ),
        Page(_("Provider calls"), "http", "providers_providercall_changelist", "providers.view_providercall"),
        Page(_("Tariffs"), "sell", "orders_tariffrate_changelist", "orders.view_tariffrate"),
        Page(_("API documentation"), "menu_book", "api-docs", namespace=""),
    ],
    _("System"): [
        Page(_("Chain"), "lan", "orders_chain", "orders.view_chaincursor"),
        Page(_("People"), "person", "auth_user_changelist", "auth.view_user"),
        Page(_("Sessions"), "devices", "usersessions_usersession_changelist", "auth.view_user"),
        Page(_("Groups"), "group", "auth_group_changelist", "auth.view_group"),
        Page(_("Audit trail"), "policy", "orders_auditentry_changelist", "orders.view_auditentry"),
        Page(_("Alerts"), "notifications", "orders_alert_changelist", "orders.view_alert"),
        Page(_("Queue"), "pending_actions", "django_q_ormq_changelist", "django_q.view_ormq"),
        Page(_("Schedules"), "schedule", "django_q_schedule_changelist", "django_q.view_schedule"),
        Page(_("Failed tasks"), "error", "django_q_failure_changelist", "django_q.view_failure"),
    ],
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """In the shape of unfold's SIDEBAR navigation."""
    groups: list[dict[str, Any]] = []
    for title, pages in SIDEBAR.items():
        allowed = [page for page in pages if not page.permission or staff(request).has_perm(page.permission)]
        items: list[dict[str, Any]] = [
            {"title": gettext(page.title), "icon": page.icon, "link": page.link} for page in allowed
        ]
        groups.append({"title": gettext(title), "items": items})
    _mark_active(request.path, [item for group in groups for item in group["items"]])
    return groups


def _mark_active(path: str, items: list[dict[str, Any]]) -> None:
    """The longest address the path begins with; the home page only as itself."""
    home = reverse("admin:index")
    fitting = [
        item["link"]
        for item in items
        if path == item["link"] or (item["link"] != home and path.startswith(item["link"]))
    ]
    best = max(fitting, key=len, default="")
    for item in items:
        item["active"] = item["link"] == best
