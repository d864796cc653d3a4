"""What the new-order form as it stands would cost, and whether the merchant has it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders.forms import OrderForm
from orders.models import AccountKind, Merchant
from orders.pricing import Part, Price
from orders.services import ledger, placing
from orders.services.chain_facts import Facts
from providers.base import Kind

PART_LABELS = {
    Part.ENERGY: _("Energy"),
    Part.BANDWIDTH: _("Bandwidth"),
    Part.ACTIVATION: _("Activation of the address"),
    Part.COLLECT_BANDWIDTH: _("Bandwidth help"),
    Part.SMALL_ORDER: _("Small-order addition"),
    Part.PAYMENT: _("Fee, on success"),
}


@dataclass(frozen=True, slots=True)
class Funds:
    """Of one merchant, in sun. `spendable_sun` includes the credit limit."""

    available_sun: int
    credit_sun: int

    @property
    def spendable_sun(self) -> int:
        return self.available_sun + self.credit_sun


def funds(merchant: Merchant) -> Funds:
    account = ledger.merchant_account(merchant, AccountKind.AVAILABLE)
    return Funds(account.balance or 0, account.credit_limit)


def context(merchant: Merchant, form: OrderForm, *, now: datetime) -> dict[str, Any]:
    """For quote.html."""
    balance = funds(merchant)
    if not form.is_valid():
        return {"funds": balance, **_what_is_missing(form)}
    spec = form.spec()
    facts = placing.facts_for(spec, now=now)
    try:
        price = placing.quote(merchant, spec, facts)
    except placing.OrderRefused as error:
        return {"funds": balance, "errors": [("", str(error))]}
    return {
        "funds": balance,
        "is_dearer_case": spec.kind == Kind.COLLECT and _is_unknown(spec, facts),
        **_sums(price, balance),
    }


def _sums(price: Price, balance: Funds) -> dict[str, Any]:
    return {
        "parts": [(PART_LABELS[part], amount_sun) for part, amount_sun in price.parts],
        "total_sun": price.total_sun,
        "after_sun": balance.available_sun - price.total_sun,
        "short_sun": max(0, price.total_sun - balance.spendable_sun),
        "is_priced": True,
    }


def _is_unknown(spec: placing.OrderSpec, facts: Facts) -> bool:
    receiver_unknown = bool(spec.to_address) and facts.holds_usdt is None
    return facts.is_active is None or facts.has_bandwidth is None or receiver_unknown


def _what_is_missing(form: OrderForm) -> dict[str, Any]:
    """Empty fields by name, filled ones with what is wrong with them."""
    missing, errors = [], []
    for name, texts in form.errors.items():
        label = str(form.fields[name].label or name) if name in form.fields else ""
        if name in form.fields and not form[name].data:
            missing.append(label)
        else:
            errors += [(label, str(text)) for text in texts]
    return {"missing": missing, "errors": errors}
