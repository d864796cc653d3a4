"""One account at iTRX, or at a server that speaks like it (trxx.io, an instance of ours)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from providers.base import (
    Balance,
    Credentials,
    InboundCallback,
    KeyPair,
    Kind,
    Progress,
    PurchaseRequest,
    Quote,
    ResourceRequest,
)
from providers.errors import (
    CallbackRefused,
    OutcomeUnknown,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnavailable,
)
from providers.http import Answer, Transport
from providers.itrx import wire
from providers.itrx.parameters import collect_parameters, energy_parameters, extras_sun, price_parameters

Meaning = TypeVar("Meaning")


def _clock() -> datetime:
    return datetime.now(UTC)


class ItrxClient:
    """`base_url` may end in `/api/v1/frontend`. `clock` dates the signatures we send.

    `callback_tolerance_seconds`: how old, or how far ahead, a callback's timestamp may be; None accepts any.
    """

    kinds = frozenset({Kind.COLLECT, Kind.ENERGY})
    can_look_up = True
    repeats_safely = False

    def __init__(
        self,
        credentials: Credentials,
        transport: Transport,
        *,
        callback_tolerance_seconds: int | None = wire.DEFAULT_TOLERANCE_SECONDS,
        clock: Callable[[], datetime] = _clock,
    ) -> None:
        self._credentials = credentials
        self._transport = transport
        self._callback_tolerance_seconds = callback_tolerance_seconds
        self._clock = clock
        self._root = credentials.base_url.rstrip("/").removesuffix(wire.PREFIX)

    def quote(self, request: ResourceRequest) -> Quote:
        query = price_parameters(self._require_kind(request))
        answer = self._get(wire.ORDER_PRICE, query, purpose="price", request_id=request.request_id)
        quote = self._understand(answer, wire.read_price, otherwise=ProviderUnavailable)
        return replace(quote, total_sun=quote.total_sun + extras_sun(request))

    def purchase(self, request: PurchaseRequest) -> Progress:
        resource = self._require_kind(request)
        collects = resource.kind is Kind.COLLECT
        answer = self._post(
            wire.COLLECT if collects else wire.ORDER,
            collect_parameters(resource) if collects else energy_parameters(resource),
            purpose=str(resource.kind),
            request_id=resource.request_id,
            spending=True,
        )
        return self._understand(answer, wire.read_purchase, otherwise=OutcomeUnknown)

    def look_up(self, request_id: str, *, upstream_id: str = "") -> Progress | None:
        """By serial where it is known.

        A refusal other than errno 404 tells nothing about the order: it is never ProviderRejected from here.
        """
        query = {"serial": upstream_id} if upstream_id else {"out_trade_no": request_id}
        answer = self._get(wire.ORDER_QUERY, query, purpose="query", request_id=request_id)
        result = _read(answer, wire.read_order, ProviderUnavailable)
        if isinstance(result, Progress):
            if upstream_id and result.upstream_id != upstream_id:
                raise ProviderUnavailable("iTRX answered with another order")
            return result
        if result.cause is wire.Cause.NOT_FOUND:
            return None
        error = self._error(result)
        if isinstance(error, ProviderMisconfigured):
            raise error
        raise ProviderUnavailable(f"the look-up was refused: {error}", code=error.code)

    def balance(self) -> Balance:
        """Up to two calls: not every generation of the server has a balance in its summary."""
        answer = self._get(wire.SUMMARY, {}, purpose="summary")
        if wire.is_key_refusal(answer.status, answer.body):
            raise ProviderMisconfigured("iTRX does not know the API key", code="403")
        balance_sun = self._understand(answer, wire.read_balance, otherwise=ProviderUnavailable)
        if balance_sun is None:
            answer = self._get(wire.INDEX_DATA, {}, purpose="index-data")
            balance_sun = self._understand(answer, wire.read_balance, otherwise=ProviderUnavailable)
        if balance_sun is None:
            raise ProviderUnavailable("iTRX told no balance")
        return Balance(balance_sun=balance_sun)

    def reclaim(self, serial: str) -> str:
        """End a delegation early; returns their message. Not a spending call: repeating it does no harm."""
        answer = self._post(wire.RECLAIM, {"serial": serial}, purpose="reclaim")
        return self._understand(answer, wire.read_reclaim, otherwise=ProviderUnavailable)

    def parse_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> InboundCallback:
        given = {name.lower(): value for name, value in headers.items()}
        timestamp = given.get(wire.TIMESTAMP_HEADER.lower(), "")
        signature = given.get(wire.SIGNATURE_HEADER.lower(), "")
        signer = self._signer(timestamp, body, signature)
        if not wire.timestamp_ok(timestamp, now, self._callback_tolerance_seconds):
            raise CallbackRefused("stale", "the timestamp is no number or too far from now")
        return wire.read_callback(body, used_previous=signer is not self._credentials.current)

    def acknowledgement(self) -> tuple[int, str]:
        return 200, "{}"

    def _signer(self, timestamp: str, body: bytes, signature: str) -> KeyPair:
        for pair in (self._credentials.current, self._credentials.previous):
            if pair and wire.callback_signature_ok(pair.secret, timestamp, body, signature):
                return pair
        raise CallbackRefused("bad_signature")

    def _require_kind(self, request: PurchaseRequest) -> ResourceRequest:
        if not isinstance(request, ResourceRequest) or request.kind not in self.kinds:
            raise ProviderRejected(f"iTRX does not offer {request.kind}")
        return request

    def _get(
        self, path: str, query: Mapping[str, str | int], *, purpose: str, request_id: str = ""
    ) -> Answer:
        url = f"{self._root}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {wire.KEY_HEADER: self._credentials.current.key}
        return self._transport.call("GET", url, headers=headers, purpose=purpose, request_id=request_id)

    def _post(
        self,
        path: str,
        parameters: Mapping[str, str | int],
        *,
        purpose: str,
        request_id: str = "",
        spending: bool = False,
    ) -> Answer:
        pair = self._credentials.current
        body = wire.canonical(parameters).encode("ascii")
        return self._transport.call(
            "POST",
            f"{self._root}{path}",
            headers=wire.signed_headers(pair.key, pair.secret, body, self._clock()),
            body=body,
            purpose=purpose,
            request_id=request_id,
            spending=spending,
        )

    def _understand(
        self,
        answer: Answer,
        read: Callable[[dict[str, Any]], Meaning],
        *,
        otherwise: type[OutcomeUnknown] | type[ProviderUnavailable],
    ) -> Meaning:
        """What a good answer means; raises `otherwise` for one neither good nor a documented refusal."""
        result = _read(answer, read, otherwise)
        if isinstance(result, wire.Refusal):
            raise self._error(result)
        return result

    def _error(self, refusal: wire.Refusal) -> ProviderRejected | ProviderMisconfigured:
        message = refusal.message
        for secret in (self._credentials.current.secret, self._credentials.current.key):
            message = message.replace(secret, "***") if secret else message
        if refusal.cause is wire.Cause.BAD_CREDENTIALS:
            return ProviderMisconfigured(f"iTRX: {message}", code=refusal.code)
        no_funds = refusal.cause is wire.Cause.NO_FUNDS
        return ProviderRejected(f"iTRX: {message}", code=refusal.code, no_funds=no_funds)


def _read(
    answer: Answer,
    read: Callable[[dict[str, Any]], Meaning],
    otherwise: type[OutcomeUnknown] | type[ProviderUnavailable],
) -> Meaning | wire.Refusal:
    try:
        return wire.understand(answer.status, answer.body, read)
    except wire.Unreadable as error:
        raise otherwise(f"iTRX gave an answer that cannot be read: {error}") from error
