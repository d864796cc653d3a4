"""The page behind the search box of every staff page. What leads to one page only is opened at once."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from orders.admin import finding, order_search, transactions
from orders.admin.base import BackOfficeAdmin, staff
from orders.services.explaining import Explanation


def page(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    if not admin.has_view_permission(request):
        raise PermissionDenied
    term = request.GET.get("q", "").strip()
    groups = finding.find(staff(request), term)
    if target := finding.only_target(groups, term):
        return HttpResponseRedirect(target)
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Search"),
        "term": term,
        "groups": groups,
        "told": None if groups else _told_by_the_chain(request, term),
    }
    return TemplateResponse(request, "admin/orders/search.html", context)


def _told_by_the_chain(request: HttpRequest, term: str) -> Explanation | None:
    """Of a hash that no row has."""
    is_hash = order_search.TXID.fullmatch(term.lower().removeprefix("0x"))
    if not is_hash or not staff(request).has_perm("orders.view_payment"):
        return None
    return transactions.explained(term, staff(request))
