"""The page of one order. It is made of regions, each with a version, so that the page can keep itself up to date."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from orders.admin import callback_story, detail, order_timeline, transactions
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.callback_state import is_resendable
from orders.admin.order_story import Chapter, story
from orders.admin.regions import regions
from orders.forms import CollectForm
from orders.models import (
    Approval,
    ApprovalStatus,
    Callback,
    CallbackLog,
    Direction,
    Order,
    Payment,
    Sweep,
    Wallet,
)
from orders.models.scope import merchants_of
from orders.services import approvals
from orders.services.explaining import Explanation, explain
from orders.states import FINAL_ORDER, CallbackStatus, OrderAct, OrderStatus, offers
from providers.models import ProviderCall

REGIONS = ("head", "acts", "why", "timeline", "records")
MOST_CALLS = 100  # of an order: the newest
MOST_LOGS = 100
LEDGER_SIDES = ("debit__merchant", "debit__provider_account", "credit__merchant", "credit__provider_account")


def find(model_admin: BackOfficeAdmin, request: HttpRequest, key: str | int) -> Order:
    """Raises PermissionDenied or Http404."""
    related = ("merchant", "account_choice", "credential", "created_by")
    rows = Order.objects.visible_to(staff(request)).select_related(*related)
    return detail.find(model_admin, request, rows, key)


def show(model_admin: BackOfficeAdmin, request: HttpRequest, key: str) -> TemplateResponse:
    """`?txid=`: what became of that transaction is told, too."""
    order = find(model_admin, request, key)
    context = _context(request, order) | _asked(
        order, staff(request), request.GET.get("txid", "").strip()[:66]
    )
    return detail.page(model_admin, request, "admin/orders/order/page.html", order, **context)


def _asked(order: Order, user: User, txid: str) -> dict[str, Any]:
    asks = order.is_payment and order.status != OrderStatus.SUCCEEDED
    told = transactions.explained(txid, user, order) if asks and txid else None
    return {"asks_transaction": asks, "txid": txid, "told": told}


def live(model_admin: BackOfficeAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The regions alone, for the script that keeps the page up to date."""
    order = find(model_admin, request, pk)
    return TemplateResponse(request, "admin/orders/order/live.html", _context(request, order))


def _context(request: HttpRequest, order: Order) -> dict[str, Any]:
    facts = _facts(order) | {"why": _why(order, staff(request))}
    facts |= _acts(staff(request), order, facts["callback"], facts["proposals"])
    kind = request.GET.get("show", "")
    kind = kind if kind in order_timeline.Kind.values else ""
    told = order_timeline.shown(order_timeline.entries(facts, staff(request)), kind)
    facts |= {"timeline": told, "kind": kind, "kinds": order_timeline.Kind}
    return {
        "order": order,
        "regions": regions(request, "admin/orders/order", REGIONS, facts),
        "is_moving": _is_moving(order, facts["callback"]),
        "live_url": reverse("admin:orders_order_live", args=[order.pk]) + (f"?show={kind}" if kind else ""),
    }


def _is_moving(order: Order, callback: Callback | None) -> bool:
    """Whether anything will still happen by itself."""
    return order.status not in FINAL_ORDER or (
        callback is not None and callback.status == CallbackStatus.PENDING
    )


def _facts(order: Order) -> dict[str, Any]:
    attempts = list(order.attempts.select_related("account"))
    callbacks = list(order.callbacks.select_related("credential").prefetch_related("logs__credential"))
    callback = callbacks[0] if callbacks else None
    now = timezone.now()
    chapter = Chapter(order, attempts[-1] if attempts else None, now)
    return {
        "order": order,
        "zone": order.merchant.time_zone,
        "scene": dict(CollectForm.base_fields["scene"].choices).get(order.scene),  # type: ignore[attr-defined]
        "story": story(chapter),
        "callback_story": callback_story.story(order, callback, now=now),
        "wallet": Wallet.objects.filter(address=order.address, merchant=order.merchant_id).first(),
        "sweep": _sweep(order),
        "attempts": attempts,
        "calls": _calls([attempt.request_id for attempt in attempts]),
        "events": order.events.select_related("actor").order_by("-id"),
        "transfers": order.transfers.select_related(*LEDGER_SIDES).order_by("id"),
        "callback": callback,
        "callbacks": callbacks,
        "told": _told_by_providers(order),
        "payments": _payments(order),
        "proposals": list(
            Approval.objects.filter(order=order, status=ApprovalStatus.PENDING).select_related("requested_by")
        ),
    }


def _payments(order: Order) -> QuerySet[Payment]:
    """That settled it or were told for it; without what turned out to be another merchant's."""
    rows = Payment.objects.filter(Q(order=order) | Q(hinted_order=order)).of_merchants([order.merchant_id])
    return rows.select_related("account")


def _why(order: Order, user: User) -> Explanation | None:
    if not order.is_payment or order.status == OrderStatus.SUCCEEDED:
        return None
    return explain(order, now=timezone.now(), mine=merchants_of(user))


def _sweep(order: Order) -> Sweep | None:
    """The one that moves its payment, or that it buys energy for."""
    of_order = Q(order=order) | Q(payments__order=order)
    return Sweep.objects.filter(of_order, merchant=order.merchant_id).first()


def _calls(request_ids: list[str]) -> list[ProviderCall]:
    if not request_ids:
        return []
    calls = ProviderCall.objects.filter(request_id__in=request_ids).select_related("account")
    return list(calls.order_by("-id")[:MOST_CALLS])


def _told_by_providers(order: Order) -> list[CallbackLog]:
    logs = CallbackLog.objects.filter(order=order, direction=Direction.IN).select_related("account")
    return list(logs.order_by("-id")[:MOST_LOGS])


def _acts(user: User, order: Order, callback: Callback | None, proposals: list[Approval]) -> dict[str, Any]:
    """What this person may do with the order as it is; the acts check for themselves again."""
    in_doubt = offers(order.status, OrderAct.DECIDE)
    alone = user.has_perm("orders.resolve_order") and not approvals.needs_approval(order)
    proposes = user.has_perm("orders.resolve_order") or user.has_perm("orders.add_order")
    return {
        "can_cancel": offers(order.status, OrderAct.CANCEL) and user.has_perm("orders.change_order"),
        "can_look_up": offers(order.status, OrderAct.LOOK_UP) and user.has_perm("orders.add_order"),
        "can_decide": in_doubt and alone,
        "can_propose": in_doubt and proposes and not alone and not proposals,
        "can_resend": callback is not None
        and is_resendable(callback)
        and user.has_perm("orders.resend_callback"),
    }
