"""A changed password, role or state ends every session of the person, in the same transaction; a new second factor
all but the one in which it was set up.

A person who changes his own password goes on: Django gives that one session a new key.
"""

from collections.abc import Iterable
from typing import Any

from allauth.mfa.signals import authenticator_added
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import m2m_changed, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from orders.services import staff_sessions

WATCHED = {"password", "is_active", "is_staff", "is_superuser"}


@receiver(pre_save, sender=User)
def person_changes(
    sender: object, instance: User, update_fields: Iterable[str] | None, **kwargs: Any
) -> None:
    watched = sorted(WATCHED if update_fields is None else WATCHED & set(update_fields))
    if instance.pk is None or not watched:
        return
    before = User.objects.filter(pk=instance.pk).values(*watched).first()
    if before and any(getattr(instance, name) != value for name, value in before.items()):
        staff_sessions.drop([instance.pk])


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
def rights_change(
    sender: object, instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any
) -> None:
    """From either side; `pk_set` is empty when nothing is new, None when all are taken away."""
    if action not in {"post_add", "post_remove", "pre_clear"} or pk_set == set():
        return
    people = [instance.pk]
    if reverse:
        people = list(pk_set) if pk_set else list(instance.user_set.values_list("pk", flat=True))
    staff_sessions.drop(people)


@receiver(user_logged_out)
def logged_out(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    UserSession.objects.filter(session_key=request.session.session_key).delete()


@receiver(authenticator_added)
def factor_added(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    staff_sessions.drop([user.pk], but=request.session.session_key)
