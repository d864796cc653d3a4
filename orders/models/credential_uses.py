"""From where a merchant's key pair was used."""

from django.db import models

from orders.models.merchants import ApiCredential
from orders.models.scope import ScopedQuerySet


class CredentialUse(models.Model):
    """One address. `last_at` lags by up to a minute, so that not every call writes."""

    credential = models.ForeignKey(ApiCredential, on_delete=models.PROTECT, related_name="uses")
    ip = models.GenericIPAddressField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["credential", "ip"], name="credential_use_once")]

    def __str__(self) -> str:
        return self.ip
