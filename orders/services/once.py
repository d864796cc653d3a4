"""Acting once on a form: a double click, a reload or the back button repeats nothing."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, transaction

from orders.models import SpentToken

T = TypeVar("T")


class AlreadyDone(Exception):
    """This very form has been acted on before."""


def new_token() -> str:
    return secrets.token_urlsafe(24)


def do(token: str, act: Callable[[], T], *, now: datetime) -> T:
    """Spend the token and act, in one transaction. Raises AlreadyDone, or what `act` raises: then the token is kept."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                SpentToken.objects.create(token=token, spent_at=now)
        except IntegrityError as error:
            raise AlreadyDone("this was done already") from error
        return act()
