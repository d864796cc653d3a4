"""The base of every staff page: rows through `visible_to`, acts on the audit trail, nothing deletable."""

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from orders.models.scope import ScopedQuerySet
from orders.services import audit


class BackOfficeAdmin(ModelAdmin):  # type: ignore[misc]
    """Lists show what the viewer may see. Rows are kept for ever, so nothing is deleted here."""

    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    warn_unsaved_form = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if isinstance(rows, ScopedQuerySet) else rows

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        before = {name: str(form.initial.get(name, "")) for name in form.changed_data} if change else {}
        super().save_model(request, obj, form, change)
        after = {name: str(form.cleaned_data.get(name, "")) for name in form.changed_data}
        audit.record(
            "change" if change else "add",
            user=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
            target=obj,
            before=before,
            after=after,
            ip=request.META.get("REMOTE_ADDR"),
        )


class ReadOnlyAdmin(BackOfficeAdmin):
    """Pages of rows that only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
