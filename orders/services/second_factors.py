"""Second factors of staff: one that was lost is taken away, and their secrets move with the ring.

django-allauth keeps them in rows of its own: `secret` of an authenticator app, `seed` of all recovery codes, both under
the ring (backoffice/login/adapters.py). A passkey's row holds a public key.
"""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.services import audit, staff_sessions
from providers import keyring

SEALED = ("secret", "seed")


@transaction.atomic
def reset(person: User, *, reason: str, user: User, now: datetime) -> None:
    """He logs in with his password again and sets up another. Raises ValueError when there is none to reset, or it is
    the own one: that would make a password alone enough."""
    if person.pk == user.pk:
        raise ValueError(_("another administrator must reset your second factor"))
    factors = Authenticator.objects.filter(user=person)
    kinds = sorted(factors.values_list("type", flat=True))
    if not kinds:
        raise ValueError(_("there is no second factor"))
    factors.delete()
    staff_sessions.drop([person.pk])
    before, after = {"kinds": kinds}, {"reason": reason}
    audit.record("second_factor.reset", user=user, now=now, target=person, before=before, after=after)


def reencrypt() -> int:
    """Move every secret to the newest key of the ring. Returns how many rows."""
    count = 0
    for pk in Authenticator.objects.values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().get(pk=pk)
            sealed = {name: keyring.reseal(row.data[name]) for name in SEALED if name in row.data}
            if sealed:
                row.data |= sealed
                row.save(update_fields=["data"])
                count += 1
    return count
