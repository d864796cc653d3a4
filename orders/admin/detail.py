"""Pages of one row with a template of its own, in place of the stock change form."""

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse

from orders.admin.base import BackOfficeAdmin

MOST_DIGITS = 18  # of an id: below 2^63
M = TypeVar("M", bound=Model)


def find(model_admin: BackOfficeAdmin, request: HttpRequest, rows: QuerySet[M], key: str | int) -> M:
    """Raises PermissionDenied for who may not view such rows, Http404 for a key that names none."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    text = str(key)
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise Http404
    row = rows.filter(pk=int(text)).first()
    if row is None:
        raise Http404
    return row


def page(
    model_admin: BackOfficeAdmin, request: HttpRequest, template: str, row: Model, **context: Any
) -> TemplateResponse:
    base = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": row,
        "title": str(row),
    }
    return TemplateResponse(request, template, base | context)
