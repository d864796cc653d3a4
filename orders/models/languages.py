"""The language of a person."""

from django.conf import settings
from django.db import models


class PersonLanguage(models.Model):
    """The one a person chose. No row: as the browser asks."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=16)

    def __str__(self) -> str:
        return f"{self.user}: {self.code}"
