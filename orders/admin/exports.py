"""Figures as files: complete or refused, on the audit trail, never in anybody's language or zone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import IO, Any

from django.contrib import messages
from django.db import models
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.utils import translation
from django.utils.translation import gettext as _

from orders import notation
from orders.admin import spreadsheets
from orders.admin.base import BackOfficeAdmin
from orders.admin.guard import demand
from orders.admin.spreadsheets import Cell

MOST_ROWS = 100_000
Rows = Callable[[], Iterable[Sequence[Cell]]]
Writer = Callable[[], IO[bytes]]


def answer(
    admin: BackOfficeAdmin,
    request: HttpRequest,
    target: models.Model | None,
    *,
    name: str,
    columns: Sequence[str],
    rows: Rows,
    count: int,
    facts: Mapping[str, Any],
    pdf: Writer | None = None,
    permission: str = "orders.export_books",
    back: str,
) -> HttpResponseBase:
    """A POST, since it leaves a row on the audit trail. `count`: of rows, at most. `name`: of the file, without
    ending; ASCII."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    demand(request, permission)
    kind = request.POST.get("format", "")
    if kind not in spreadsheets.CONTENT_TYPES and not (kind == "pdf" and pdf):
        return HttpResponseBadRequest(_("Unknown format."))
    told = {"what": name, "format": kind, **facts}
    if count > MOST_ROWS:
        admin.audit(request, "export", target, after=told, refused=True)
        words = _("More than %(count)s rows: nothing was exported.")
        messages.error(request, words % {"count": notation.number(MOST_ROWS)})
        return HttpResponseRedirect(back)
    with translation.override("en"):
        if kind == "pdf" and pdf:
            file, content_type = pdf(), "application/pdf"
            told["rows"] = count
        else:
            file, told["rows"] = spreadsheets.written(kind, columns, rows())
            content_type = spreadsheets.CONTENT_TYPES[kind]
    admin.audit(request, "export", target, after=told)
    return FileResponse(file, as_attachment=True, filename=f"{name}.{kind}", content_type=content_type)


def units(amount: int) -> Decimal:
    """Smallest units as the asset's own: 6500000 -> 6.500000."""
    return Decimal(amount).scaleb(-6)
