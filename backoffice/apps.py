from django.apps import AppConfig
from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    """Django's admin with our own site as the default one."""

    default_site = "backoffice.site.BackOfficeSite"


class BackofficeConfig(AppConfig):
    name = "backoffice"

    def ready(self) -> None:
        from backoffice import audit_logins, checks  # noqa: F401  # they register themselves; need loaded apps
