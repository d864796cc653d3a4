"""The sandbox's chain in a test's hand: blocks on command, wallets with money, payments and faults."""

from pathlib import Path
from typing import Any

from providers.http import Transport
from providers.sandbox.tron.wallets import PAYER, USDT, Wallet, well_known
from providers.tron import addresses, encoding, keys
from providers.tron.encoding import RawData, Signed
from providers.tron.node import NodeAddress
from providers.tron.wallet_node import WalletNode
from tests.loopback import LOOPBACK
from tests.sandbox_process import TIMEOUT_SECONDS, SandboxProcess

__all__ = ["PAYER", "ChainProcess", "Wallet", "signed_transfer", "well_known"]


class ChainProcess(SandboxProcess):
    """`begin`: a new chain that makes no block by itself; solid is two blocks behind the head."""

    def __init__(self, data_dir: Path, port: int = 0) -> None:
        super().__init__(data_dir, port)

    def begin(self) -> None:
        self.control("reset")
        self.settings(delay_seconds=0, slow_seconds=1)
        self.chain("reset")
        self.chain("faults/clear")
        self.chain("settings", block_seconds="0", lag_blocks=2)

    def chain(self, name: str, **values: Any) -> None:
        answer = self._http.post(f"{self.url}/control/chain/{name}", json=values, timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 200, answer.text

    def produce(self, blocks: int = 1) -> None:
        self.chain("produce", blocks=blocks)

    def solidify(self) -> None:
        """What is in the pool is in a solid block afterwards."""
        self.produce(4)

    def fund(self, address: str, **has: Any) -> None:
        """`usdt`, `trx`: decimal text; `energy`: units; `active`, `blacklisted`."""
        self.chain("account", address=address, **has)

    def fault(self, name: str, count: int = 1, **more: Any) -> None:
        self.chain("faults", fault=name, count=count, **more)

    def node(self) -> WalletNode:
        transport = Transport(connect_seconds=5, total_seconds=10, policy=LOOPBACK)
        return WalletNode(NodeAddress(name="sandbox", url=self.url), transport, contract=USDT[2:])


def signed_transfer(
    node: WalletNode, wallet: Wallet, to: str, amount_micro: int, *, life_seconds: int = 60
) -> Signed:
    head = node.head()
    reference_bytes, reference_hash = encoding.reference(head.id)
    newest_ms = round(node.newest().at.timestamp() * 1000)
    raw = encoding.encode(
        RawData(
            ref_block_bytes=reference_bytes,
            ref_block_hash=reference_hash,
            expiration=newest_ms + 1000 * life_seconds,
            timestamp=newest_ms,
            fee_limit=20_000_000,
            contract=encoding.trigger(
                wallet.raw,
                bytes.fromhex(USDT),
                encoding.transfer_call(addresses.to_bytes(to), amount_micro),
            ),
        )
    )
    return Signed(raw, (keys.sign(encoding.txid(raw), wallet.key),))
