"""Which group of staff may do what. The table is the whole truth: `create_roles` sets exactly this."""

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import Group, Permission
from django.db import transaction

SUPPORT, FINANCE, ADMINISTRATOR, AUDITOR = "Support", "Finance", "Administrator", "Auditor"


def _each(app: str, acts: str, models: str) -> set[str]:
    return {f"{app}.{act}_{model}" for act in acts.split() for model in models.split()}


_WORK = (
    _each("orders", "view", "merchant order orderevent attempt callback callbacklog payment wallet approval")
    | _each("orders", "view", "tariffrate callbackhost resendjob sweep coldwallet sweeppolicy")
    | _each("providers", "view", "provideraccount providercall")
)
_BOOKS = _each("orders", "view", "ledgeraccount transfer") | {"orders.export_books"}
_HOUSE_BOOKS = _each("orders", "view", "period reconciliation discrepancy margin alert")
_FINANCE_ACTS = {"orders.close_period", "orders.propose_reopen", "orders.settle_discrepancy"} | {
    "orders.propose_adjustment"
}
_CHAIN = _each("orders", "view", "chaincursor backfill")
_ACCESS = _each("orders", "view", "apicredential webhooksecret auditentry")
_SYSTEM = _each("auth", "view", "user group") | _each("django_q", "view", "schedule success failure ormq")

ROLES: Mapping[str, frozenset[str]] = {
    # Sees the work, places orders; money moves only by asking for it.
    SUPPORT: frozenset(
        _WORK
        | _CHAIN
        | _each("orders", "view", "apicredential webhooksecret")
        | {"orders.send_test_callback", "orders.use_workbench"}
        | {"orders.add_order", "orders.change_order", "orders.resend_callback", "orders.propose_top_up"}
        | {"orders.reopen_callbackhost", "orders.rescan_blocks"}
    ),
    # Reads everything about money; settles odd payments; creates nothing.
    FINANCE: frozenset(
        _WORK
        | _CHAIN
        | _BOOKS
        | _HOUSE_BOOKS
        | _FINANCE_ACTS
        | {"orders.view_auditentry", "orders.export_callbacklog"}
        | _each("orders", "attach dismiss", "payment")
        | {"orders.refresh_wallet"}
    ),
    ADMINISTRATOR: frozenset(
        _WORK
        | _CHAIN
        | _BOOKS
        | _HOUSE_BOOKS
        | _FINANCE_ACTS
        | _ACCESS
        | _SYSTEM
        | {"orders.export_auditentry"}
        | _each("orders", "add change", "merchant wallet tariffrate sweeppolicy")
        | {"orders.decide_sweep", "orders.propose_coldwallet", "orders.rescan_blocks"}
        | {"orders.refresh_wallet"}
        | {"orders.delete_tariffrate", "orders.add_order", "orders.change_order", "orders.resolve_order"}
        | {"orders.resend_callback", "orders.reopen_callbackhost", "orders.export_callbacklog"}
        | _each("orders", "add restrict rotate revoke", "apicredential")
        | _each("orders", "add rotate revoke", "webhooksecret")
        | {"orders.send_test_callback", "orders.use_workbench"}
        | {"orders.propose_top_up", "orders.top_up", "orders.adjust", "orders.decide_approval"}
        | _each("orders", "attach dismiss", "payment")
        | _each("providers", "add change", "provideraccount")
        | _each("auth", "add change", "user group")
    ),
    # Reads everything and takes copies away; changes nothing.
    AUDITOR: frozenset(
        _WORK
        | _CHAIN
        | _BOOKS
        | _HOUSE_BOOKS
        | _ACCESS
        | _SYSTEM
        | {"orders.export_auditentry", "orders.export_callbacklog"}
    ),
}

# What is left of a person's permissions once he is limited to some merchants. The rest is about the whole house.
WITHIN_MERCHANTS: frozenset[str] = frozenset(
    _BOOKS
    | _ACCESS
    | {name for name in _WORK if name.startswith("orders.")} - {"orders.view_callbackhost"}
    | _each("orders", "add change", "wallet tariffrate sweeppolicy order")
    | _each("orders", "add restrict rotate revoke", "apicredential")
    | _each("orders", "add rotate revoke", "webhooksecret")
    | {"orders.change_merchant", "orders.delete_tariffrate", "orders.resolve_order", "orders.decide_sweep"}
    | {"orders.propose_coldwallet", "orders.propose_top_up", "orders.top_up", "orders.decide_approval"}
    | {"orders.propose_adjustment", "orders.adjust"}
    | {
        "orders.attach_payment",
        "orders.dismiss_payment",
        "orders.resend_callback",
        "orders.send_test_callback",
        "orders.use_workbench",
    }
    | {"orders.export_callbacklog", "orders.export_auditentry"}
)


def create_roles() -> dict[str, list[str]]:
    """Make the groups, or set them back to the table. Returns the table as set."""
    with transaction.atomic():
        for name, wanted in ROLES.items():
            group, _ = Group.objects.get_or_create(name=name)
            group.permissions.set(permissions(wanted))
    return {name: sorted(wanted) for name, wanted in ROLES.items()}


def permissions(names: Iterable[str]) -> list[Permission]:
    """Raises LookupError for a name that is none, so that a mistyped one is not silently left out."""
    wanted = set(names)
    apps = {name.partition(".")[0] for name in wanted}
    rows = Permission.objects.filter(content_type__app_label__in=apps).select_related("content_type")
    found = {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
    if unknown := sorted(wanted - found.keys()):
        raise LookupError(f"no such permission: {', '.join(unknown)}")
    return [found[name] for name in wanted]
