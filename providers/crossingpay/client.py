"""One account at a CrossingPay server: the original, or an instance of ours, which answers a query too."""

import secrets
from collections.abc import Mapping
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from providers.base import (
    PAYMENT_KINDS,
    Balance,
    Credentials,
    InboundCallback,
    InboundPayment,
    Kind,
    Progress,
    PurchaseRequest,
    Quote,
    ResourceRequest,
    State,
    WatchRequest,
)
from providers.crossingpay import wire
from providers.errors import OutcomeUnknown, ProviderMisconfigured, ProviderRejected, ProviderUnavailable
from providers.http import Answer, Transport

CHINA = ZoneInfo("Asia/Shanghai")
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class CrossingPayClient:
    """A placement spends nothing, yet an order may exist after a lost answer: errors are as for spending.

    `zone` is the one in which the upstream reads our windows; `has_query`: it answers spec section 7.3.
    """

    kinds = PAYMENT_KINDS
    repeats_safely = True

    def __init__(
        self,
        credentials: Credentials,
        transport: Transport,
        *,
        has_query: bool = False,
        zone: tzinfo = CHINA,
    ) -> None:
        self.can_look_up = has_query
        self._base_url = credentials.base_url.rstrip("/")
        self._apikey = credentials.current.secret
        self._apikeys = [pair.secret for pair in (credentials.current, credentials.previous) if pair]
        self._transport = transport
        self._zone = zone

    def quote(self, request: ResourceRequest) -> Quote:
        return Quote(total_sun=0)

    def balance(self) -> Balance:
        """There is none; a query for an order that nobody made proves URL and key, where there is a query."""
        if self.can_look_up:
            self.look_up(secrets.token_hex(16))
        return Balance(balance_sun=None, is_proven=self.can_look_up)

    def purchase(self, request: PurchaseRequest) -> Progress:
        if not isinstance(request, WatchRequest) or request.kind not in self.kinds:
            raise ProviderRejected("CrossingPay only watches for payments")
        if request.kind is Kind.MONITOR:
            return self._monitor(request)
        return self._deposit(request)

    def look_up(self, request_id: str, *, upstream_id: str = "") -> Progress | InboundPayment | None:
        if not self.can_look_up:
            raise ProviderUnavailable("this CrossingPay server has no query")
        body = wire.query_body(self._apikey, order_id=request_id)
        answer = self._post(wire.QUERY_PATH, body, purpose="query", request_id=request_id, spending=False)
        if answer.status != 200:
            self._demand_not_found(answer)
            return None
        try:
            order = wire.read_order_found(answer.body)
            if order.order_id != request_id:
                raise ValueError("it is about another order")
            return _payment_of(order) if order.status == wire.Status.SUCCESS else _progress_of(order)
        except ValueError as error:
            raise ProviderUnavailable(f"CrossingPay's answer to the query is unusable: {error}") from error

    def parse_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> InboundCallback:
        """`now` judges nothing here: the signed time is the payment's and stays the same over resends."""
        received = wire.read_callback(body, self._apikeys)
        payment = InboundPayment(
            address=received.address,
            amount_micro=received.amount_micro,
            txid=received.txid,
            paid_at=received.timestamp,
            succeeded=received.status is wire.Status.SUCCESS,
            request_id=received.order_id,
            upstream_order=received.ordersn,
        )
        return InboundCallback(
            request_id=received.order_id, payment=payment, used_previous=received.key_index > 0
        )

    def acknowledgement(self) -> tuple[int, str]:
        return 200, '{"message":"ok"}'

    def _monitor(self, request: WatchRequest) -> Progress:
        try:
            window = [wire.format_time(at, self._zone) for at in (request.start_at, request.end_at)]
        except ValueError as error:
            raise ProviderRejected(f"the window cannot be sent: {error}") from error
        body = wire.monitor_body(
            self._apikey,
            request.request_id,
            request.address,
            request.amount_micro,
            request.callback_url,
            *window,
        )
        answer = self._place(wire.MONITOR_PATH, body, purpose="monitor", request_id=request.request_id)
        try:
            if not wire.is_monitor_created(answer.body):
                raise ValueError("not the documented message")
        except ValueError as error:
            raise OutcomeUnknown(f"CrossingPay's answer is unusable: {error}") from error
        return Progress(state=State.PENDING)

    def _deposit(self, request: WatchRequest) -> Progress:
        body = wire.deposit_body(
            self._apikey, request.request_id, request.address, request.amount_micro, request.callback_url
        )
        answer = self._place(wire.DEPOSIT_PATH, body, purpose="deposit", request_id=request.request_id)
        try:
            created = wire.read_deposit_created(answer.body)
        except ValueError as error:
            raise OutcomeUnknown(f"CrossingPay's answer is unusable: {error}") from error
        return Progress(
            state=State.PENDING,
            upstream_id=created.ordersn,
            address=created.address,
            amount_micro=created.amount_micro,
        )

    def _place(self, path: str, body: bytes, *, purpose: str, request_id: str) -> Answer:
        answer = self._post(path, body, purpose=purpose, request_id=request_id, spending=True)
        if answer.status == 200:
            return answer
        error = wire.read_error(answer.body) if 400 <= answer.status < 500 else None
        if error is None:
            raise OutcomeUnknown(f"CrossingPay answered HTTP {answer.status} without a documented error")
        self._stop_on_bad_key(answer, error)
        raise ProviderRejected(self._told(error), code=error.code)

    def _demand_not_found(self, answer: Answer) -> None:
        """Returns for the documented not-found answer alone; any other no says nothing about the order."""
        error = wire.read_error(answer.body)
        if error is None:
            raise ProviderUnavailable(f"CrossingPay's query answered HTTP {answer.status}")
        self._stop_on_bad_key(answer, error)
        if (answer.status, error.code) != (404, "order_not_found"):
            raise ProviderUnavailable(self._told(error), code=error.code)

    def _stop_on_bad_key(self, answer: Answer, error: wire.ErrorAnswer) -> None:
        if answer.status == 401 and error.code == "invalid_apikey":
            raise ProviderMisconfigured(self._told(error), code=error.code)

    def _told(self, error: wire.ErrorAnswer) -> str:
        """Their message for staff; a server might echo the key it was sent."""
        return f"CrossingPay says: {error.message.replace(self._apikey, '***')[:200]}"

    def _post(self, path: str, body: bytes, *, purpose: str, request_id: str, spending: bool) -> Answer:
        return self._transport.call(
            "POST",
            self._base_url + path,
            headers=_JSON,
            body=body,
            purpose=purpose,
            request_id=request_id,
            spending=spending,
        )


def _payment_of(order: wire.OrderFound) -> InboundPayment:
    if not order.txid or not order.block_time:
        raise ValueError("paid without txid or block time")
    return InboundPayment(
        address=order.address,
        amount_micro=order.amount_micro,
        txid=order.txid,
        paid_at=order.block_time,
        request_id=order.order_id,
        upstream_order=order.ordersn,
    )


def _progress_of(order: wire.OrderFound) -> Progress:
    return Progress(
        state=State.FAILED if order.status == wire.Status.FAILED else State.PENDING,
        upstream_id=order.ordersn,
        upstream_status=str(order.status),
        address=order.address,
        amount_micro=order.amount_micro,
    )
