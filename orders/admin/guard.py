"""Permission checks of the acts that have their own URL."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def demand(request: HttpRequest, *permissions: str) -> None:
    """Raises PermissionDenied unless the person has all of them, such as `orders.add_order`."""
    if not request.user.has_perms(permissions):
        raise PermissionDenied
