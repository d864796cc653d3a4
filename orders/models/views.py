"""Lists as people filter them, kept under a name."""

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Lower

from orders.models.scope import ScopedQuerySet


class SavedView(models.Model):
    """`path` of a staff page and the filters of its address line. It shows what its viewer may see, so sharing one
    shares no rows. Without an owner it came with the installation."""

    name = models.CharField(max_length=64)
    path = models.CharField(max_length=255)
    query = models.CharField(max_length=2048, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="saved_views"
    )
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Coalesce("owner", Value(0)), "path", Lower("name"), name="saved_view_name_once"
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | Q(is_shared=True), name="saved_view_is_somebodys"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path
