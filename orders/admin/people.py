"""Staff and groups. Nobody grants what he does not hold, nor touches a person or group that holds more."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from orders.admin import acts, detail, formats, inviting
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.order_acts import ReasonForm
from orders.admin.people_forms import PersonForm
from orders.services import people, second_factors

admin.site.unregister(User)
admin.site.unregister(Group)


def names(permissions: QuerySet[Permission]) -> set[str]:
    return {f"{app}.{code}" for app, code in permissions.values_list("content_type__app_label", "codename")}


def may_give(giver: User, permissions: set[str]) -> bool:
    return giver.is_superuser or permissions <= giver.get_all_permissions()


def may_touch(giver: User, person: User) -> bool:
    """A person who holds more than the giver is out of reach; disabled ones keep what they would hold."""
    if giver.is_superuser:
        return True
    held = names(Permission.objects.filter(Q(group__user=person) | Q(user=person)))
    return not person.is_superuser and may_give(giver, held)


def groups_to_give(giver: User) -> QuerySet[Group]:
    fitting = [group.pk for group in Group.objects.all() if may_give(giver, names(group.permissions.all()))]
    return Group.objects.filter(pk__in=fitting)


@admin.register(User)
class PersonAdmin(StockUserAdmin, BackOfficeAdmin):  # type: ignore[misc, type-arg]
    form = PersonForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "roles", "state", "last_seen")
    list_filter = ("is_active", "groups")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (pgettext_lazy("person", "Times"), {"fields": ("last_login", "date_joined", "second_factor")}),
    )
    readonly_fields = ("last_login", "date_joined", "second_factor", "limited_to")
    filter_horizontal = ()
    change_form_outer_before_template = "admin/auth/user/acts.html"

    def get_urls(self) -> list[URLPattern]:
        reset = self.admin_site.admin_view(self.reset_view)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pk>/reset-second-factor/", reset, name="auth_user_reset_second_factor"), *urls]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return inviting.page(self, request, groups_to_give(staff(request)))

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Nobody changes his own limits."""
        may = obj is not None and obj != request.user and self.has_change_permission(request, obj)
        fields = ("scope", "merchants") if may else ("limited_to",)
        return (*super().get_fieldsets(request, obj), (_("Merchants"), {"fields": fields}))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.asks_himself = obj == request.user
        return form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "scope" in form.cleaned_data:
            now, user = timezone.now(), staff(request)
            people.limit(form.instance, form.chosen_merchants, user=user, now=now)

    @display(description=_("sees"))
    def limited_to(self, person: User) -> str:
        return people.told(people.limits_of(person))

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        only_superusers = () if staff(request).is_superuser else ("is_superuser",)
        own = ("groups", "is_active", "is_staff") if obj == request.user and only_superusers else ()
        return (*self.readonly_fields, *only_superusers, *own)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return not isinstance(obj, User) or may_touch(staff(request), obj)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["queryset"] = groups_to_give(staff(request))
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        response: HttpResponse = super().user_change_password(request, id, form_url)
        person = self.get_object(request, id)
        if request.method == "POST" and response.status_code == 302 and person:
            self.audit(request, "password", person)
        return response

    def page_context(self, request: HttpRequest, row: User) -> dict[str, Any]:
        may = self.has_change_permission(request, row) and row != request.user
        return {
            "may_reset": may and Authenticator.objects.filter(user=row).exists(),
            "sessions_url": formats.list_of(UserSession, user__id__exact=row.pk) if may else "",
        }

    def reset_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = detail.find(self, request, self.get_queryset(request), pk)
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        form = ReasonForm(request.POST or None)

        def reset() -> acts.Told:
            reason = form.cleaned_data["reason"]
            try:
                second_factors.reset(person, reason=reason, user=staff(request), now=timezone.now())
            except ValueError as error:
                raise ValidationError(acts.capitalised(error)) from error
            return acts.Told(gettext("Done. All sessions of %s have ended.") % person)

        act = acts.Act(
            title=gettext("Reset the second factor"),
            button=gettext("Reset"),
            note=gettext("The password alone lets this person in once, to set up another. Be sure who asks."),
            facts=[(gettext("Person"), person), (gettext("Second factor"), self.second_factor(person))],
            is_danger=True,
        )
        return acts.page(self, request, person, form, act, reset)

    @display(description=_("second factor"))
    def second_factor(self, person: User) -> str:
        rows = Authenticator.objects.filter(user=person).order_by("pk")
        return ", ".join(str(row.get_type_display()) for row in rows) or formats.NOTHING

    @display(description=_("name"))
    def full_name(self, person: User) -> str:
        return person.get_full_name() or formats.NOTHING

    @display(description=_("groups"))
    def roles(self, person: User) -> str:
        if person.is_superuser:
            return gettext("superuser")
        return ", ".join(group.name for group in person.groups.all()) or formats.NOTHING

    @display(description=_("state"), ordering="is_active")
    def state(self, person: User) -> SafeString:
        if not person.is_active:
            return formats.badge(gettext("disabled"), "danger")
        return (
            formats.badge(gettext("active"), "success")
            if person.is_staff
            else formats.badge(gettext("no staff"), "warning")
        )

    @display(description=_("last login"), ordering="last_login")
    def last_seen(self, person: User) -> str:
        return formats.moment(person.last_login)


@admin.register(Group)
class RoleAdmin(StockGroupAdmin, BackOfficeAdmin):  # type: ignore[misc]  # narrowed to Group by the stubs
    """The groups of the roles' table are set back to it at every start; a group of one's own stays."""

    list_display = ("name", "members")
    filter_horizontal = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(member_count=Count("user"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not the own group, and none that holds more."""
        if not super().has_change_permission(request, obj):
            return False
        if not isinstance(obj, Group) or staff(request).is_superuser:
            return True
        is_own = staff(request).groups.filter(pk=obj.pk).exists()
        return not is_own and may_give(staff(request), names(obj.permissions.all()))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "permissions":
            field.queryset = permissions_to_give(staff(request))
            field.widget.attrs["size"] = 18
            field.label_from_instance = permission_words
        return field

    @display(description=_("members"))
    def members(self, group: Group) -> int:
        return group.member_count  # type: ignore[attr-defined, no-any-return]  # annotated


def permission_words(permission: Permission) -> str:
    """`order | Can cancel an order`; the stored names are English."""
    verb = permission.codename.partition("_")[0]
    about = permission.content_type
    is_stock = permission.name == f"Can {verb} {about.model_class()._meta.verbose_name_raw}"  # type: ignore[union-attr]
    name = STOCK[verb] if is_stock and verb in STOCK else gettext(permission.name)
    return f"{about} | {name}"


STOCK = {"add": _("Can add"), "change": _("Can change"), "delete": _("Can delete"), "view": _("Can view")}


def permissions_to_give(giver: User) -> QuerySet[Permission]:
    rows = Permission.objects.select_related("content_type")
    if giver.is_superuser:
        return rows
    held = giver.get_all_permissions()
    pks = [row.pk for row in rows if f"{row.content_type.app_label}.{row.codename}" in held]
    return rows.filter(pk__in=pks)
