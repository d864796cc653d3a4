"""Acts on a page of their own: a form, one service call, one message."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from unfold.widgets import (
    CHECKBOX_CLASSES,
    INPUT_CLASSES,
    RADIO_CLASSES,
    SELECT_CLASSES,
    TEXTAREA_CLASSES,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
)

from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.formats import list_of, page_of
from orders.admin.guard import narrow
from orders.services import once
from orders.services.approved_acts import NotDecidable
from orders.services.attaching import NotAttachable
from orders.services.backfilling import NotScannable
from orders.services.discrepancies import NotOpen
from orders.services.ledger import InsufficientFunds
from orders.services.periods import NotClosable
from orders.services.resending import NotResendable
from orders.services.resolving import NotResolvable
from orders.services.reversing import NotReversible
from orders.services.rotation import NotRotatable
from orders.services.sweeping import NotDecidableNow

REFUSALS = (
    *(ValidationError, InsufficientFunds, NotAttachable, NotClosable, NotDecidable, NotDecidableNow),
    *(NotOpen, NotResendable, NotResolvable, NotReversible, NotRotatable, NotScannable),
)


class ActForm(forms.Form):
    """`token` makes a form that is sent twice act once."""

    token = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["token"].initial = once.new_token
        dress(self)


@dataclass(frozen=True, kw_only=True)
class Act:
    """What the page says. `facts`: label and value pairs that show what is acted on."""

    title: str
    button: str
    note: str | Promise = ""
    facts: Sequence[tuple[str, object]] = ()
    is_danger: bool = False
    back: str = ""


@dataclass(frozen=True)
class Told:
    """A sentence for the person, and where to go on; the object's page unless said."""

    text: str
    url: str = field(default="")


def page(
    admin: BackOfficeAdmin,
    request: HttpRequest,
    obj: models.Model | None,
    form: ActForm,
    act: Act,
    run: Callable[[], Told | HttpResponse],
) -> HttpResponse:
    """GET: the form. A valid POST: `run` once, in one transaction. What it refuses is told at the form, and nothing is
    stored."""
    narrow(form, staff(request))
    if request.method == "POST" and form.is_valid():
        try:
            answer = once.do(form.cleaned_data["token"], run, now=timezone.now())
        except once.AlreadyDone:
            messages.warning(request, _("This form was sent before: it was done then, and not again now."))
            return HttpResponseRedirect(act.back or _back(admin, obj))
        except REFUSALS as error:
            form.add_error(None, _words(error))
            if obj is not None:
                with translation.override("en"):
                    told = {"act": request.path, "why": _words(error)}
                admin.audit(request, "refused", obj, after=told, refused=True)
        else:
            return _tell(request, answer, act.back or _back(admin, obj))
    return _form_page(admin, request, obj, form, act)


def _words(error: Exception) -> list[str]:
    return error.messages if isinstance(error, ValidationError) else [capitalised(error)]


def capitalised(error: Exception) -> str:
    return f"{str(error)[:1].upper()}{str(error)[1:]}"


def _tell(request: HttpRequest, answer: Told | HttpResponse, back: str) -> HttpResponse:
    if isinstance(answer, Told):
        messages.success(request, answer.text)
        return HttpResponseRedirect(answer.url or back)
    return answer


def _back(admin: BackOfficeAdmin, obj: models.Model | None) -> str:
    return page_of(obj) if obj else list_of(admin.model)


def _form_page(
    admin: BackOfficeAdmin, request: HttpRequest, obj: models.Model | None, form: ActForm, act: Act
) -> HttpResponse:
    if form.is_bound and any(field.errors for field in form.hidden_fields()):
        form.add_error(None, _("The form was incomplete; open it again."))
    context = {
        **admin.admin_site.each_context(request),
        "title": act.title,
        "opts": admin.opts,
        "original": obj,
        "form": form,
        "act": act,
        "back": act.back or _back(admin, obj),
    }
    return TemplateResponse(request, "admin/act.html", context)


def dress(form: forms.BaseForm) -> None:
    """Give plain widgets unfold's looks."""
    for name in form.fields:
        widget = form.fields[name].widget
        if isinstance(widget, forms.RadioSelect) and not isinstance(widget, UnfoldAdminRadioSelectWidget):
            dressed = UnfoldAdminRadioSelectWidget(radio_style=0, choices=form.fields[name].choices)  # type: ignore[attr-defined]
            form.fields[name].widget = dressed
        elif classes := _classes(widget):
            widget.attrs["class"] = " ".join(classes)
            if type(widget) is forms.Select:
                widget.template_name = UnfoldAdminSelectWidget.template_name  # with its arrow


def _classes(widget: forms.Widget) -> list[str]:
    looks: list[tuple[type[forms.Widget], list[str]]] = [
        (forms.HiddenInput, []),
        (forms.RadioSelect, RADIO_CLASSES),
        (forms.CheckboxInput, CHECKBOX_CLASSES),
        (forms.Select, SELECT_CLASSES),
        (forms.Textarea, TEXTAREA_CLASSES),
        (forms.widgets.Input, INPUT_CLASSES),
    ]
    return next((classes for kind, classes in looks if isinstance(widget, kind)), [])
