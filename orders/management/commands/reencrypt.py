from typing import Any

from django.utils import timezone

from orders.management.operator import OperatorCommand
from orders.services import accounts, rotation, second_factors, webhook_secrets


class Command(OperatorCommand):
    help = "Move every stored secret to the newest encryption key and every digest to the newest digest key."

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return {
            "credentials": rotation.reencrypt(now=timezone.now()),
            "webhook_secrets": webhook_secrets.reencrypt(),
            "provider_accounts": accounts.reencrypt(),
            "second_factors": second_factors.reencrypt(),
        }
