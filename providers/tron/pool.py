"""Several nodes as one: the first fit answers, one that fails rests, one that is behind is passed over.

Thread-safe: each thread has its own connections. What a node did is told to a gate, which also says when a node may be
asked; in a running installation it is shared by all processes through the database (orders.services.node_gate).
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from providers.errors import ProviderMisconfigured, ProviderUnavailable
from providers.http import AddressPolicy, Transport
from providers.tron.answers import NodeLimited
from providers.tron.blocks import Block, BlockIncomplete, Head
from providers.tron.node import MOST_BYTES, Node, NodeAddress, TransactionFound
from providers.tron.transfers import Transfer

logger = logging.getLogger(__name__)

FIRST_REST_SECONDS = 1.0
MOST_FAULT_SECONDS = 60.0
MOST_LIMITED_SECONDS = 300.0
LONGEST_TURN_SECONDS = 2.0  # a longer wait for the rate's sake goes to the next node

T = TypeVar("T")


class NoNode(ProviderUnavailable):
    """Every node rests or has failed; `seconds` until one may be asked again."""

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Gate(Protocol):
    def wait_seconds(self, node: str, requests: int) -> float:
        """0 when `requests` may leave now: they are then counted. Else the seconds to wait, and nothing is counted."""
        ...

    def told(self, node: str, *, error: str, rest_seconds: float) -> None:
        """After each answer; `error` is "" for a good one."""
        ...


class OpenGate:
    def wait_seconds(self, node: str, requests: int) -> float:
        return 0.0

    def told(self, node: str, *, error: str, rest_seconds: float) -> None:
        """Nobody listens."""


class NodePool:
    """Methods raise ProviderUnavailable: NoNode, or BlockIncomplete when every node that answered lacks the block."""

    def __init__(
        self,
        addresses: Sequence[NodeAddress],
        *,
        contract: str,
        connect_seconds: float,
        total_seconds: float,
        policy: AddressPolicy,
        gate: Gate | None = None,
    ) -> None:
        self._addresses = list(addresses)
        self._contract = contract
        self._seconds = connect_seconds, total_seconds
        self._policy = policy
        self._gate = gate or OpenGate()
        self._local = threading.local()
        self._lock = threading.Lock()
        self._failures = dict.fromkeys((address.name for address in addresses), 0)
        self._rests_until = dict.fromkeys(self._failures, 0.0)
        self._reasons = dict.fromkeys(self._failures, "")

    def head(self, *, fits: Callable[[Head], bool] = lambda head: True) -> Head:
        """Of the first node whose head `fits`; where none does, the newest that any told."""
        others: list[Head] = []

        def fetch(node: Node) -> Head:
            head = node.head()
            if not fits(head):
                others.append(head)
                raise BlockIncomplete(f"{node.name} is behind, or of another chain: block {head.number}")
            return head

        try:
            return self._ask(fetch, requests=1)
        except ProviderUnavailable:
            if not others:
                raise
            return max(others, key=lambda head: head.number)

    def newest(self) -> Head | None:
        """What the first node tells that has a turn at once. None where it does not: a node that serves solidified
        blocks only is no worse for it, and nothing waits for this."""
        for address in self._addresses:
            if self._rest(address.name) > 0 or self._gate.wait_seconds(address.name, 1):
                continue
            try:
                return self._node(address).newest()
            except NodeLimited as error:
                self._failed(address.name, error)
            except (ProviderUnavailable, ProviderMisconfigured) as error:
                logger.info("node %s does not tell of its newest block: %s", address.name, error)
            return None
        return None

    def head_at(self, number: int) -> Head:
        return self._ask(lambda node: node.head_at(number), requests=1)

    def block(self, number: int, *, fits: Callable[[Block], bool] = lambda block: True) -> Block:
        """`fits`: what else must hold, such as its parent; a node whose block does not fit is passed over."""

        def fetch(node: Node) -> Block:
            block = node.block(number)
            if not fits(block):
                raise BlockIncomplete(f"{node.name} tells of another block {number}")
            return block

        return self._ask(fetch, requests=2)

    def usdt_of_block(self, number: int, *, transactions: int) -> list[Transfer]:
        return self._ask(lambda node: node.usdt_of_block(number, transactions=transactions), requests=1)

    def transaction(self, txid: str) -> TransactionFound | None:
        """None when the first node that answers knows none."""
        return self._ask(lambda node: node.transaction(txid), requests=1)

    def _ask(self, question: Callable[[Node], T], *, requests: int) -> T:
        behind: BlockIncomplete | None = None
        waits: list[float] = []
        for address in self._addresses:
            wait = self._turn(address.name, requests)
            if wait:
                waits.append(wait)
                continue
            try:
                answer = question(self._node(address))
            except BlockIncomplete as error:
                behind = error
                self._gate.told(address.name, error=str(error), rest_seconds=0)
            except (ProviderUnavailable, ProviderMisconfigured) as error:
                waits.append(self._failed(address.name, error))
            else:
                self._worked(address.name)
                return answer
        if behind is not None:
            raise behind
        raise NoNode(self._silence(), seconds=min(waits, default=MOST_FAULT_SECONDS))

    def _silence(self) -> str:
        with self._lock:
            reasons = [f"{name}: {reason}" for name, reason in self._reasons.items() if reason]
        return ", ".join(["no node answers", *reasons])

    def _turn(self, name: str, requests: int) -> float:
        """Waits for the rate where it is short; else the seconds until the node may be asked."""
        if (rest := self._rest(name)) > 0:
            return rest
        while wait := self._gate.wait_seconds(name, requests):
            if wait > LONGEST_TURN_SECONDS:
                return wait
            time.sleep(wait)
        return 0.0

    def _rest(self, name: str) -> float:
        with self._lock:
            return self._rests_until[name] - time.monotonic()

    def _failed(self, name: str, error: Exception) -> float:
        with self._lock:
            self._failures[name] += 1
            rest = rest_seconds(error, self._failures[name])
            self._rests_until[name] = time.monotonic() + rest
            self._reasons[name] = str(error)
        logger.warning("node %s rests for %.0f s: %s", name, rest, error)
        self._gate.told(name, error=str(error), rest_seconds=rest)
        return rest

    def _worked(self, name: str) -> None:
        with self._lock:
            self._failures[name], self._reasons[name] = 0, ""
        self._gate.told(name, error="", rest_seconds=0)

    def _node(self, address: NodeAddress) -> Node:
        nodes: dict[str, Node] = self._local.__dict__.setdefault("nodes", {})
        if address.name not in nodes:
            connect_seconds, total_seconds = self._seconds
            transport = Transport(
                connect_seconds=connect_seconds,
                total_seconds=total_seconds,
                policy=self._policy,
                max_bytes=MOST_BYTES,
            )
            nodes[address.name] = Node(address, transport, contract=self._contract)
        return nodes[address.name]


def rest_seconds(error: Exception, failures: int) -> float:
    """A limit rests for what it names, then twice as long each time up to five minutes; a fault for 1, 2, 4 … 60 s
    (specs/tron.md 4.1)."""
    doubled: float = 2.0 ** min(failures - 1, 16)
    if isinstance(error, NodeLimited):
        jitter = random.uniform(1.0, 1.2)  # noqa: S311 - so that not all come back at once
        return min(error.seconds * doubled * (jitter if failures > 1 else 1.0), MOST_LIMITED_SECONDS)
    return min(FIRST_REST_SECONDS * doubled, MOST_FAULT_SECONDS)
