"""What the one search box finds: hits of every kind of row that the viewer may see, each with what matched.

Every query uses an index: tests/bench measures them at five million orders. Kinds that are few (merchants, hosts) are
found by any part of their name, which on PostgreSQL a trigram index serves.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.admin import badges, formats, order_search
from orders.admin.endpoints import IS_GONE
from orders.models import Callback, CallbackHost, CallbackLog, Merchant, Order, Payment, Sweep, Wallet

MOST_SHOWN = 20
MOST_NAMED = 5  # merchants or hosts
MOST_TOLD = 2  # of these, with their latest orders
LATEST = 5
LOGS_LOOKED_AT = 25
LEAST_NAME = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """`what`: which of its numbers matched. `target`: the page that a person means by it."""

    row: Model
    title: str
    what: str
    target: str
    state: SafeString | str = ""
    figure: SafeString | str = ""
    at: SafeString | str = ""
    owner: Merchant | None = None

    @property
    def url(self) -> str:
        return formats.page_of(self.row)


@dataclass(frozen=True, slots=True)
class Group:
    """`more_url`: the list that holds the rest."""

    title: Promise | str
    hits: list[Hit]
    more_url: str = ""


def find(user: User, term: str) -> list[Group]:
    term = term.strip().replace("\0", "")
    if not term or len(term) > order_search.MOST_CHARACTERS:
        return []
    groups = [
        ("orders.view_order", _orders),
        ("orders.view_payment", _payments),
        ("orders.view_sweep", _sweeps),
        ("orders.view_wallet", _wallets),
        ("orders.view_merchant", _merchants),
        ("orders.view_callbackhost", _hosts),
    ]
    found = (group for permission, look in groups if user.has_perm(permission) for group in look(user, term))
    return [group for group in found if group.hits]


def only_target(groups: list[Group], term: str) -> str:
    """The page that everything found leads to; empty when there are several or none. A merchant's whole name means the
    merchant."""
    hits = [hit for group in groups for hit in group.hits]
    for hit in hits:
        if isinstance(hit.row, Merchant) and hit.row.name.casefold() == term.casefold():
            return hit.target
    targets = {hit.target for hit in hits}
    return targets.pop() if len(targets) == 1 else ""


def _orders(user: User, term: str) -> Iterator[Group]:
    rows = Order.objects.visible_to(user).select_related("merchant")
    hits: dict[int, Hit] = {}
    for what, condition in order_search.ways(term):
        for order in rows.filter(condition)[:MOST_SHOWN]:
            hits.setdefault(order.pk, _order(order, str(what)))
    more = formats.list_of(Order, q=term) if len(hits) >= MOST_SHOWN else ""
    yield Group(_("Orders"), list(hits.values())[:MOST_SHOWN], more)


def _order(order: Order, what: str) -> Hit:
    is_payment = order.amount_micro is not None
    return Hit(
        row=order,
        title=f"{order.number} {order.get_kind_display()}",
        what=what,
        target=formats.page_of(order),
        state=badges.state(order),
        figure=formats.usdt(order.amount_micro) if is_payment else formats.trx(order.price_sun),
        at=formats.moment(order.created_at, order.merchant.time_zone),
        owner=order.merchant,
    )


def _payments(user: User, term: str) -> Iterator[Group]:
    rows = Payment.objects.visible_to(user).select_related("order__merchant", "hinted_order", "merchant")
    txid = term.lower().removeprefix("0x")
    hits: dict[int, Hit] = {}
    if order_search.TXID.fullmatch(txid):
        known = order_search.payments_of(txid).values_list("pk", flat=True)[:MOST_SHOWN]
        _add_payments(hits, rows.filter(pk__in=list(known)), gettext("transaction"))
    elif address := order_search.as_address(term):
        _add_payments(hits, rows.filter(address=address), gettext("paid to this address"))
        _add_payments(hits, rows.filter(from_address=address), gettext("paid from this address"))
    elif amounts := order_search.as_amounts(term):
        _add_payments(hits, rows.filter(amount_micro__in=amounts), gettext("amount"))
    more = formats.list_of(Payment, q=term) if len(hits) >= MOST_SHOWN else ""
    yield Group(_("Payments"), list(hits.values())[:MOST_SHOWN], more)


def _add_payments(hits: dict[int, Hit], rows: QuerySet[Payment], what: str) -> None:
    for payment in rows[:MOST_SHOWN]:
        order = payment.order or payment.hinted_order
        hit = Hit(
            row=payment,
            title=f"{payment.txid[:8]}…{payment.txid[-6:]}",
            what=what,
            target=formats.page_of(order or payment),
            state=badges.state(payment),
            figure=formats.money(payment.amount_micro, payment.asset),
            at=formats.moment(payment.paid_at),
            owner=payment.order.merchant if payment.order else payment.merchant,
        )
        hits.setdefault(payment.pk, hit)


def _sweeps(user: User, term: str) -> Iterator[Group]:
    txid = term.lower().removeprefix("0x")
    rows = Sweep.objects.visible_to(user).select_related("merchant", "wallet")
    if order_search.TXID.fullmatch(txid):
        yield _sweep_group(rows.filter(transactions__txid=txid), gettext("transaction"))
    elif address := order_search.as_address(term):
        yield _sweep_group(rows.filter(wallet__address=address), gettext("wallet"))
        yield _sweep_group(rows.filter(cold_wallet__address=address), gettext("cold wallet"))


def _sweep_group(rows: QuerySet[Sweep], what: str) -> Group:
    hits = [
        Hit(
            row=sweep,
            title=str(sweep),
            what=what,
            target=formats.page_of(sweep),
            state=formats.badge(sweep.get_status_display()),
            figure=formats.usdt(sweep.amount_micro),
            at=formats.moment(sweep.created_at),
            owner=sweep.merchant,
        )
        for sweep in rows[:MOST_SHOWN]
    ]
    return Group(_("Sweeps"), hits)


def _wallets(user: User, term: str) -> Iterator[Group]:
    address = order_search.as_address(term)
    wallets = Wallet.objects.visible_to(user).filter(address=address) if address else Wallet.objects.none()
    yield Group(_("Wallets"), [_named(row, gettext("address"), row.merchant) for row in wallets])


def _merchants(user: User, term: str) -> Iterator[Group]:
    merchants = Merchant.objects.visible_to(user)
    if address := order_search.as_address(term):
        merchants = merchants.filter(top_up_address=address)
        yield Group(_("Merchants"), [_named(row, gettext("top-up address")) for row in merchants])
        return
    if len(term) < LEAST_NAME:
        return
    named = list(merchants.filter(name__icontains=term)[:MOST_NAMED])
    more = formats.list_of(Merchant, q=term) if len(named) == MOST_NAMED else ""
    yield Group(_("Merchants"), [_named(row, gettext("name")) for row in named], more)
    if user.has_perm("orders.view_order"):
        for merchant in named[:MOST_TOLD]:
            orders = Order.objects.visible_to(user).filter(merchant=merchant).select_related("merchant")
            yield _latest(
                str(merchant), orders[:LATEST], formats.list_of(Order, merchant__id__exact=merchant.pk)
            )


def _hosts(user: User, term: str) -> Iterator[Group]:
    host = term.lower()
    if len(host) < LEAST_NAME:
        return
    rows = CallbackHost.objects.visible_to(user).filter(host__contains=host)
    named = list(rows.annotate(is_gone=IS_GONE)[:MOST_NAMED])
    hits = [Hit(row, str(row), gettext("host"), formats.page_of(row), badges.endpoint(row)) for row in named]
    yield Group(_("Callback endpoints"), hits)
    if user.has_perms(["orders.view_order", "orders.view_callbacklog"]):
        for row in named[:MOST_TOLD]:
            yield _latest(row.host, _told(user, row.host), formats.list_of(Callback, host=row.host))


def _told(user: User, host: str) -> QuerySet[Order]:
    """The orders of the newest exchanges with the host."""
    logs = CallbackLog.objects.visible_to(user).filter(host=host).values_list("order_id", flat=True)
    orders = {pk for pk in logs[:LOGS_LOOKED_AT] if pk is not None}
    return Order.objects.visible_to(user).filter(pk__in=orders).select_related("merchant")[:LATEST]


def _latest(name: str, orders: Iterable[Order], more_url: str) -> Group:
    hits = [_order(order, name) for order in orders]
    return Group(gettext("Latest orders of %(name)s") % {"name": name}, hits, more_url)


def _named(row: Merchant | Wallet, what: str, owner: Merchant | None = None) -> Hit:
    return Hit(row, str(row), what, formats.page_of(row), owner=owner)
