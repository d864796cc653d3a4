"""Waiting for orders, with the whole story of the one that does not come."""

import time
from collections.abc import Iterable

from orders.models import Callback, CallbackLog, Order
from orders.states import FINAL_ORDER, CallbackStatus, OrderStatus
from providers.models import ProviderCall
from tests.flows.stack import Stack
from tests.waiting import POLL_SECONDS

SETTLED = FINAL_ORDER | {OrderStatus.ATTENTION}
LOG_TAIL = 20_000


def wait_for_end(stack: Stack, orders: Iterable[Order], *, seconds: float = 180) -> None:
    """Until each is final or with a person, and each callback is delivered. Else the test fails, with timelines,
    attempts and logs."""
    pks = [order.pk for order in orders]
    deadline = time.monotonic() + seconds
    while left := unsettled(pks) or untold(pks):
        if time.monotonic() > deadline:
            few = "\n\n".join(map(story, left[:5]))
            raise AssertionError(
                f"{len(left)} orders do not come to their end:\n{few}\n{stack.logs()[-LOG_TAIL:]}"
            )
        time.sleep(POLL_SECONDS)


def unsettled(pks: list[int]) -> list[int]:
    return list(Order.objects.filter(pk__in=pks).exclude(status__in=SETTLED).values_list("pk", flat=True))


def untold(pks: list[int]) -> list[int]:
    waiting = Callback.objects.filter(order__in=pks).exclude(status=CallbackStatus.DELIVERED)
    return list(waiting.values_list("order_id", flat=True))


def story(pk: int) -> str:
    """What there is on record about an order, one line a fact."""
    order = Order.objects.get(pk=pk)
    lines = [f"order {order.pk} {order.kind} {order.status}, next {order.next_action_at}: {order.reason}"]
    lines += [f"  {each.created_at} {each.code} {each.text}" for each in order.events.all()]
    for attempt in order.attempts.all():
        lines.append(f"  attempt {attempt} {attempt.status} sent {attempt.sent_at}: {attempt.reason}")
        calls = ProviderCall.objects.filter(request_id=attempt.request_id).order_by("id")
        lines += [f"    {call.created_at} {call.purpose} {call.status} {call.error}" for call in calls]
    logs = CallbackLog.objects.filter(order=order).order_by("id")
    lines += [
        f"  {log.created_at} callback {log.direction} {log.verdict} {log.status} {log.note}" for log in logs
    ]
    return "\n".join(lines)
