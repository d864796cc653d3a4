from django.apps import AppConfig
from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    """Django's admin with our own site as the default one."""

    default_site = "backoffice.site.BackOfficeSite"


class BackofficeConfig(AppConfig):
    name = "backoffice"

    def ready(self) -> None:
        # They register themselves, and need loaded apps.
        from backoffice import checks, connections, viewer_language  # noqa: F401
        from backoffice.login import endings, stamps, trail  # noqa: F401
