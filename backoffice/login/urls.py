"""The pages of django-allauth that are routed. No sign-up, no e-mail addresses, no password by e-mail."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkey
from django.urls import path

from backoffice.login import welcome

_ROOT = "account/second-factor"
urlpatterns = [
    path("welcome/<uidb64>/<token>/", welcome.Welcome.as_view(), name="welcome"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path(f"{_ROOT}/", second_factor.index, name="mfa_index"),
    path(f"{_ROOT}/enter/", second_factor.authenticate, name="mfa_authenticate"),
    path(f"{_ROOT}/confirm/", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path(f"{_ROOT}/app/activate/", app.activate_totp, name="mfa_activate_totp"),
    path(f"{_ROOT}/app/deactivate/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path(f"{_ROOT}/recovery/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(f"{_ROOT}/recovery/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path(f"{_ROOT}/passkeys/", passkey.list_webauthn, name="mfa_list_webauthn"),
    path(f"{_ROOT}/passkeys/add/", passkey.add_webauthn, name="mfa_add_webauthn"),
    path(f"{_ROOT}/passkeys/login/", passkey.login_webauthn, name="mfa_login_webauthn"),
    path(f"{_ROOT}/passkeys/confirm/", passkey.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path(f"{_ROOT}/passkeys/<int:pk>/edit/", passkey.edit_webauthn, name="mfa_edit_webauthn"),
    path(f"{_ROOT}/passkeys/<int:pk>/remove/", passkey.remove_webauthn, name="mfa_remove_webauthn"),
]
NAMES = {pattern.name for pattern in urlpatterns}
