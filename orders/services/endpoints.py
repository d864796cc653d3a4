"""What staff do about a host that callbacks go to. The dispatcher opens and closes its circuit by itself."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from orders.models import Callback, CallbackHost, Circuit, GoneUrl
from orders.services import audit
from orders.services.waking import wake_dispatchers
from orders.states import CallbackStatus
from providers import masking


def try_now(host: CallbackHost, *, user: User, now: datetime) -> bool:
    """Close the circuit, so that what waits is sent as it falls due. False when it is closed."""
    with transaction.atomic():
        paused = CallbackHost.objects.filter(pk=host.pk).exclude(circuit=Circuit.CLOSED)
        if not paused.update(circuit=Circuit.CLOSED, failures=0, opened_at=None, probe_at=None):
            return False
        held = Callback.objects.filter(
            host=host.host,
            status=CallbackStatus.PENDING,
            leased_until=None,
            claimable_at__gt=F("next_attempt_at"),
        )
        held.update(claimable_at=F("next_attempt_at"))
        wake_dispatchers()
        before = {"circuit": host.circuit, "failures": host.failures}
        audit.record("endpoint.try_now", user=user, now=now, target=host, before=before)
    return True


def unflag(gone: GoneUrl, *, user: User, now: datetime) -> bool:
    """The merchant says that it wants events there again. False when it was not flagged any more."""
    with transaction.atomic():
        if not GoneUrl.objects.filter(pk=gone.pk).delete()[0]:
            return False
        before = {"url": masking.mask_text(gone.url, ()), "flagged_at": gone.flagged_at.isoformat()}
        audit.record("endpoint.unflag", user=user, now=now, target=gone.host, before=before)
    return True
