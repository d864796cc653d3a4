"""What the lists of callbacks and of their log share: the bar of quick filters, and resending what they show."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from orders.admin import formats, resend_form
from orders.admin.base import KeysetAdmin, ShownAdmin, staff
from orders.admin.guard import demand
from orders.models import Callback, Merchant

MOMENTS = [f"created_at_{end}_{part}" for end in ("from", "to") for part in (0, 1)]


class CallbackListAdmin(KeysetAdmin, ShownAdmin):
    """`callbacks_of`: the callbacks that rows of the list belong to."""

    list_before_template = "admin/orders/callbacks_before.html"
    merchant_parameter = "merchant__id__exact"
    actions = ("resend_selected",)
    list_disable_select_all = True  # "all that match" has a button of its own, and a preview that counts

    class Media:
        css = {"all": ["backoffice/orders.css", "backoffice/callbacks.css"]}

    def callbacks_of(self, rows: QuerySet[Any]) -> QuerySet[Callback]:
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.resend_matching_view)
        name = f"orders_{self.opts.model_name}_resend_matching"
        urls: list[URLPattern] = super().get_urls()
        return [path("resend-matching/", view, name=name), *urls]

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.resend_callback")

    @admin.action(description=_("Resend the selected"), permissions=["resend"])
    def resend_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        query = request.GET.urlencode()
        if request.POST.get("select_across") != "1":
            query = "id__in=" + ",".join(str(pk) for pk in queryset.values_list("pk", flat=True))
        url = reverse(f"admin:orders_{self.opts.model_name}_resend_matching")
        return HttpResponseRedirect(f"{url}?{query}")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        bar = {name: request.GET.get(name, "") for name in MOMENTS}
        own = {self.merchant_parameter, *MOMENTS, "p", "e"}
        extra = {
            "merchants": Merchant.objects.visible_to(staff(request)).order_by("name").only("pk", "name"),
            "merchant_parameter": self.merchant_parameter,
            "chosen_merchant": request.GET.get(self.merchant_parameter, ""),
            "bar": bar,
            "kept": [(name, value) for name, value in request.GET.items() if name not in own],
            "query": request.GET.urlencode(),
            "by_endpoint_url": self.by_endpoint_url(),
            "resend_url": reverse(f"admin:orders_{self.opts.model_name}_resend_matching"),
            "may_resend": self.has_resend_permission(request),
        }
        return super().changelist_view(request, extra | (extra_context or {}))

    def by_endpoint_url(self) -> str:
        """Where the list is summed up by endpoint; "" for nowhere."""
        return ""

    def resend_matching_view(self, request: HttpRequest) -> HttpResponseBase:
        demand(request, f"orders.view_{self.opts.model_name}", "orders.resend_callback")
        with translation.override("en"):
            changelist = self.matching(request)
            words = resend_form.filters_in_words(changelist) if changelist else {}
        if changelist is None:
            return HttpResponseRedirect(f"{formats.list_of(self.model)}?{ERROR_FLAG}=1")
        return resend_form.page(self, request, self.callbacks_of(changelist.queryset), words)
