"""The base of every staff page: rows through `visible_to`, acts on the audit trail, nothing deletable.

A refusal (403) is put on the trail by `backoffice.refusals`, for every page alike.
"""

import re
from collections.abc import Iterable
from typing import Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.models import User
from django.db import models
from django.db.models import QuerySet
from django.forms import PasswordInput
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.utils import timezone, translation
from unfold.admin import ModelAdmin

from orders.admin.paging import InfinitePaginator, KeysetList
from orders.models import Merchant
from orders.models.scope import ScopedQuerySet, merchants_of
from orders.services import audit, saved_views

UNKEEPABLE = re.compile(r"-?\d{19,}|.*\x00.*", re.ASCII | re.DOTALL)


def staff(request: HttpRequest) -> User:
    """Who asks; `admin_view` has let nobody else in."""
    return cast(User, request.user)


class BackOfficeAdmin(ModelAdmin):
    """Lists show what the viewer may see. Rows are kept for ever, so nothing is deleted here."""

    list_per_page = 50
    list_filter_submit = True
    list_fullwidth = True
    change_list_template = "admin/orders/list.html"
    warn_unsaved_form = False
    actions: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.visible_to(staff(request)) if isinstance(rows, ScopedQuerySet) else rows

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """No menu beside a choice: its pop-up windows are nameless to who listens, and out of reach of the keyboard."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(menu := field.widget, RelatedFieldWidgetWrapper):
            menu.can_add_related = menu.can_change_related = False
            menu.can_delete_related = menu.can_view_related = False
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offers what the person may see. One who is limited to some merchants must name one."""
        model = db_field.remote_field.model
        rows = model._default_manager.all()
        if isinstance(rows, ScopedQuerySet):
            kwargs.setdefault("queryset", rows.visible_to(staff(request)))
        if model is Merchant and merchants_of(staff(request)) is not None:
            kwargs["required"] = True
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """A number that no column holds, or text that PostgreSQL can't, is treated as the stock page treats any
        unknown value: it filters nothing. The database's driver would raise an error."""
        if self.is_unkeepable(request):
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        response: HttpResponseBase = super().changelist_view(
            request, view_bar(request) | (extra_context or {})
        )
        return response

    @staticmethod
    def is_unkeepable(request: HttpRequest) -> bool:
        values = [str(value) for name, value in request.GET.items() if name != SEARCH_VAR]
        return any(UNKEEPABLE.fullmatch(part.strip()) for value in values for part in value.split(","))

    def matching(self, request: HttpRequest) -> ChangeList | None:
        """The list as the address line filters it; None for an address line that the list would not take."""
        if self.is_unkeepable(request):
            return None
        try:
            changelist: ChangeList = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return None
        return changelist

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """One button: Save."""
        row: models.Model | None = kwargs.get("obj")
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        context |= self.page_context(request, row) if row else {}
        return super().render_change_form(request, context, *args, **kwargs)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the templates of a row's page show beside its form."""
        return {}

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        changed = [name for name in form.changed_data if not is_secret(form, name)]
        with translation.override("en"):  # the trail's, whatever the person reads
            before = {name: shown(form.initial.get(name)) for name in changed} if change else {}
            after = {name: shown(form.cleaned_data.get(name)) for name in changed}
        super().save_model(request, obj, form, change)
        self.audit(request, "change" if change else "add", obj, before=before, after=after)

    def audit(self, request: HttpRequest, verb: str, obj: models.Model | None, **values: Any) -> None:
        """`obj`: none when the act is about the list."""
        audit.record(
            f"{self.opts.model_name}.{verb}",
            user=staff(request),
            now=timezone.now(),
            target=obj,
            label="" if obj else self.opts.verbose_name_plural,
            **values,
        )


def view_bar(request: HttpRequest) -> dict[str, Any]:
    """The saved views of a list, for admin/orders/saved_views.html."""
    rows = list(saved_views.of(staff(request), request.path))
    return {"saved_views": rows, "saved_query": request.GET.urlencode()}


def is_secret(form: Any, name: str) -> bool:
    return isinstance(form.fields[name].widget, PasswordInput)


def shown(value: object) -> str:
    """A form's value as the trail keeps it."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(str(each) for each in value)
    return "" if value is None else str(value)


class KeysetAdmin(BackOfficeAdmin):
    """Lists that grow for ever, newest first or by their one unique name; any other order would read the table.
    `day_column`: an indexed time with a MomentFilter, by which links lead to the days of the list. `single_days`: its
    index finds the rows of a day, but in no order, so nobody is led to more of them; the first row by id is the
    oldest."""

    day_column = ""
    single_days = False

    sortable_by = ()
    paginator = InfinitePaginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetList]:
        return KeysetList


class ReadOnlyAdmin(BackOfficeAdmin):
    """Pages of rows that only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ShownAdmin(ReadOnlyAdmin):
    """One row has a page of its own in place of the stock form: nothing can be posted to it."""

    def show(self, request: HttpRequest, key: str) -> HttpResponse:
        """The page of the row that `key` names. Raises Http404 for none, PermissionDenied."""
        raise NotImplementedError

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self.show(request, object_id)
