"""Letting a colleague in on one page, and changing what he may do."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.forms import UserChangeForm

from orders.admin import acts
from orders.fields import RowField
from orders.models import Merchant
from orders.models.checks import check_printable
from orders.services import people

ALL, SOME = "all", "some"


class MerchantsMixin(forms.Form):
    """`chosen_merchants` is None for every one."""

    scope = forms.ChoiceField(
        choices=[(ALL, gettext_lazy("every merchant")), (SOME, gettext_lazy("only the merchants below"))],
        initial=ALL,
        widget=forms.RadioSelect,
        label=gettext_lazy("Sees"),
    )
    merchants = forms.ModelMultipleChoiceField(
        Merchant.objects.all(), required=False, label=gettext_lazy("Merchants")
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("scope") == SOME and not cleaned.get("merchants") and "merchants" not in self.errors:
            self.add_error("merchants", _("Choose at least one."))
        return cleaned

    @property
    def chosen_merchants(self) -> list[Merchant] | None:
        return list(self.cleaned_data["merchants"]) if self.cleaned_data["scope"] == SOME else None


class InviteForm(MerchantsMixin, acts.ActForm):
    name = forms.CharField(
        max_length=150, validators=[check_printable], label=pgettext_lazy("person", "Name")
    )
    email = forms.EmailField(
        max_length=150,
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("It is the user name, too."),
    )
    role = RowField(Group.objects.none(), label=gettext_lazy("Role"))
    field_order = ["name", "email", "role", "scope", "merchants"]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if User.objects.filter(username__iexact=email).exists():
            raise ValidationError(_("Somebody with this e-mail address exists."))
        return email


class PersonForm(MerchantsMixin, UserChangeForm):
    """`asks_himself`: nobody changes his own rights."""

    asks_himself = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.asks_himself or not self.instance.pk:
            del self.fields["scope"], self.fields["merchants"]
            return
        limits = people.limits_of(self.instance)
        self.initial.update(scope=ALL if limits is None else SOME, merchants=limits or [])
        acts.dress(self)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if cleaned.get("is_superuser", self.instance.is_superuser) and cleaned.get("scope") == SOME:
            self.add_error("scope", _("A superuser sees every merchant."))
        is_leaving = not self.errors and not self._will_administer(cleaned)
        if is_leaving and people.is_last_administrator(self.instance):
            raise ValidationError(_("Nobody else administers: this would lock everybody out."))
        return cleaned

    def _will_administer(self, cleaned: dict[str, Any]) -> bool:
        """Whether he is an administrator still, as far as this form decides it."""

        def value(name: str) -> Any:
            return cleaned.get(name, getattr(self.instance, name))

        if not (value("is_active") and value("is_staff")) or cleaned.get("scope") == SOME:
            return False
        groups = cleaned["groups"] if "groups" in cleaned else self.instance.groups.all()
        may = Permission.objects.filter(content_type__app_label="auth", codename="change_user")
        held = may.filter(group__in=groups) | may.filter(user=self.instance)
        return bool(value("is_superuser")) or held.exists()
