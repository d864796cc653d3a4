"""Keeping a filtered list under a name, for oneself or for all."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from orders.models import SavedView

MOST_OF_ONE = 200
PASSING = {"p", "e", "page"}  # where in the list one was, and an error flag


def of(user: User, path: str) -> QuerySet[SavedView]:
    """The person's own and the shared ones of a page and of those below it."""
    return SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), path__startswith=path)


def save(user: User, *, name: str, path: str, query: str, is_shared: bool, now: datetime) -> SavedView:
    """A second one of that name replaces the person's first. Raises ValidationError."""
    values = {"query": _filters(query), "is_shared": is_shared, "created_at": now}
    mine = SavedView.objects.filter(owner=user)
    if mine.count() >= MOST_OF_ONE:
        raise ValidationError(_("You have too many views: delete some."))
    same = mine.filter(path=path, name__iexact=name).first()
    row = same or SavedView(owner=user, path=path)
    row.name = name
    for field, value in values.items():
        setattr(row, field, value)
    row.full_clean(exclude=["owner"], validate_constraints=False)
    row.save()
    return row


def delete(user: User, pk: int) -> bool:
    """Only one's own. False when it is none, or gone already."""
    return SavedView.objects.filter(owner=user, pk=pk).delete()[0] > 0


def _filters(query: str) -> str:
    pairs: Iterable[tuple[str, str]] = parse_qsl(query.lstrip("?"), keep_blank_values=True)
    return urlencode([(name, value) for name, value in pairs if name not in PASSING])
