"""What the state table says staff may do with a callback."""

from orders.models import Callback
from orders.states import CALLBACK, CallbackStatus


def is_resendable(callback: Callback) -> bool:
    return CallbackStatus.PENDING in CALLBACK[callback.status]
