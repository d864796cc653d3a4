"""The language in which a person reads the staff pages. Not on the audit trail: it changes what nobody else sees."""

from django.contrib.auth.models import User

from orders.models import PersonLanguage


def choose(user: User, code: str) -> None:
    PersonLanguage.objects.update_or_create(user=user, defaults={"code": code})


def chosen_by(user: User) -> str:
    """Empty when he never chose."""
    return PersonLanguage.objects.filter(user=user).values_list("code", flat=True).first() or ""
