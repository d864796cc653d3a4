"""Permission checks of staff acts: who may not gets a 403, and the trail gets a line."""

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from orders.services import audit


def demand(request: HttpRequest, *permissions: str, act: str, target: models.Model | None = None) -> None:
    """Raises PermissionDenied unless the person has all of them (`orders.add_order`)."""
    user = request.user
    if user.has_perms(permissions):
        return
    audit.record(
        act,
        user=user,  # type: ignore[arg-type]
        now=timezone.now(),
        target=target,
        refused=True,
        ip=request.META.get("REMOTE_ADDR"),
    )
    raise PermissionDenied
