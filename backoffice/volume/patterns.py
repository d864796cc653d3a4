"""Orders in each usual course, made by the services themselves, for `multiplying` to copy."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.models import (
    ApiCredential,
    Attempt,
    CallbackFormat,
    CallbackHost,
    CallbackLog,
    Dialect,
    Direction,
    Merchant,
    Order,
)
from orders.services import accounts, merchants, outcomes, placing, rotation, settlement, timeline
from orders.services.chain_facts import UNKNOWN
from orders.states import AttemptStatus, CallbackStatus, OrderStatus
from providers.base import InboundPayment, Kind, Progress, State
from providers.models import ProviderAccount, ProviderCall
from providers.tron.addresses import from_bytes

MERCHANTS = 25
NO_KEY = "none"
BASE_URL = "http://127.0.0.1:65535"
TOP_UP_SUN = 1_000_000_000
COST_SUN = 4_000_000
AMOUNT_MICRO = 100_000_000
CENT_MICRO = 10_000
ADDRESS = from_bytes(b"\x41" + bytes(20))


@dataclass(frozen=True, slots=True)
class House:
    """Whom the orders are made for and with. `now` is when the order is placed."""

    merchant: Merchant
    itrx: ApiCredential
    crossingpay: ApiCredential
    sellers: list[ProviderAccount]
    watchers: list[ProviderAccount]


def houses(*, now: datetime) -> list[House]:
    kinds = {"seller": ("itrx", "itrx", "tronzap"), "watcher": ("crossingpay", "crossingpay")}
    made = {
        role: [_account(f"volume {role} {number}", kind, now) for number, kind in enumerate(each, 1)]
        for role, each in kinds.items()
    }
    return [_house(number, made, now) for number in range(1, MERCHANTS + 1)]


def _account(label: str, kind: str, now: datetime) -> ProviderAccount:
    return accounts.add_account(
        kind=kind, label=label, base_url=BASE_URL, key=NO_KEY, secret=NO_KEY, enabled=False, now=now
    )


def _house(number: int, made: dict[str, list[ProviderAccount]], now: datetime) -> House:
    host = f"callbacks-{number}.volume.test"
    merchant = merchants.create_merchant(
        name=f"Volume merchant {number}",
        time_zone="Asia/Shanghai",
        default_callback_url=f"https://{host}/in",
        now=now,
    )
    merchants.top_up(merchant, amount_sun=TOP_UP_SUN, reason="volume", now=now)
    CallbackHost.objects.create(host=host, last_success_at=now)
    itrx, crossingpay = (
        rotation.issue(merchant, dialect, now=now).credential for dialect in ("itrx", "crossingpay")
    )
    return House(merchant, itrx, crossingpay, made["seller"], made["watcher"])


# --- parts of a course -------------------------------------------------------------------------------------------


def _place(house: House, now: datetime, kind: Kind = Kind.ENERGY, *, told: bool = True) -> Order:
    is_payment = kind == Kind.MONITOR
    amounts = {"bandwidth": 1_000} if kind == Kind.BANDWIDTH else {"energy": 65_000}
    amount = AMOUNT_MICRO + house.merchant.pk * CENT_MICRO  # no two merchants' windows compete
    window = {"window_start": now, "window_end": now + timedelta(hours=1), "amount_micro": amount}
    callback = {
        "callback_url": house.merchant.default_callback_url,
        "callback_format": CallbackFormat.V2A if is_payment else CallbackFormat.ITRX,
        "credential": house.crossingpay if is_payment else house.itrx,
    }
    spec = placing.OrderSpec(
        kind=kind,
        address=ADDRESS,
        dialect=Dialect.CROSSINGPAY if is_payment else Dialect.ITRX,
        external_id=f"V{house.merchant.pk}-{now:%H%M%S%f}",
        **(window if is_payment else amounts | {"duration_hours": 1}),
        **(callback if told else {}),  # type: ignore[arg-type]
    )
    return placing.place_order(house.merchant, spec, UNKNOWN, now=now)[0]


def _send(order: Order, account: ProviderAccount, now: datetime, *, errno: int = 0) -> Attempt:
    """With its call: `multiplying` counts on one an attempt."""
    attempt = Attempt.objects.create(order=order, account=account, sent_at=now)
    timeline.move_order(order, OrderStatus.SENDING, f"sending to {account}", now=now, next_action_at=now)
    _call(attempt, {"errno": errno}, now)
    return attempt


def _refused(order: Order, account: ProviderAccount, now: datetime) -> None:
    attempt = _send(order, account, now, errno=10010)
    timeline.move_attempt(attempt, AttemptStatus.REFUSED, now=now, reason="busy")
    text = f"{account} refused: busy"
    timeline.move_order(order, OrderStatus.NEW, text, now=now, next_action_at=now)


def _answered(order: Order, account: ProviderAccount, state: State, now: datetime) -> None:
    attempt = _send(order, account, now)
    number = attempt.request_id[:26]
    txid = attempt.request_id[::-1] + attempt.request_id
    progress = Progress(state=state, upstream_id=number, txid=txid, cost_sun=COST_SUN)
    outcomes.apply(attempt.pk, progress, now=now + timedelta(seconds=3))
    order.refresh_from_db()


def _paid(order: Order, account: ProviderAccount, now: datetime) -> None:
    attempt = _send(order, account, now)
    outcomes.apply(attempt.pk, Progress(state=State.PENDING), now=now)
    at = now + timedelta(seconds=40)
    told = InboundPayment(
        address=order.address,
        amount_micro=order.amount_micro or 0,
        txid=attempt.request_id * 2,
        paid_at=at,
    )
    settlement.receive(attempt.pk, told, now=at)
    order.refresh_from_db()


def _call(attempt: Attempt, answer: dict[str, object], now: datetime) -> None:
    ProviderCall.objects.create(
        account=attempt.account,
        request_id=attempt.request_id,
        purpose="purchase",
        method="POST",
        url=f"{BASE_URL}/api/v1/frontend/order",
        request_headers={"API-KEY": "****", "Content-Type": "application/json"},
        request_body=json.dumps({"energy_amount": 65_000, "period": "1H", "receive_address": ADDRESS}),
        sent=True,
        status=200,
        response_headers={"content-type": "application/json"},
        response_body=json.dumps(answer),
        duration_ms=80,
        created_at=now,
    )


def _told(order: Order, *verdicts: str, now: datetime) -> None:
    """The order's callback, after these tries."""
    callback = order.callbacks.get()
    for number, verdict in enumerate(verdicts, 1):
        CallbackLog.objects.create(
            direction=Direction.OUT,
            callback=callback,
            order=order,
            merchant=order.merchant,
            credential=callback.credential,
            attempt_number=number,
            trigger="automatic",
            url=callback.url,
            host=callback.host,
            request_headers={"content-type": "application/json", "signature": "0" * 64},
            request_body=json.dumps(callback.payload),
            status=200 if verdict == "delivered" else 500,
            response_headers={"content-type": "text/plain"},
            response_body="ok" if verdict == "delivered" else "busy",
            verdict=verdict,
            duration_ms=40 * number,
            created_at=now + timedelta(seconds=4 * number),
        )
    is_delivered = verdicts[-1] == "delivered"
    counts = {"attempts": len(verdicts), "round_attempts": len(verdicts)}
    if is_delivered:
        at = now + timedelta(seconds=4 * len(verdicts))
        timeline.move_callback(callback, CallbackStatus.DELIVERED, delivered_at=at, **counts)
    else:
        timeline.move_callback(callback, CallbackStatus.EXHAUSTED, **counts)


# --- courses: each ends, for nothing moves a copy ----------------------------------------------------------------


def _second_account(house: House, now: datetime) -> None:
    order = _place(house, now)
    _refused(order, house.sellers[0], now)
    _answered(order, house.sellers[1], State.SUCCEEDED, now)
    _told(order, "delivered", now=now)


def _third_account_and_nobody_listens(house: House, now: datetime) -> None:
    order = _place(house, now)
    _refused(order, house.sellers[0], now)
    _refused(order, house.sellers[1], now)
    _answered(order, house.sellers[2], State.SUCCEEDED, now)
    _told(order, "refused", "refused", now=now)


def _at_once(house: House, now: datetime) -> None:
    order = _place(house, now)
    _answered(order, house.sellers[0], State.SUCCEEDED, now)
    _told(order, "delivered", now=now)


def _bandwidth_and_a_second_try(house: House, now: datetime) -> None:
    order = _place(house, now, Kind.BANDWIDTH)
    _refused(order, house.sellers[0], now)
    _answered(order, house.sellers[1], State.SUCCEEDED, now)
    _told(order, "refused", "delivered", now=now)


def _failed(house: House, now: datetime) -> None:
    order = _place(house, now)
    _refused(order, house.sellers[0], now)
    _answered(order, house.sellers[1], State.FAILED, now)
    _told(order, "delivered", now=now)


def _payment(house: House, now: datetime) -> None:
    order = _place(house, now, Kind.MONITOR)
    _refused(order, house.watchers[0], now)
    _paid(order, house.watchers[1], now)
    _told(order, "delivered", now=now)


def _untold_payment(house: House, now: datetime) -> None:
    order = _place(house, now, Kind.MONITOR, told=False)
    _refused(order, house.watchers[0], now)
    _paid(order, house.watchers[1], now)


def _untold(house: House, now: datetime) -> None:
    order = _place(house, now, told=False)
    for account in house.sellers[:2]:
        _refused(order, account, now)
    _answered(order, house.sellers[2], State.SUCCEEDED, now)


COURSES: tuple[Callable[[House, datetime], None], ...] = (
    _second_account,
    _third_account_and_nobody_listens,
    _at_once,
    _bandwidth_and_a_second_try,
    _failed,
    _payment,
    _untold_payment,
    _untold,
)
ORDERS = MERCHANTS * len(COURSES)


def make(made: list[House], *, start: datetime, step: timedelta) -> Iterator[int]:
    """Orders one `step` apart, as many as ORDERS. Yields after each."""
    for course_number, course in enumerate(COURSES):
        for number, house in enumerate(made):
            place = course_number * len(made) + number
            course(house, start + place * step)
            yield place


def open_orders(house: House, *, now: datetime) -> None:
    """What needs a person or waits, once: copies would compete for the same payments."""
    doubtful = _place(house, now)
    attempt = _send(doubtful, house.sellers[0], now)
    later = now + timedelta(days=3650)
    timeline.move_attempt(attempt, AttemptStatus.UNKNOWN, now=now, reason="the answer was lost")
    timeline.move_order(doubtful, OrderStatus.UNKNOWN, "the answer was lost", now=now, next_action_at=later)
    watched = _place(house, now, Kind.MONITOR)
    attempt = _send(watched, house.watchers[0], now)
    outcomes.apply(attempt.pk, Progress(state=State.PENDING), now=now)
    told = InboundPayment(
        address=ADDRESS, amount_micro=AMOUNT_MICRO - 1, txid=f"{watched.pk:064x}", paid_at=now
    )
    settlement.receive(attempt.pk, told, now=now)
    Order.objects.filter(pk=watched.pk).update(next_action_at=later)
