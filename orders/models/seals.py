"""Seals over the audit trail: each covers the rows since the one before, and its digest covers that one's."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.scope import ScopedQuerySet


class AuditSeal(models.Model):
    """`rows`: [id, digest] of each entry, so that a changed one can be named; `last_id` and all ids below are closed.
    `digest`: hex SHA-256 of the previous seal's digest, the number and the rows."""

    number = models.BigIntegerField(primary_key=True, help_text=_("1 and up, without gaps"))
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField(unique=True)
    count = models.PositiveIntegerField()
    rows = models.JSONField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_id__lte=F("last_id"), count__gte=1), name="audit_seal_has_rows"
            )
        ]

    def __str__(self) -> str:
        return f"seal {self.number}"
