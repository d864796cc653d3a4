"""A merchant of the flows: orders go in, callbacks come out at its inbox in the sandbox."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from orders.models import CallbackFormat, Dialect, Merchant, Order
from orders.services import merchants, placing, rotation
from orders.services.chain_facts import UNKNOWN
from providers.base import PAYMENT_KINDS, KeyPair, Kind
from providers.models import ProviderAccount
from tests.flows.upstreams import Upstreams

TOP_UP_SUN = 100_000_000_000
DEFAULTS: dict[Kind, dict[str, Any]] = {
    Kind.COLLECT: {"scene": 0},
    Kind.ENERGY: {"energy": 65_000, "duration_hours": 1},
    Kind.BANDWIDTH: {"bandwidth": 1_000, "duration_hours": 1},
    Kind.BUNDLE: {"energy": 65_000, "bandwidth": 1_000, "duration_hours": 1},
    Kind.ACTIVATION: {},
}
amounts = count(1_000_001)


@dataclass(frozen=True)
class Customer:
    merchant: Merchant
    inbox: str
    pairs: dict[str, KeyPair] = field(repr=False)

    @classmethod
    def create(cls, name: str, upstreams: Upstreams) -> "Customer":
        now = timezone.now()
        inbox = name.lower().replace(" ", "-")
        merchant = merchants.create_merchant(
            name=name,
            time_zone="Asia/Shanghai",
            default_callback_url=f"{upstreams.url}/inbox/{inbox}",
            now=now,
        )
        merchants.top_up(merchant, amount_sun=TOP_UP_SUN, reason="flows", now=now)
        pairs = {}
        for dialect in (Dialect.ITRX, Dialect.CROSSINGPAY):
            issued = rotation.issue(merchant, dialect, now=now)
            pairs[str(dialect)] = KeyPair(issued.key, issued.secret)
            upstreams.know_inbox_keys(inbox, dialect, pairs[dialect])
        return cls(merchant, inbox, pairs)

    def place(
        self,
        kind: Kind,
        address: str,
        account: ProviderAccount | None = None,
        *,
        window: timedelta = timedelta(minutes=30),
    ) -> Order:
        """At `account` if given, else wherever routing leads it. Payment orders each await an amount of their own."""
        now = timezone.now()
        spec = placing.OrderSpec(
            kind=kind,
            address=address,
            account_choice=account,
            callback_url=self.merchant.default_callback_url,
            external_id=f"flow-{next(amounts)}",
            **(self._payment(window) if kind in PAYMENT_KINDS else self._resource() | DEFAULTS[kind]),
        )
        return placing.place_order(self.merchant, spec, UNKNOWN, now=now)[0]

    def _resource(self) -> dict[str, Any]:
        return {
            "dialect": Dialect.ITRX,
            "callback_format": CallbackFormat.ITRX,
            "credential": self.merchant.credentials.get(dialect=Dialect.ITRX),
        }

    def _payment(self, window: timedelta) -> dict[str, Any]:
        start = timezone.now().replace(microsecond=0)
        return {
            "dialect": Dialect.CROSSINGPAY,
            "callback_format": CallbackFormat.V2A,
            "credential": self.merchant.credentials.get(dialect=Dialect.CROSSINGPAY),
            "amount_micro": next(amounts),
            "window_start": start,
            "window_end": start + window,
        }

    @staticmethod
    def event_mark(order: Order) -> str:
        """What a callback's body tells the order by: the transaction of its payment, or its serial."""
        return order.payment.txid if order.is_payment else order.serial
