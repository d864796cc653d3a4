"""A new colleague: name, role and merchants on one page, then a link that is shown once."""

from django.contrib.auth.models import Group
from django.contrib.auth.tokens import default_token_generator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from orders.admin import acts, formats
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.guard import demand
from orders.admin.people_forms import InviteForm
from orders.services import people


def page(admin: BackOfficeAdmin, request: HttpRequest, roles: QuerySet[Group]) -> HttpResponse:
    """`roles`: those that the asking person may give."""
    demand(request, "auth.add_user")
    form = InviteForm(request.POST or None)
    form.fields["role"].queryset = roles  # type: ignore[attr-defined]

    def run() -> HttpResponse:
        given, merchants = form.cleaned_data, form.chosen_merchants
        person = people.add_person(
            name=given["name"],
            email=given["email"],
            role=given["role"],
            merchants=merchants,
            user=staff(request),
            now=timezone.now(),
        )
        uid = urlsafe_base64_encode(force_bytes(person.pk))
        path = reverse("welcome", args=[uid, default_token_generator.make_token(person)])
        context = {
            **admin.admin_site.each_context(request),
            "title": _("Link for %s") % given["name"],
            "person": person,
            "role": given["role"],
            "merchants": people.told(merchants),
            "link": request.build_absolute_uri(path),
            "back": formats.page_of(person),
        }
        return TemplateResponse(request, "admin/auth/user/invited.html", context).render()

    note = _("The next page shows a link, once. With it your colleague sets a password and a second factor.")
    act = acts.Act(title=_("A new colleague"), button=_("Let in"), note=note)
    return acts.page(admin, request, None, form, act, run)
