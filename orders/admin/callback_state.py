"""What staff may do with a callback: as the state table says, and as long as it tells the truth."""

from orders.models import Callback
from orders.services import delivery
from orders.states import CALLBACK, CallbackStatus


def is_resendable(callback: Callback) -> bool:
    return CallbackStatus.PENDING in CALLBACK[callback.status] and not delivery.is_revoked(callback)
