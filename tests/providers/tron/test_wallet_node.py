"""What a signer asks of a node, over loopback against the sandbox's chain."""

from collections.abc import Iterator

import pytest

from providers.errors import ProviderUnavailable
from providers.sandbox.tron.wallets import USDT
from providers.tron import addresses, encoding
from providers.tron.answers import NodeFault
from providers.tron.broadcasts import Verdict
from providers.tron.encoding import Signed
from providers.tron.wallet_node import CallFailed, WalletNode
from tests.chain_process import ChainProcess, signed_transfer, well_known

WALLET = well_known("deposit wallet of the node test")
TARGET = well_known("cold wallet of the node test").address


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChainProcess]:
    process = ChainProcess(tmp_path_factory.mktemp("chain"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def chain(process: ChainProcess) -> ChainProcess:
    process.begin()
    process.fund(WALLET.address, usdt="25", energy=131_000)
    process.produce()
    return process


@pytest.fixture
def node(chain: ChainProcess) -> WalletNode:
    return chain.node()


def test_an_address_that_was_never_used_is_not_active(node: WalletNode) -> None:
    assert not node.means(TARGET).is_active


def test_the_means_of_a_wallet(node: WalletNode) -> None:
    means = node.means(WALLET.address)
    assert (means.is_active, means.trx_sun, means.energy, means.bandwidth) == (True, 0, 131_000, 600)
    assert node.usdt_balance(WALLET.address) == 25_000_000


def test_used_energy_is_not_counted(chain: ChainProcess, node: WalletNode) -> None:
    signed = signed_transfer(node, WALLET, TARGET, 1_000_000)
    assert node.broadcast(signed).verdict is Verdict.POOLED
    chain.produce()
    assert node.means(WALLET.address).energy < 1_000


def test_what_a_transfer_would_cost(chain: ChainProcess, node: WalletNode) -> None:
    assert node.transfer_energy(WALLET.address, TARGET, 1) == 130_285
    chain.fund(TARGET, usdt="0.000001")
    assert node.transfer_energy(WALLET.address, TARGET, 1) == 64_285
    assert node.energy_price_sun() == 100


def test_a_call_that_reverts_has_failed(node: WalletNode) -> None:
    with pytest.raises(CallFailed):
        node.transfer_energy(WALLET.address, TARGET, 25_000_001)


def test_a_frozen_wallet_and_a_halted_contract(chain: ChainProcess, node: WalletNode) -> None:
    assert not node.is_blacklisted(WALLET.address)
    assert not node.is_halted(WALLET.address)
    chain.fund(WALLET.address, blacklisted=True)
    chain.chain("token", deprecated=1)
    assert node.is_blacklisted(WALLET.address)
    assert node.is_halted(WALLET.address)


def test_a_contract_is_no_wallet(node: WalletNode) -> None:
    assert node.is_contract(addresses.from_hex(USDT))
    assert not node.is_contract(WALLET.address)


def test_a_transfer_from_the_pool_to_a_solid_block(chain: ChainProcess, node: WalletNode) -> None:
    signed = signed_transfer(node, WALLET, TARGET, 24_000_000)
    txid = encoding.txid(signed.raw).hex()
    assert node.execution(txid, solid=False) is None
    assert node.broadcast(signed).verdict is Verdict.POOLED
    assert node.broadcast(signed).verdict is Verdict.KNOWN
    chain.produce()
    found = node.execution(txid, solid=False)
    assert found is not None
    assert (found.result, found.fee_sun, found.number) == ("SUCCESS", 0, node.newest().number)
    (transfer,) = found.transfers
    assert (transfer.receiver, transfer.amount) == (addresses.to_hex(TARGET), 24_000_000)
    assert node.execution(txid, solid=True) is None
    chain.solidify()
    assert node.execution(txid, solid=True) == found


def test_a_transfer_without_energy_fails_on_chain(chain: ChainProcess, node: WalletNode) -> None:
    chain.fund(WALLET.address, energy=0, trx="5")
    poor = well_known("wallet without energy")
    chain.fund(poor.address, usdt="5", active=True)
    signed = signed_transfer(node, poor, TARGET, 1)
    assert node.broadcast(signed).verdict is Verdict.POOLED
    chain.produce()
    found = node.execution(encoding.txid(signed.raw).hex(), solid=False)
    assert found is not None
    assert (found.result, found.transfers) == ("OUT_OF_ENERGY", ())


def test_refusals_of_a_broadcast(chain: ChainProcess, node: WalletNode) -> None:
    signed = signed_transfer(node, WALLET, TARGET, 1)
    other = signed_transfer(node, well_known("somebody else"), TARGET, 2)
    assert node.broadcast(Signed(signed.raw, other.signatures)).verdict is Verdict.REFUSED
    late = signed_transfer(node, WALLET, TARGET, 3, life_seconds=3)
    chain.produce(3)
    assert node.broadcast(late).verdict is Verdict.OUTDATED
    chain.fault("busy")
    assert node.broadcast(signed).verdict is Verdict.LATER


@pytest.mark.parametrize("fault", ["cut", "cut_after", "error_500", "error_200", "bare_text", "status_503"])
def test_an_answer_that_did_not_come_is_unknown(chain: ChainProcess, node: WalletNode, fault: str) -> None:
    signed = signed_transfer(node, WALLET, TARGET, 1)
    chain.fault(fault)
    assert node.broadcast(signed).verdict is Verdict.UNKNOWN


def test_a_node_that_is_not_there_got_nothing(chain: ChainProcess, node: WalletNode) -> None:
    signed = signed_transfer(node, WALLET, TARGET, 1)
    chain.stop()
    try:
        assert node.broadcast(signed).verdict is Verdict.LATER
        with pytest.raises(ProviderUnavailable):
            node.means(WALLET.address)
    finally:
        chain.start()


def test_nonsense_is_a_fault_of_the_node(chain: ChainProcess, node: WalletNode) -> None:
    chain.fault("wrong_json")
    with pytest.raises(NodeFault):
        node.means(WALLET.address)
