"""Names of models and of their fields on pages. Django makes them of the identifiers; those that pages show are listed
here to be translated, so that models don't repeat each identifier as words."""

from collections.abc import Iterable

from django.db.models import Model
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

MODELS = (
    *(_("alert"), _("alerts"), _("merchant"), _("merchants"), _("webhook secret"), _("webhook secrets")),
    *(_("API credential"), _("API credentials"), _("order"), _("orders"), _("approval"), _("approvals")),
    *(_("callback"), _("callbacks"), _("audit entry"), _("audit entries"), _("endpoint"), _("endpoints")),
    *(_("callback log"), _("callback logs"), _("backfill"), _("backfills"), _("transfer"), _("transfers")),
    *(_("ledger account"), _("ledger accounts"), _("wallet"), _("wallets"), _("payment"), _("payments")),
    *(_("closed period"), _("closed periods"), _("reconciliation"), _("reconciliations")),
    *(
        _("discrepancy"),
        _("discrepancies"),
        _("resend job"),
        _("resend jobs"),
        _("cold wallet"),
        _("cold wallets"),
    ),
    *(_("sweep rules"), _("sweep"), _("sweeps"), _("tariff rate"), _("tariff rates"), _("saved view")),
    # On the page of a group's permissions only.
    *(_("alert notice"), _("audit seal"), _("balance reading"), _("chain cursor"), _("chain node")),
    *(_("credential use"), _("gone url"), _("ledger cut"), _("merchant scope"), _("order event")),
    *(_("period balance"), _("person language"), _("rate counter"), _("resend item"), _("scanned block")),
    *(_("spent token"), _("subtotal"), _("sweep event"), _("sweep transaction"), _("token terms")),
    *(_("wallet balance"), _("watched address")),
    *(_("saved views"), _("key tree"), _("key trees"), _("attempt"), _("attempts")),
)
FIELDS = (
    *(_("account"), _("act"), _("address"), _("amount"), _("asset"), _("at"), _("checked"), _("closed at")),
    *(
        _("closed by"),
        _("code"),
        _("created at"),
        _("created by"),
        _("credit limit"),
        _("custody"),
        _("decided at"),
    ),
    *(_("decided by"), _("decision note"), _("default callback url"), _("deposit step micro"), _("detail")),
    *(
        _("dialect"),
        _("differing"),
        _("digest"),
        _("direction"),
        _("duration hours"),
        _("enabled"),
        _("error"),
    ),
    *(
        _("event"),
        _("event id"),
        _("external id"),
        _("facts"),
        _("first day"),
        _("format"),
        _("found"),
        _("host"),
    ),
    *(
        _("ip"),
        _("is test"),
        _("key"),
        _("kind"),
        _("label"),
        _("last day"),
        _("max amount"),
        _("min amount"),
    ),
    *(
        _("name"),
        _("note"),
        _("number"),
        _("object id"),
        _("object type"),
        _("owner"),
        _("paid at"),
        _("part"),
    ),
    *(_("paused"), _("payer"), _("price sun"), _("problem"), _("reason"), _("refused"), _("reopened by")),
    *(_("requested by"), _("state"), _("status"), _("time zone"), _("total"), _("unexplained")),
    *(
        _("unique external id"),
        _("user"),
        _("user agent"),
        _("watcher"),
        _("zone"),
        _("merchants"),
        _("provider account"),
    ),
)


def translate(models: Iterable[type[Model]]) -> None:
    """Those that were given a name in words have it translated where it is written."""
    for model in models:
        names = model._meta
        if "verbose_name" not in names.original_attrs:
            names.verbose_name = gettext_lazy(str(names.verbose_name))
        if "verbose_name_plural" not in names.original_attrs:
            names.verbose_name_plural = gettext_lazy(str(names.verbose_name_plural))
        for field in (*names.local_fields, *names.local_many_to_many):
            if field.verbose_name == field.name.replace("_", " "):
                field.verbose_name = gettext_lazy(str(field.verbose_name))
