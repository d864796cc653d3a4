"""Signed bytes on their way into a block: lost answers, refusals, expiry, forks, failures on chain (section 8)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from orders import sweeps
from orders.models import AccountKind, Asset, Payment, Sweep, SweepTransaction
from orders.services import sweep_following, sweep_signing, sweeping
from orders.services.ledger import house, sum_of_transfers
from orders.sweeps import SweepStatus, TransactionStatus
from providers.http import Transport
from providers.sandbox.tron.faults import Fault
from providers.tron import addresses, encoding, keys
from tests.chain_process import well_known
from tests.orders.services.sweeps.world import COLD, DEPOSIT, World, the_sweep

S, T = SweepStatus, TransactionStatus
SEND = "broadcasthex"


def sent() -> list[SweepTransaction]:
    return list(SweepTransaction.objects.order_by("id"))


def test_only_an_id_computed_here_is_signed(world: World) -> None:
    """A node that would name another id is not even asked for one."""
    wallet = world.wallet()
    world.chain.fault(Fault.WRONG_TXID, count=1)
    world.deposit(wallet)
    world.run(the_sweep(wallet), S.DONE)
    (only,) = sent()
    raw = bytes.fromhex(only.raw_hex)
    assert encoding.txid(raw).hex() == only.txid
    assert keys.recover(encoding.txid(raw), bytes.fromhex(only.signature_hex)) == addresses.to_bytes(
        wallet.address
    )
    transfer = encoding.decode(raw).contract.value
    assert transfer["data"] == encoding.transfer_call(addresses.to_bytes(COLD), 99_999_999)


@pytest.mark.parametrize(
    "fault", [Fault.CUT_AFTER, Fault.CUT, Fault.OTHER_ERROR, Fault.BUSY, Fault.LOST, Fault.ERROR_500]
)
def test_a_broadcast_without_a_good_answer_is_followed_with_the_same_bytes(
    world: World, fault: Fault
) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.SIGNED)
    world.chain.fault(fault, count=1, path=SEND)
    world.run(sweep, S.DONE)
    (only,) = sent()
    assert only.status == T.CONFIRMED
    assert world.usdt(COLD) == 99_999_999
    world.check()


def test_bytes_that_no_block_took_are_replaced_once_they_can_enter_none(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.SIGNED)
    world.chain.fault(Fault.LOST, count=100)
    expires_at = sent()[0].expires_at
    while len(sent()) == 1:
        before = world.node.head().at
        sweep = world.step(sweep)
        assert len(sent()) == 1 or before > expires_at
    world.chain.chain("faults/clear")
    world.run(sweep, S.DONE)
    assert [(each.status, each.amount_micro) for each in sent()] == [
        (T.EXPIRED, 99_999_999),
        (T.CONFIRMED, 99_999_999),
    ]
    assert sent()[0].broadcasts > 1
    assert world.posted("sweep") == 99_999_999
    world.check()


def test_a_node_that_lags_does_not_make_us_sign_again(world: World) -> None:
    """The id is unknown once, to a node that is behind; the second look finds it."""
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.BROADCAST)
    world.chain.produce(40)
    world.offset += sweep_following.REBROADCAST * 20
    world.chain.fault(Fault.BEHIND, count=2, value=60, path="gettransactioninfobyid")
    sweep = world.look(sweep)
    assert sweep.reason == "expired; asked once more"
    world.wait(3)
    world.run(sweep, S.DONE)
    assert len(sent()) == 1


def test_a_refusal_calls_a_person_and_new_bytes_wait_for_the_end_of_the_old(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.SIGNED)
    thief = keys.sign(bytes.fromhex(sent()[0].txid), well_known("thief").key)
    SweepTransaction.objects.update(signature_hex=thief.hex())
    sweep = world.look(sweep)
    assert sweep.status == S.ATTENTION
    assert "SIGERROR" in sweep.reason
    assert not sent()[0].in_doubt
    world.wait(120)
    for _ in range(6):
        sweep = world.step(sweep)
    assert sent()[0].status == T.EXPIRED
    sweeping.retry(sweep, reason="repaired", user=world.people[0], now=world.clock())
    world.run(world.reread(sweep), S.DONE)
    world.check()


def test_a_refusal_after_a_lost_answer_is_not_believed(world: World) -> None:
    """The first node may have passed them on; what the next one says proves nothing about that."""
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.SIGNED)
    world.chain.fault(Fault.CUT_AFTER, count=1, path=SEND)
    world.chain.fault(Fault.LOST, count=1)
    sweep = world.look(sweep)
    assert sent()[0].in_doubt
    world.wait(10)
    original = sent()[0].signature_hex
    SweepTransaction.objects.update(signature_hex="00" * 65)
    sweep = world.look(sweep)
    assert sweep.status == S.SIGNED
    assert "SIGERROR" in sweep.reason
    SweepTransaction.objects.update(signature_hex=original)
    world.run(sweep, S.DONE)


@pytest.mark.parametrize("drop", [False, True])
def test_a_fork_takes_the_transfer_back_and_it_comes_again(world: World, drop: bool) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.BROADCAST)
    sweep = world.look(sweep)
    assert sweep.status == S.IN_BLOCK
    world.chain.chain("reorganise", depth=1, drop=drop)
    sweep = world.look(sweep)
    assert sweep.status in (S.BROADCAST, S.IN_BLOCK)
    world.run(sweep, S.DONE)
    assert len(sent()) == 1
    world.check()


def test_out_of_energy_starts_again_and_its_fee_is_booked(world: World) -> None:
    """The lease ends between the broadcast and the block, and the little TRX of the wallet is burnt."""
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.SIGNED)
    world.chain.fund(wallet.address, trx="0.5")
    sweep = world.look(sweep)
    assert sweep.status == S.BROADCAST
    world.wait(3700)
    world.chain.solidify()
    sweep = world.look(sweep)
    assert sweep.status == S.DETECTED
    assert (sent()[0].status, sent()[0].result) == (T.FAILED, "OUT_OF_ENERGY")
    assert world.posted("sweep_fee") == sweep.fee_sun == 500_000
    world.run(sweep, S.DONE)
    assert world.usdt(COLD) == 99_999_999
    world.check()


def test_bandwidth_that_is_used_up_is_bought(world: World) -> None:
    """A fresh address has 600 free a day: enough for one transfer and not for two."""
    wallet = world.wallet()
    for number in (1, 2):
        world.deposit(wallet, "50")
        sweep = world.run(the_sweep(wallet), S.DONE)
        assert world.usdt(COLD) == 50_000_000 * number - 1
    assert sweep.order is not None
    assert (
        sum_of_transfers(house(AccountKind.WALLETS, Asset.USDT)) == -1
    )  # debits minus credits: what is left behind
    world.check()


def test_a_deposit_during_a_sweep_gets_one_of_its_own(world: World) -> None:
    wallet = world.wallet()
    first = world.deposit(wallet, "50")
    sweep = world.run(the_sweep(wallet), S.SIGNED)
    second = world.deposit(wallet, "30")
    assert Sweep.objects.count() == 1
    world.run(sweep, S.DONE)
    world.run(the_sweep(wallet), S.DONE)
    swept = {payment.order_id: payment.sweep_id for payment in Payment.objects.all()}
    assert swept[first.pk] == sweep.pk != swept[second.pk]
    assert world.usdt(COLD) == 79_999_999
    assert world.posted("sweep") == 79_999_999
    world.check()


def test_money_that_is_swept_before_its_payment_is_read_is_explained_later(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet, "50")
    sweep = the_sweep(wallet)
    world.chain.fund(wallet.address, usdt="80")  # on the chain, not yet in a solid block
    sweep = world.run(sweep, S.DONE)
    assert (world.posted("sweep"), world.posted("sweep_excess")) == (50_000_000, 29_999_999)
    assert any("stand in suspense" in event.text for event in sweep.events.all())
    world.deposit(wallet, "30", on_chain=False)
    follower = world.run(the_sweep(wallet), S.CANCELLED)
    assert "has moved this deposit too" in follower.reason
    assert world.posted("sweep_explained") == 29_999_999
    assert Payment.objects.filter(sweep=sweep).count() == 2
    world.check()


class Killed(BaseException):
    """As SIGKILL: nothing catches it, and the open transaction is rolled back."""


@contextmanager
def death_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Before the n-th statement that writes, or exchange over HTTP."""
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == step:
            raise Killed

    def watch_sql(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            count()
        return execute(sql, params, many, context)

    exchange = Transport.call

    def watch_http(*args, **kwargs):  # type: ignore[no-untyped-def]
        count()
        answer = exchange(*args, **kwargs)
        if SEND in args[2]:
            count()  # sent, and dead before the answer was read
        return answer

    with monkeypatch.context() as patch, connection.execute_wrapper(watch_sql):
        patch.setattr(Transport, "call", watch_http)
        yield


def test_a_signer_that_dies_at_every_instruction_sweeps_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step of the way is begun again and again, and dies one instruction later each time."""
    wallet = world.wallet()
    world.deposit(wallet, "100")
    sweep, deaths = the_sweep(wallet), 0
    for _ in range(40):
        if sweep.status == S.DONE:
            break
        for fatal in range(1, 60):
            try:
                with death_at(fatal, monkeypatch):
                    world.look(sweep)
                break
            except Killed:
                deaths += 1
        sweep = world.step(world.reread(sweep))
    assert sweep.status == S.DONE
    assert deaths > 50
    assert world.usdt(COLD) == 99_999_999
    assert world.posted("sweep") == 99_999_999
    assert [each.status for each in sent()].count(T.CONFIRMED) == 1
    world.check()


def test_of_two_signers_one_signs(world: World) -> None:
    """Both have looked, both have signed: the second stores nothing and so sends nothing."""
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.DELIVERED)
    first, second = world.reread(sweep), world.reread(sweep)
    for each in (first, second):
        sweep_signing.prepare(each, world.node, world.signer, now=world.clock())
    assert len(sent()) == 1
    assert sweeping.due(now=world.clock()) == [sweep.pk]
    world.run(world.reread(sweep), S.DONE)


def test_a_sweep_that_another_signer_holds_is_left_alone(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = the_sweep(wallet)
    Sweep.objects.update(next_action_at=world.clock())
    assert sweeping.advance(sweep.pk, world.node, world.signer, clock=world.clock)
    Sweep.objects.update(next_action_at=world.clock() + sweep_following.REBROADCAST)
    assert not sweeping.advance(sweep.pk, world.node, world.signer, clock=world.clock)


def test_a_node_that_is_away_loses_nothing(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.BROADCAST)
    world.chain.fault(Fault.ERROR_500, count=5)
    for _ in range(3):
        sweep = world.look(sweep)
    world.run(sweep, S.DONE)


def test_the_wallet_of_the_tests_is_the_one_whose_key_is_known() -> None:
    assert addresses.from_bytes(keys.address_of(DEPOSIT.key)) == DEPOSIT.address


def test_a_transfer_has_the_bandwidth_that_is_reckoned_with(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    world.run(the_sweep(wallet), S.SIGNED)
    (only,) = sent()
    signed = encoding.Signed(bytes.fromhex(only.raw_hex), (bytes.fromhex(only.signature_hex),))
    assert len(encoding.encode_signed(signed)) + 64 == sweeps.TRANSFER_BANDWIDTH
