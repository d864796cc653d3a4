"""The node that a signer's step is made on. One step stays on one node, since what one node does not know proves
nothing about what another has said; turn, rest and health are shared with the watcher (orders.services.node_gate)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from orders.services import node_gate
from providers.errors import ProviderMisconfigured, ProviderUnavailable
from providers.http import AddressPolicy, Transport
from providers.tron.addresses import to_hex
from providers.tron.blocks import BlockIncomplete
from providers.tron.node import NodeAddress
from providers.tron.pool import rest_seconds
from providers.tron.wallet_node import WalletNode

REQUESTS_A_STEP = 12  # about


class NoNode(Exception):
    """No node may be asked now; `seconds` until one may."""

    def __init__(self, seconds: float) -> None:
        super().__init__("no node may be asked")
        self.seconds = seconds


class WalletNodes:
    """Not shared between threads."""

    def __init__(self, *, clock: node_gate.Clock) -> None:
        self._gate = node_gate.DatabaseGate(clock=clock)
        self._nodes = {address.name: self._open(address) for address in node_gate.addresses()}
        self._failures = dict.fromkeys(self._nodes, 0)

    @staticmethod
    def _open(address: NodeAddress) -> WalletNode:
        transport = Transport(
            connect_seconds=settings.PROVIDER_CONNECT_SECONDS,
            total_seconds=settings.PROVIDER_TOTAL_SECONDS,
            policy=AddressPolicy.opening(settings.PROVIDER_ALLOWED_NETWORKS),
        )
        return WalletNode(address, transport, contract=to_hex(settings.USDT_CONTRACT)[2:])

    @contextmanager
    def node(self) -> Iterator[WalletNode]:
        """The first that may be asked; a failure inside rests it and goes on to the caller. Raises NoNode."""
        name, node = self._first()
        try:
            yield node
        except BlockIncomplete as error:
            self._gate.told(name, error=str(error), rest_seconds=0)
            raise
        except (ProviderUnavailable, ProviderMisconfigured) as error:
            self._failures[name] += 1
            rest = rest_seconds(error, self._failures[name])
            self._gate.told(name, error=str(error), rest_seconds=rest)
            raise
        else:
            self._failures[name] = 0
            self._gate.told(name, error="", rest_seconds=0)

    def _first(self) -> tuple[str, WalletNode]:
        waits = [60.0]
        # The gate leaves half of a second's requests to the watcher, so more than that would never be granted.
        requests = min(REQUESTS_A_STEP, max(settings.TRON_REQUESTS_PER_SECOND // 2, 1))
        for name, node in self._nodes.items():
            wait = self._gate.wait_seconds(name, requests)
            if not wait:
                return name, node
            waits.append(wait)
        raise NoNode(min(waits))
