"""The page behind the link that lets a new colleague set his password: once, and within PASSWORD_RESET_TIMEOUT."""

from typing import Any

from django.contrib.auth.views import PasswordResetConfirmView
from django.forms import BaseForm
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils import timezone

from orders.services import audit


class Welcome(PasswordResetConfirmView):
    template_name = "account/welcome.html"
    success_url = reverse_lazy("account_login")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        person = self.user
        return super().get_context_data(**kwargs) | {"username": person.get_username() if person else ""}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        audit.record("user.password", user=self.user, now=timezone.now(), target=self.user)
        return response
