"""An attempt in the words of the provider contract."""

from django.conf import settings
from django.urls import reverse

from orders.models import Attempt
from orders.services.placing import SCENE_AUTOMATIC
from providers.base import Kind as ProviderKind
from providers.base import PurchaseRequest, ResourceRequest, WatchRequest


def callback_url(attempt: Attempt) -> str:
    """Where this attempt's upstream posts to: unguessable per account and per attempt."""
    path = reverse("provider-callback", args=[attempt.account.callback_token, attempt.callback_token])
    return f"{settings.PUBLIC_URL}{path}"


def purchase_request(attempt: Attempt) -> PurchaseRequest:
    order = attempt.order
    kind = ProviderKind(order.kind)
    if order.amount_micro is not None and order.window_start and order.window_end:
        return WatchRequest(
            request_id=attempt.request_id,
            kind=kind,
            address=order.address,
            amount_micro=order.amount_micro,
            start_at=order.window_start,
            end_at=order.window_end,
            callback_url=callback_url(attempt),
        )
    return ResourceRequest(
        request_id=attempt.request_id,
        kind=kind,
        address=order.address,
        to_address=order.to_address,
        scene=order.scene if order.scene is not None else SCENE_AUTOMATIC,
        energy=order.energy,
        bandwidth=order.bandwidth,
        duration_hours=order.duration_hours or 1,
        activate=order.activate,
        exclusive=str(order.request.get("exclusive")) == "1",  # only iTRX callers can ask for it
        callback_url=callback_url(attempt),
    )
