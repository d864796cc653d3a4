"""The page behind the search box of every staff page. What leads to one page only is opened at once."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from orders.admin import finding, order_search
from orders.admin.base import BackOfficeAdmin, staff


def page(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    if not admin.has_view_permission(request):
        raise PermissionDenied
    term = request.GET.get("q", "").strip()
    groups = finding.find(staff(request), term)
    if target := finding.only_target(groups):
        return HttpResponseRedirect(target)
    txid = term.lower().removeprefix("0x")
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Search"),
        "term": term,
        "groups": groups,
        # A hash that we may not know: what the chain says of it has its place on the page.
        "txid": txid if order_search.TXID.fullmatch(txid) else "",
    }
    return TemplateResponse(request, "admin/orders/search.html", context)
