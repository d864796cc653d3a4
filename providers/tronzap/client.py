"""One account at TronZap: each method is one POST unless it says otherwise. Shapes are in `wire`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from providers.base import (
    RESOURCE_KINDS,
    Balance,
    Credentials,
    InboundCallback,
    Kind,
    Progress,
    PurchaseRequest,
    Quote,
    ResourceRequest,
)
from providers.errors import CallbackRefused, OutcomeUnknown, ProviderRejected, ProviderUnavailable
from providers.http import Transport
from providers.tron.addresses import is_address
from providers.tronzap import wire
from providers.tronzap.verdicts import read_result
from providers.tronzap.wire import paths

T = TypeVar("T")


class TronZapClient:
    """`purchase` is the only call that spends. There are no callbacks: an accepted order is polled."""

    kinds = RESOURCE_KINDS
    can_look_up = True
    repeats_safely = False  # external_id is an alias, no idempotency key: a repeated purchase buys again

    def __init__(self, credentials: Credentials, transport: Transport) -> None:
        self._base_url = credentials.base_url.rstrip("/")
        self._pair = credentials.current
        self._transport = transport

    def quote(self, request: ResourceRequest) -> Quote:
        """One exchange; two for a bundle, which calculate does not know.

        The upstream charges for the activation of an inactive receiver only where the purchase asks for it.
        """
        if request.kind is Kind.ACTIVATION:
            return Quote(total_sun=self._activation_sun(request))
        amounts = _sellable(wire.requested_amounts, request)
        parts = [self._calculate(request, resource, amount) for resource, amount in amounts.items()]
        activation_sun = max(fee_sun for _, fee_sun in parts) if request.activate else 0
        return Quote(
            total_sun=sum(price_sun for price_sun, _ in parts) + activation_sun,
            energy=amounts.get("energy", 0),
        )

    def purchase(self, request: PurchaseRequest) -> Progress:
        if not isinstance(request, ResourceRequest):
            raise ProviderRejected(f"TronZap sells no {request.kind}")
        return self._call(
            paths.TRANSACTION_NEW,
            _sellable(wire.purchase_body, request),
            partial(_progress, request.request_id),
            purpose="purchase",
            request_id=request.request_id,
            spending=True,
        )

    def look_up(self, request_id: str, *, upstream_id: str = "") -> Progress | None:
        """By `upstream_id` where it is known: only that names one transaction. Else by our request id."""
        try:
            return self._call(
                paths.TRANSACTION_CHECK,
                {"id": upstream_id} if upstream_id else {"external_id": request_id},
                partial(_progress, request_id),
                purpose="look_up",
                request_id=request_id,
            )
        except ProviderRejected as refused:
            if refused.code == str(wire.Code.NOT_FOUND):
                return None
            # A refused look-up says nothing about the purchase, so it must not read like a refused purchase.
            raise ProviderUnavailable(str(refused), code=refused.code) from refused

    def balance(self) -> Balance:
        balance = self._call(paths.BALANCE, {}, wire.read_balance, purpose="balance")
        if is_address(balance.top_up_address):
            return balance
        # Money sent to an address with a typing error is lost: rather show none.
        return Balance(balance_sun=balance.balance_sun)

    def services(self, *, request_id: str = "") -> wire.PriceList:
        return self._call(paths.SERVICES, {}, wire.read_price_list, purpose="services", request_id=request_id)

    def address_info(self, address: str) -> wire.AddressInfo:
        return self._call(
            paths.ADDRESS_INFO, {"address": address}, wire.read_address_info, purpose="address_info"
        )

    def estimate_energy(self, from_address: str, to_address: str) -> wire.EnergyEstimate:
        """For a transfer of USDT, which is the upstream's default contract."""
        body = {"from_address": from_address, "to_address": to_address}
        return self._call(paths.ESTIMATE_ENERGY, body, wire.read_energy_estimate, purpose="estimate_energy")

    def parse_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> InboundCallback:
        raise CallbackRefused("unsupported", "TronZap sends no callbacks")

    def acknowledgement(self) -> tuple[int, str]:
        return 200, "{}"

    def _activation_sun(self, request: ResourceRequest) -> int:
        activation_sun = self.services(request_id=request.request_id).activation_sun
        if activation_sun is None:
            raise ProviderRejected("TronZap does not sell activations now")
        return activation_sun

    def _calculate(self, request: ResourceRequest, resource: str, amount: int) -> tuple[int, int]:
        return self._call(
            paths.CALCULATE,
            wire.calculate_body(request, resource, amount),
            wire.read_calculation,
            purpose="quote",
            request_id=request.request_id,
        )

    def _call(
        self,
        path: str,
        body: Mapping[str, Any],
        read: Callable[[object], T],
        *,
        purpose: str,
        request_id: str = "",
        spending: bool = False,
    ) -> T:
        raw = wire.dump(body)
        answer = self._transport.call(
            "POST",
            self._base_url + path,
            headers=wire.auth_headers(self._pair.key, self._pair.secret, raw),
            body=raw,
            purpose=purpose,
            request_id=request_id,
            spending=spending,
        )
        try:
            return read(read_result(answer, spending=spending))
        except wire.Unreadable as error:
            lost = OutcomeUnknown if spending else ProviderUnavailable
            raise lost(f"TronZap's answer cannot be read: {error}") from error


def _sellable(build: Callable[[ResourceRequest], T], request: ResourceRequest) -> T:
    """What cannot be asked is refused before anything is sent."""
    try:
        return build(request)
    except ValueError as error:
        raise ProviderRejected(str(error)) from error


def _progress(request_id: str, result: object) -> Progress:
    if wire.external_id_of(result) not in ("", request_id):
        raise wire.Unreadable("it tells of another request")
    return wire.read_transaction(result)
