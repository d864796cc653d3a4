"""What became of a transaction that a person has pasted: known to us, or asked of a node, and said in words."""

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from orders.admin.base import staff
from orders.admin.order_search import TXID
from orders.models import Order
from orders.models.scope import merchants_of
from orders.services import node_gate
from orders.services.explaining import Explanation, explain_txid


def explained(txid: str, user: User, order: Order | None = None) -> Explanation:
    """One bounded read of the chain, which a page waits for."""
    nodes = node_gate.nodes(clock=timezone.now, total_seconds=settings.CHAIN_FACTS_SECONDS)
    return explain_txid(txid, nodes, now=timezone.now(), order=order, mine=merchants_of(user))


def explain_empty_list(request: HttpRequest, response: HttpResponseBase) -> None:
    """Into the context of a list that was searched for a hash and has no row of it."""
    term = request.GET.get("q", "").strip().lower().removeprefix("0x")
    context = getattr(response, "context_data", None) or {}
    if not TXID.fullmatch(term) or "cl" not in context or not staff(request).has_perm("orders.view_payment"):
        return
    if not context["cl"].result_list:
        context["told"] = explained(term, staff(request))
