"""The bar of saved views above each list."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import Resolver404, URLPattern, path, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin.base import ReadOnlyAdmin, staff
from orders.models import SavedView
from orders.models.checks import check_not_blank, check_printable
from orders.services import saved_views


class SaveForm(forms.Form):
    name = forms.CharField(
        max_length=64, validators=[check_printable, check_not_blank], label=gettext_lazy("Name")
    )
    path = forms.CharField(max_length=255)
    query = forms.CharField(max_length=2048, required=False, strip=False)
    is_shared = forms.BooleanField(required=False, label=gettext_lazy("Is shared"))

    def clean_path(self) -> str:
        """Of a page of the back office and of nothing else."""
        given: str = self.cleaned_data["path"]
        try:
            match = resolve(given)
        except Resolver404 as error:
            raise ValidationError(_("There is no such page.")) from error
        if match.app_name != "admin" or match.kwargs:
            raise ValidationError(_("There is no such list."))
        return given


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    """No pages of its own: views live on their lists."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("save/", wrap(self.save_view), name="orders_savedview_save"),
            path("<int:pk>/delete/", wrap(self.drop_view), name="orders_savedview_drop"),
        ]

    def save_view(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = SaveForm(request.POST)
        if not form.is_valid():
            words = [str(text) for texts in form.errors.values() for text in texts]
            messages.error(request, " ".join(words))
            return HttpResponseRedirect(_back(form))
        try:
            row = saved_views.save(staff(request), now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(_back(form))
        messages.success(request, _("Saved as “%(name)s”.") % {"name": row})
        return HttpResponseRedirect(row.url)

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = SavedView.objects.filter(owner=staff(request), pk=min(pk, 2**63 - 1)).first()
        if row is None:
            raise PermissionDenied
        saved_views.delete(staff(request), row.pk)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": row})
        return HttpResponseRedirect(row.url)


def _back(form: SaveForm) -> str:
    """To the list it came from, if that is one."""
    return str(form.cleaned_data.get("path") or "/admin/")
