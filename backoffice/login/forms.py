"""The forms of django-allauth whose labels it does not translate."""

from allauth.mfa.webauthn import forms
from django.forms import CharField
from django.utils.translation import pgettext_lazy


class AddPasskey(forms.AddWebAuthnForm):
    name = CharField(label=pgettext_lazy("passkey", "Name"), required=False)


class EditPasskey(forms.EditWebAuthnForm):
    name = CharField(label=pgettext_lazy("passkey", "Name"))
