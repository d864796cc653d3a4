"""The trail of staff acts. Called by services and by the admin's base class; never with a secret."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models

from orders.models import AuditEntry


def record(
    act: str,
    *,
    user: User | None,
    now: datetime,
    target: models.Model | None = None,
    label: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    refused: bool = False,
    ip: str | None = None,
) -> AuditEntry:
    return AuditEntry.objects.create(
        act=act,
        user=user if user and user.pk else None,
        refused=refused,
        object_type=target._meta.label_lower if target else "",
        object_id=str(target.pk or "") if target else "",
        label=(label or str(target or ""))[:255],
        before=before or {},
        after=after or {},
        ip=ip,
        created_at=now,
    )
