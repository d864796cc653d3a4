"""Placing an order: the one way in, for staff and for the APIs."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from orders import notation, pricing
from orders.models import ApiCredential, CallbackFormat, Dialect, Merchant, Order, Source, Watcher
from orders.services import audit, chain_facts, ledger, queue, tariffs, timeline, watchers
from orders.services.chain_facts import Facts
from orders.services.closing import finish
from orders.states import OPEN_ORDER, OrderAct, OrderStatus, offers
from providers.base import PAYMENT_KINDS, Kind
from providers.models import ProviderAccount
from providers.money import format_units

MOST_STEPS = 99  # of a deposit's amount that others wait for
SCENE_AUTOMATIC, SCENE_ENERGY, SCENE_BANDWIDTH, SCENE_ACTIVATION = range(4)


class OrderRefused(Exception):
    """The order is not placed and nothing was stored. `field`: the form field it belongs to, "" for none.
    `code`: merchant_disabled, no_rate, insufficient_funds, window_overlap, token_used, watcher. `other`: the order in
    the way, where it is this merchant's own."""

    def __init__(
        self, code: str, message: str | Promise, *, field: str = "", other: Order | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.other = other


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSpec:
    """What is asked for, already checked field by field (orders/forms.py). Zero or None: not given."""

    kind: Kind
    address: str
    dialect: Dialect = Dialect.ITRX
    to_address: str = ""
    scene: int | None = None
    energy: int = 0
    bandwidth: int = 0
    duration_hours: int = 0
    activate: bool = False
    amount_micro: int | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    watcher: Watcher | None = None  # of a payment order; None: the merchant's or the installation's choice
    external_id: str = ""
    callback_url: str = ""
    callback_format: CallbackFormat = CallbackFormat.NONE
    credential: ApiCredential | None = None
    account_choice: ProviderAccount | None = None
    submit_token: str | None = None
    unique_key: str | None = None  # a number that may be used once; the same again gives the first order
    is_paid_by_house: bool = False  # of a sweep's order: the merchant is charged nothing
    request: dict[str, Any] = field(default_factory=dict)  # an API caller's own words, to echo and to compare


def facts_for(spec: OrderSpec, *, now: datetime) -> Facts:
    """What the price of a collect order depends on, by a bounded read of the chain; nothing for any other kind. The
    sender decides only what is automatic."""
    if spec.kind != Kind.COLLECT:
        return chain_facts.UNKNOWN
    sender = spec.address if spec.scene == SCENE_AUTOMATIC else ""
    return chain_facts.facts_for_order(address=sender, to_address=spec.to_address, now=now)


def resolve(spec: OrderSpec, facts: Facts) -> OrderSpec:
    """Fill in what the chain decides: energy and activation of a collect order (specs/itrx.md 3.4).
    An unknown fact is answered with the dearer choice."""
    if spec.kind != Kind.COLLECT:
        return spec
    energy = tariffs.transfer_energy(to_address=spec.to_address, holds_usdt=facts.holds_usdt)
    activate = spec.scene == SCENE_ACTIVATION or (
        spec.scene == SCENE_AUTOMATIC and facts.is_active is not True
    )
    return replace(spec, energy=energy, activate=activate, duration_hours=1)


def quote(merchant: Merchant, spec: OrderSpec, facts: Facts) -> pricing.Price:
    """What `place_order` will hold, from the tariff. Raises OrderRefused when the tariff has no rate for it."""
    spec = resolve(spec, facts)
    is_payment = spec.kind in PAYMENT_KINDS
    wanted = pricing.Wanted(
        dialect=spec.dialect,
        energy=spec.energy,
        bandwidth=spec.bandwidth,
        duration_hours=spec.duration_hours,
        activate=spec.activate or spec.kind == Kind.ACTIVATION,
        collect_bandwidth=spec.kind == Kind.COLLECT and _may_need_bandwidth(spec, facts),
        payment=is_payment,
    )
    try:
        return pricing.price(wanted, tariffs.rates_for(merchant, spec.dialect))
    except pricing.NoRate as error:
        field = error.part.value if error.part.value in {"energy", "bandwidth"} else ""
        raise OrderRefused(
            "no_rate",
            format_lazy(gettext_lazy("There is no price for this: {error}."), error=error),
            field=field,
        ) from error


def _may_need_bandwidth(spec: OrderSpec, facts: Facts) -> bool:
    if spec.scene == SCENE_ENERGY:
        return False
    return spec.scene != SCENE_AUTOMATIC or facts.has_bandwidth is not True


def executed_scene(order: Order) -> int:
    """What an automatic collect order came to when it was priced (specs/itrx.md 3.4); else the scene asked for."""
    if order.scene:
        return order.scene
    if order.activate:
        return SCENE_ACTIVATION
    priced = order.events.get(code="placed").data["price_sun"]
    return SCENE_BANDWIDTH if pricing.Part.COLLECT_BANDWIDTH in priced else SCENE_ENERGY


def place_order(
    merchant: Merchant,
    spec: OrderSpec,
    facts: Facts,
    *,
    now: datetime,
    user: User | None = None,
) -> tuple[Order, bool]:
    """Hold the money and write order, event, transfers and task in one transaction.

    Returns the order and whether it is new: the same `submit_token` or `unique_key` again gives the first order.
    Raises OrderRefused.
    """
    if spec.submit_token and (first := _placed_before(merchant, spec)):
        return first, False
    try:
        if not merchant.enabled:
            raise OrderRefused(
                "merchant_disabled", gettext_lazy("This merchant is disabled."), field="merchant"
            )
        price = quote(merchant, spec, facts)
        spec = _told_natively(merchant, _watched(merchant, resolve(spec, facts)), now)
        with transaction.atomic():
            return _place(merchant, spec, price, now=now, user=user), True
    except (ledger.InsufficientFunds, IntegrityError, OrderRefused) as error:
        # What stands in the way may be the order of the same token or key. A key that was used before is found only
        # here: by far the most are new, and need not be looked for.
        if first := _placed_before(merchant, spec):
            return first, False
        if isinstance(error, ledger.InsufficientFunds):
            raise OrderRefused("insufficient_funds", _short(error)) from error
        if "order_window_overlap" in str(error):
            raise _overlap(_competitor(spec), merchant) from error
        raise


def _told_natively(merchant: Merchant, spec: OrderSpec, now: datetime) -> OrderSpec:
    """An order without callbacks of its own is told by a native event, if the merchant wants and can receive it."""
    wanted = spec.callback_format == CallbackFormat.NONE and merchant.native_events
    if not wanted or not merchant.default_callback_url:
        return spec
    if not merchant.webhook_secrets.alive(now).exists():
        return spec
    return replace(spec, callback_format=CallbackFormat.NATIVE, callback_url=merchant.default_callback_url)


def _watched(merchant: Merchant, spec: OrderSpec) -> OrderSpec:
    """With whoever will watch it. One order has one watcher, so that never two settle it."""
    if spec.kind not in PAYMENT_KINDS:
        return spec
    try:
        watcher = watchers.choose(
            merchant,
            kind=spec.kind,
            address=spec.address,
            asked=spec.watcher,
            has_account_choice=spec.account_choice is not None,
        )
    except watchers.NotWatchable as error:
        raise OrderRefused("watcher", error.args[0], field="watcher") from error
    return replace(spec, watcher=watcher)


def _short(error: ledger.InsufficientFunds) -> str | Promise:
    sums = (format_units(units) for units in (error.available, error.needed))
    have, need = map(notation.decimal_or_plain_lazy, sums)
    return format_lazy(
        gettext_lazy("Insufficient funds: {have} TRX available, {need} TRX needed."), have=have, need=need
    )


def _placed_before(merchant: Merchant, spec: OrderSpec) -> Order | None:
    """The order this submit token or unique key made. A token of another merchant's order is refused."""
    if spec.unique_key and (order := Order.objects.filter(unique_key=spec.unique_key).first()):
        return order
    if not spec.submit_token:
        return None
    first = Order.objects.filter(submit_token=spec.submit_token).first()
    if first is not None and first.merchant_id != merchant.pk:
        raise OrderRefused(
            "token_used",
            format_lazy(
                gettext_lazy("This form has placed order {number} already; open a new one."),
                number=first.number,
            ),
        )
    return first


def _place(
    merchant: Merchant,
    spec: OrderSpec,
    price: pricing.Price,
    *,
    now: datetime,
    user: User | None,
) -> Order:
    asked_micro = spec.amount_micro
    spec = with_free_amount(merchant, spec)
    order = Order(
        merchant=merchant,
        kind=spec.kind,
        dialect=spec.dialect,
        source=Source.STAFF if user else Source.API,
        serial=uuid.uuid4().hex,
        external_id=spec.external_id,
        submit_token=spec.submit_token,
        unique_key=spec.unique_key,
        request=spec.request,
        created_by=user,
        address=spec.address,
        to_address=spec.to_address,
        scene=spec.scene,
        energy=spec.energy,
        bandwidth=spec.bandwidth,
        duration_hours=spec.duration_hours,
        activate=spec.activate,
        amount_micro=spec.amount_micro,
        window_start=spec.window_start,
        window_end=spec.window_end,
        watcher=spec.watcher or "",
        price_sun=0 if spec.is_paid_by_house else price.total_sun,
        account_choice=spec.account_choice,
        callback_url=spec.callback_url,
        callback_format=spec.callback_format,
        credential=spec.credential,
        status=OrderStatus.NEW,
        next_action_at=now + timedelta(seconds=settings.CLAIM_SECONDS),
        deadline_at=_deadline(spec, now),
        created_at=now,
    )
    order.save(force_insert=True)
    placed: dict[str, object] = {"price_sun": {str(part): amount for part, amount in price.parts}}
    if spec.amount_micro != asked_micro:
        placed["asked_amount_micro"] = asked_micro
    timeline.record(order, "placed", "order placed", now=now, actor=user, data=placed)
    if order.is_watched_by_us:
        watchers.begin(order, now=now)
    else:
        queue.enqueue("orders.tasks.advance", order.pk)
    # From here to the commit all other orders of the merchant wait for its balance: what can be done before, is.
    left_sun = ledger.hold(order, now=now) if order.price_sun else None
    if order.source == Source.API and order.dialect == Dialect.ITRX:
        # Its answer tells the balance, and the same request again must get the same answer.
        order.balance_after_sun = ledger.available_sun(merchant) if left_sun is None else left_sun
        Order.objects.filter(pk=order.pk).update(balance_after_sun=order.balance_after_sun)
    if user:
        after = {"kind": str(order.kind), "price_sun": order.price_sun, "address": order.address}
        audit.record("order.place", user=user, now=now, target=order, after=after)
    return order


def _deadline(spec: OrderSpec, now: datetime) -> datetime:
    if spec.window_end:
        return spec.window_end + timedelta(seconds=settings.WATCH_SILENCE_SECONDS)
    return now + timedelta(seconds=settings.ORDER_DEADLINE_SECONDS)


def with_free_amount(merchant: Merchant, spec: OrderSpec) -> OrderSpec:
    """With the amount asked for; of a deposit, if the merchant wants that, with the smallest free one above it
    (specs/crossingpay.md section 6 #12). Amounts are locked in rising order, so two placements never deadlock.
    Raises OrderRefused."""
    step = merchant.deposit_step_micro if spec.kind == Kind.DEPOSIT and spec.amount_micro else 0
    for _ in range(MOST_STEPS if step else 0):
        try:
            refuse_overlap(merchant, spec)
        except OrderRefused:
            spec = replace(spec, amount_micro=(spec.amount_micro or 0) + step)
        else:
            return spec
    refuse_overlap(merchant, spec)
    return spec


def refuse_overlap(merchant: Merchant, spec: OrderSpec) -> None:
    """Two open payment orders never wait for the same amount at the same address in overlapping windows.

    On SQLite the IMMEDIATE transaction makes this check exact; on PostgreSQL a lock does, and an exclusion constraint
    stands behind it. The constraint alone would end racing inserts in a deadlock.
    """
    if spec.kind not in PAYMENT_KINDS:
        return
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            waits_for = f"{spec.address} {spec.amount_micro}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [waits_for])
    if other := _competitor(spec):
        raise _overlap(other, merchant)


def _competitor(spec: OrderSpec) -> Order | None:
    found = Order.objects.filter(
        kind__in=PAYMENT_KINDS,
        status__in=OPEN_ORDER,
        address=spec.address,
        amount_micro=spec.amount_micro,
        window_start__lte=spec.window_end,
        window_end__gte=spec.window_start,
    ).values_list("pk", flat=True)[:1]
    # As a rule there is none, so the row itself is read apart.
    return Order.objects.filter(pk__in=list(found)).first() if found else None


def _overlap(other: Order | None, merchant: Merchant) -> OrderRefused:
    """Another merchant's order is not named."""
    own = other if other and other.merchant_id == merchant.pk else None
    text: str | Promise = gettext_lazy(
        "Another order already waits for this amount at this address in an overlapping window."
    )
    if own:
        own_text = gettext_lazy(
            "Order {number} already waits for this amount at this address in an overlapping window."
        )
        text = format_lazy(own_text, number=own.number)
    return OrderRefused("window_overlap", text, field="amount", other=own)


def cancel(order: Order, *, user: User, reason: str, now: datetime) -> bool:
    """End an order of which nothing was sent. False when it has moved on."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if not offers(order.status, OrderAct.CANCEL):
            return False
        text = f"cancelled: {reason}"
        is_cancelled = finish(order, OrderStatus.FAILED, text, now=now, reason=text, actor=user)
        if is_cancelled:
            audit.record("order.cancel", user=user, now=now, target=order, after={"reason": reason})
        return is_cancelled
