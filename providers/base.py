"""The contract of every upstream: what goes in, what comes out, in our words and units.

A client translates and nothing else: it knows no order, no database and no retry. All amounts are integers in the
smallest unit, all times aware UTC. Every client is built as `Client(credentials, transport)`; the transport is
`providers.http.Transport`. Errors: see `providers.errors`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What an order asks for; `orders` uses the same words."""

    COLLECT = "collect"
    ENERGY = "energy"
    BANDWIDTH = "bandwidth"
    BUNDLE = "bundle"
    ACTIVATION = "activation"
    MONITOR = "monitor"
    DEPOSIT = "deposit"


RESOURCE_KINDS = frozenset({Kind.COLLECT, Kind.ENERGY, Kind.BANDWIDTH, Kind.BUNDLE, Kind.ACTIVATION})
PAYMENT_KINDS = frozenset({Kind.MONITOR, Kind.DEPOSIT})


class State(StrEnum):
    """How far an upstream says it is. An unknown word of theirs is PENDING: poll again, never guess."""

    PENDING = "pending"
    PARTIAL = "partial"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """`key` is empty where a dialect has only one value (CrossingPay: the apikey is `secret`)."""

    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an upstream issued to us. `previous` verifies callbacks during a replacement's grace, never signs."""

    base_url: str
    current: KeyPair
    previous: KeyPair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRequest:
    """A purchase of TRON resources for `address`. `request_id` is ours (32 hex), stored before sending."""

    request_id: str
    kind: Kind
    address: str
    to_address: str = ""  # collect: where the USDT will go
    scene: int = 0  # collect, 0 = automatic
    energy: int = 0  # units; 0 where the kind has none or the upstream decides
    bandwidth: int = 0
    duration_hours: int = 1
    activate: bool = False
    exclusive: bool = False
    callback_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRequest:
    """A payment order to be watched by an upstream; the window is meaningful for monitor only."""

    request_id: str
    kind: Kind
    address: str
    amount_micro: int
    start_at: datetime
    end_at: datetime
    callback_url: str


PurchaseRequest = ResourceRequest | WatchRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What the upstream would charge now, in sun."""

    total_sun: int
    energy: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What an upstream knows of one request, from a purchase, a look-up or a callback.

    `None` means the answer did not say. `address`, `energy` and `amount_micro` let the caller check that a found
    order is the one it meant. `cost_sun` is what the upstream charged, before any `refund_sun`.
    """

    state: State
    upstream_id: str = ""
    upstream_status: str = ""  # their word or number, for staff
    address: str | None = None
    energy: int | None = None
    amount_micro: int | None = None
    cost_sun: int | None = None
    refund_sun: int | None = None
    balance_sun: int | None = None  # our balance at the upstream after it
    scene: int | None = None
    txid: str = ""  # delegation, activation purchase, or the payment
    active_hash: str = ""
    bandwidth_hash: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    balance_sun: int | None  # None where the upstream has no such notion
    is_proven: bool = True  # the answer shows that URL and keys are right
    top_up_address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundPayment:
    """A payment that an upstream says has arrived (CrossingPay callback or query).

    `upstream_order` and `request_id` are "" where the callback names none (v2a): the callback path tells.
    `succeeded` is False for a callback that reports failure or waiting.
    """

    address: str
    amount_micro: int
    txid: str
    paid_at: datetime
    succeeded: bool = True
    request_id: str = ""
    upstream_order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundCallback:
    """A callback whose signature holds: progress of a resource order, or a payment. Exactly one is set.

    `used_previous` tells that the replaced key pair signed it.
    """

    request_id: str
    progress: Progress | None = None
    payment: InboundPayment | None = None
    used_previous: bool = False


class ProviderClient(Protocol):
    """One account at one upstream. No method retries; each makes at most one HTTP exchange unless said.

    All but `parse_callback` raise ProviderUnavailable, ProviderRejected and ProviderMisconfigured; `purchase` also
    raises OutcomeUnknown.
    """

    kinds: frozenset[Kind]
    # Whether look_up's None is the upstream's documented not-found. Without it a lost answer goes to a person.
    can_look_up: bool
    # Whether repeating the identical purchase is safe, which the contract of CrossingPay's server makes so.
    repeats_safely: bool

    def quote(self, request: ResourceRequest) -> Quote: ...

    def purchase(self, request: PurchaseRequest) -> Progress: ...

    def look_up(self, request_id: str, *, upstream_id: str = "") -> Progress | InboundPayment | None:
        """What became of a request; None only on the upstream's documented not-found answer."""
        ...

    def balance(self) -> Balance: ...

    def parse_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> InboundCallback:
        """Verify and read what the upstream posted; raises CallbackRefused. Header names in any case."""
        ...

    def acknowledgement(self) -> tuple[int, str]:
        """Status and JSON body by which this upstream understands that its callback was taken."""
        ...
