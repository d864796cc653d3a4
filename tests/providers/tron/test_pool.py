"""Nodes over real loopback: what each failure means, fail-over, rest and the shared gate."""

import json
from collections.abc import Iterator

import pytest

from providers.errors import ProviderUnavailable
from providers.tron.answers import NodeFault, NodeLimited
from providers.tron.blocks import BlockIncomplete
from providers.tron.node import NodeAddress
from providers.tron.pool import NodePool, NoNode, rest_seconds
from tests.chain import (
    CONTRACT,
    CUT,
    EMPTY,
    LIMITED,
    NO_INFOS,
    UNSOLID,
    Chain,
    ChainServer,
    Fault,
    address_of,
    paid,
    serve,
)
from tests.loopback import LOOPBACK
from tests.providers.tron.payloads import BODIES

WATCHED = address_of("watched")


class Gate:
    def __init__(self) -> None:
        self.heard: list[tuple[str, str, float]] = []
        self.waits: list[float] = []
        self.asked: list[int] = []

    def wait_seconds(self, node: str, requests: int) -> float:
        self.asked.append(requests)
        return self.waits.pop(0) if self.waits else 0.0

    def told(self, node: str, *, error: str, rest_seconds: float) -> None:
        self.heard.append((node, error, rest_seconds))


@pytest.fixture
def chain() -> Chain:
    chain = Chain()
    chain.add(paid(1, WATCHED, 5))
    return chain


@pytest.fixture
def node(chain: Chain) -> Iterator[ChainServer]:
    with serve(chain) as server:
        yield server


@pytest.fixture
def second(chain: Chain) -> Iterator[ChainServer]:
    with serve(chain) as server:
        yield server


@pytest.fixture
def gate() -> Gate:
    return Gate()


def pool_of(*servers: ChainServer, gate: Gate | None = None, api_key: str = "") -> NodePool:
    addresses = [
        NodeAddress(name=f"node {number}", url=f"{server.url}/token/", api_key=api_key)
        for number, server in enumerate(servers, 1)
    ]
    return NodePool(
        addresses, contract=CONTRACT, connect_seconds=2, total_seconds=5, policy=LOOPBACK, gate=gate
    )


def test_a_block_takes_two_requests_at_the_solidified_state(node: ChainServer) -> None:
    block = pool_of(node, api_key="secret-key").block(1001)
    assert [each.amount for each in block.transfers] == [5]
    assert node.names() == ["getblockbynum", "gettransactioninfobyblocknum"]
    assert {headers["TRON-PRO-API-KEY"] for headers in node.headers_seen} == {"secret-key"}


def test_the_newest_block_is_told_apart_from_what_is_solid(
    node: ChainServer, second: ChainServer, gate: Gate
) -> None:
    pool = pool_of(node, second, gate=gate)
    newest = pool.newest()
    assert newest is not None
    assert newest.number == pool.head().number + UNSOLID
    assert node.names() == ["wallet/getblock", "getblock"]
    node.script = lambda name, body: Fault(404, b"no such path") if name == "wallet/getblock" else None
    assert pool.newest() is None
    assert pool.head().number == node.chain.head, "a node that does not tell of it is asked on"
    assert second.calls == []
    node.script = lambda name, body: LIMITED
    assert pool.newest() is None
    assert pool.newest() is not None, "the other one is asked while this one rests"
    assert second.names() == ["wallet/getblock"]


def test_the_head_and_a_transaction(node: ChainServer, chain: Chain) -> None:
    pool = pool_of(node)
    assert pool.head().number == 1001
    assert pool.head_at(1000).at == chain.time_of(1000)
    txid = chain.infos[1001][0]["id"]
    found = pool.transaction(txid)
    assert found is not None
    assert (found.number, found.succeeded, [each.log_index for each in found.transfers]) == (1001, True, [0])
    assert pool.transaction("f" * 64) is None
    assert "TRON-PRO-API-KEY" not in node.headers_seen[0]


@pytest.mark.parametrize("fault", [EMPTY, NO_INFOS])
def test_a_node_that_is_behind_is_passed_over_and_not_punished(
    node: ChainServer, second: ChainServer, gate: Gate, fault: Fault
) -> None:
    node.script = lambda name, body: fault
    pool = pool_of(node, second, gate=gate)
    assert pool.block(1001).head.number == 1001
    assert [rest for _, _, rest in gate.heard] == [0, 0]
    second.script = node.script
    with pytest.raises(BlockIncomplete):
        pool.block(1001)


FAULTS = [
    CUT,
    Fault(500, b"<html>"),
    Fault(404, json.dumps(BODIES["api_disabled_http404"]).encode()),
    Fault(200, BODIES["lite_fullnode_http200_not_json"].encode()),
    Fault(200, b'{"Error":"class java.lang.Exception : no"}'),
    Fault(200, b""),
    Fault(200, b"[NaN]"),
    Fault(200, b"1.5"),
    Fault(200, b"[" * 100_000),
    Fault(200, b"9" * 5000),
    Fault(302, b""),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_rests_the_node_and_the_next_one_answers(
    node: ChainServer, second: ChainServer, gate: Gate, fault: Fault
) -> None:
    node.script = lambda name, body: fault
    pool = pool_of(node, second, gate=gate)
    assert pool.block(1001).head.number == 1001
    assert [(name, rest) for name, _, rest in gate.heard] == [("node 1", 1.0), ("node 2", 0)]
    asked = len(node.calls)
    pool.block(1001)
    assert len(node.calls) == asked, "it rests"


LIMITS = [
    (LIMITED, 1),
    (Fault(200, json.dumps(BODIES["node_rate_limited_http200"]).encode()), 30),
    (Fault(403, json.dumps(BODIES["trongrid_rate_limited_http403"]).encode()), 30),
    (Fault(429, json.dumps(BODIES["trongrid_rate_limited_keyless"]).encode()), 5),
    (Fault(503, b"busy"), 30),
]


@pytest.mark.parametrize(("fault", "seconds"), LIMITS)
def test_trap_19_a_limit_stops_everything_for_as_long_as_it_names(
    node: ChainServer, gate: Gate, fault: Fault, seconds: int
) -> None:
    node.script = lambda name, body: fault
    pool = pool_of(node, gate=gate)
    for _ in range(3):
        with pytest.raises(NoNode) as caught:
            pool.block(1001)
        assert caught.value.seconds == pytest.approx(seconds, abs=1)
    assert len(node.calls) == 1
    assert gate.heard == [("node 1", gate.heard[0][1], seconds)]


def test_the_gate_counts_each_request_and_may_hold_them_back(
    node: ChainServer, second: ChainServer, gate: Gate
) -> None:
    gate.waits = [0.01, 0, 99, 0]
    pool = pool_of(node, second, gate=gate)
    pool.block(1001)
    pool.head()
    assert gate.asked == [2, 2, 1, 1]
    assert (len(node.calls), second.names()) == (2, ["getblock"])


def test_a_node_on_another_chain_is_passed_over(node: ChainServer, second: ChainServer) -> None:
    verdicts = iter([False, True])
    pool = pool_of(node, second)
    pool.block(1001, fits=lambda block: next(verdicts))
    assert (len(node.calls), len(second.calls)) == (2, 2)


def test_rests_grow() -> None:
    limit, fault = NodeLimited("", seconds=30), NodeFault("")
    assert [rest_seconds(fault, number) for number in (1, 2, 3, 7, 50)] == [1, 2, 4, 60, 60]
    assert rest_seconds(limit, 1) == 30
    assert 60 <= rest_seconds(limit, 2) <= 72
    assert rest_seconds(limit, 9) == 300


def test_every_failure_is_one_of_a_reading_call(node: ChainServer) -> None:
    node.script = lambda name, body: CUT
    with pytest.raises(ProviderUnavailable):
        pool_of(node).transaction("f" * 64)
    with pytest.raises(NoNode):
        NodePool([], contract=CONTRACT, connect_seconds=1, total_seconds=1, policy=LOOPBACK).head()


def test_no_name_or_error_tells_url_or_key(node: ChainServer, gate: Gate) -> None:
    node.script = lambda name, body: CUT
    with pytest.raises(NoNode) as caught:
        pool_of(node, gate=gate, api_key="secret-key").head()
    assert (
        "secret-key" not in f"{caught.value} {gate.heard} {NodeAddress(name='n', url='u/token', api_key='k')}"
    )
    assert "token" not in f"{caught.value} {gate.heard}"
