from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from orders import names


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        names.translate(self.get_models())
