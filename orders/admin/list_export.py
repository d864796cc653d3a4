"""A list as its filters show it, as a file."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBadRequest, HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from orders.admin import exports, formats, resend_form
from orders.admin.base import BackOfficeAdmin
from orders.admin.guard import demand
from orders.admin.spreadsheets import Cell


class Table(NamedTuple):
    """`name`: of the file. `lines`: a row of cells, in the order of the columns, for each row of the list."""

    name: str
    columns: Sequence[str]
    lines: Callable[[QuerySet[Any]], Iterator[Sequence[Cell]]]


def answer(admin: BackOfficeAdmin, request: HttpRequest, table: Table) -> HttpResponseBase:
    """The filter is in the address, the format in the form."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    permission = f"orders.export_{admin.opts.model_name}"
    demand(request, f"orders.view_{admin.opts.model_name}", permission)
    with translation.override("en"):
        changelist = admin.matching(request)
        filters = resend_form.filters_in_words(changelist) if changelist else {}
    if changelist is None:
        return HttpResponseBadRequest(_("Unknown filter."))
    rows = changelist.queryset
    return exports.answer(
        admin,
        request,
        None,
        name=f"{table.name}-{timezone.now():%Y%m%dT%H%M%SZ}",
        columns=table.columns,
        rows=lambda: table.lines(rows),
        count=rows.order_by()[: exports.MOST_ROWS + 1].count(),
        facts={"filters": filters},
        permission=permission,
        back=f"{formats.list_of(admin.model)}?{request.GET.urlencode()}",
    )
