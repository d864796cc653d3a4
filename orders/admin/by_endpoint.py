"""The callbacks of a filtered list, summed up by endpoint."""

from typing import Any

from django.contrib.admin.views.main import ERROR_FLAG
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from orders.admin import formats, resend_form
from orders.admin.base import BackOfficeAdmin, view_bar
from orders.admin.guard import demand
from orders.models import Callback

MOST_HOSTS = 200


def page(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponseBase:
    demand(request, "orders.view_callback")
    changelist = admin.matching(request)
    if changelist is None:
        return HttpResponseRedirect(f"{formats.list_of(Callback)}?{ERROR_FLAG}=1")
    sums = (
        changelist.queryset.order_by()
        .values("host")
        .annotate(
            count=Count("pk"),
            merchants=Count("merchant", distinct=True),
            oldest=Min("created_at"),
            newest=Max("created_at"),
        )
    )
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        **view_bar(request),
        "title": _("Callbacks by endpoint"),
        "filters": resend_form.filters_in_words(changelist),
        "list_url": f"{formats.list_of(Callback)}?{request.GET.urlencode()}",
        "rows": [
            (row, _list_of(request, row["host"])) for row in sums.order_by("-count", "host")[:MOST_HOSTS]
        ],
    }
    return TemplateResponse(request, "admin/orders/callback/by_endpoint.html", context)


def _list_of(request: HttpRequest, host: str) -> str:
    query = request.GET.copy()
    query["host"] = host
    return f"{formats.list_of(Callback)}?{query.urlencode()}"
