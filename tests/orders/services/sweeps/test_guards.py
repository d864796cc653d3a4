"""What keeps a sweep from going on, and what sends it on again (specs/tron.md sections 7, 8 and 8.1)."""

from datetime import timedelta

import pytest

from orders.models import AccountKind, ColdWallet, Custody, Sweep, SweepPolicy, SweepTransaction, TransferCode
from orders.services import approvals, cold_wallets, detecting, ledger, sweep_rules, sweeping
from orders.services.approved_acts import NotDecidable
from orders.services.signer import Signer
from orders.services.sweeping import NotDecidableNow
from orders.sweeps import Payer, SweepStatus, TransactionStatus
from providers.tron import wallet_keys
from tests.chain_process import well_known
from tests.orders.services.sweeps.conftest import KEY
from tests.orders.services.sweeps.world import COLD, DEPOSIT, World, the_sweep

S = SweepStatus


def set_rules(world: World, **fields: object) -> None:
    policy = SweepPolicy.objects.get(merchant=None)
    for name, value in fields.items():
        setattr(policy, name, value)
    sweep_rules.save(policy, user=world.people[0], now=world.clock())


def waits(world: World, sweep: Sweep) -> str:
    sweep = world.step(world.step(sweep))
    assert sweep.status == S.DETECTED
    assert sweep.order is None
    return sweep.reason


def test_a_pause_stops_and_its_end_lets_go(world: World) -> None:
    wallet = world.wallet()
    sweep_rules.set_pause(None, paused=True, user=world.people[0], now=world.clock())
    sweep_rules.set_pause(world.merchant, paused=True, user=world.people[0], now=world.clock())
    world.deposit(wallet)
    assert waits(world, the_sweep(wallet)) == "paused for all merchants, for this merchant"
    sweep_rules.set_pause(None, paused=False, user=world.people[0], now=world.clock())
    assert waits(world, the_sweep(wallet)) == "paused for this merchant"
    sweep_rules.set_pause(world.merchant, paused=False, user=world.people[0], now=world.clock())
    world.run(the_sweep(wallet), S.DONE)


def test_a_pause_after_signing_holds_back_what_nobody_was_sent(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.SIGNED)
    sweep_rules.set_pause(None, paused=True, user=world.people[0], now=world.clock())
    for _ in range(3):
        sweep = world.step(sweep)
    assert sweep.status == S.SIGNED
    assert sweep.transactions.get().broadcasts == 0
    sweep_rules.set_pause(None, paused=False, user=world.people[0], now=world.clock())
    world.run(sweep, S.DONE)


def test_a_small_balance_waits_for_the_next_deposit(world: World) -> None:
    wallet = world.wallet()
    set_rules(world, minimum_micro=20_000_000)
    world.deposit(wallet, "15")
    assert waits(world, the_sweep(wallet)) == "the balance is below the minimum"
    world.deposit(wallet, "10")
    sweep = world.run(the_sweep(wallet), S.DONE)
    assert (sweep.amount_micro, sweep.payments.count()) == (24_999_999, 2)
    world.check()


def test_dear_energy_is_not_bought(world: World) -> None:
    wallet = world.wallet()
    set_rules(world, most_price_sun=5_000_000)
    world.deposit(wallet)
    assert "more than is allowed" in waits(world, the_sweep(wallet))


def test_a_merchant_without_money_for_energy_waits(world: World) -> None:
    wallet = world.wallet()
    available = ledger.merchant_account(world.merchant, AccountKind.AVAILABLE)
    row = ledger.Posting(
        code=TransferCode.CAPTURE,
        debit=available,
        credit=ledger.house(AccountKind.REVENUE),
        amount=999_000_000,
    )
    ledger.post([row], now=world.clock())
    world.deposit(wallet)
    assert "Insufficient funds" in waits(world, the_sweep(wallet))


def test_the_house_may_pay_for_energy(world: World) -> None:
    wallet = world.wallet()
    set_rules(world, payer=Payer.HOUSE)
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.DONE)
    assert sweep.order is not None
    assert sweep.order.price_sun == 0
    assert ledger.available_sun(world.merchant) == 1_000_000_000
    assert world.posted("provider_cost") > 0
    world.check()


def test_nothing_moves_without_an_approved_cold_wallet(world: World) -> None:
    wallet = world.wallet()
    ColdWallet.objects.update(retired_at=world.clock())
    world.deposit(wallet)
    assert waits(world, the_sweep(wallet)) == "the merchant has no approved cold wallet"
    other = well_known("other cold wallet").address
    world.approve_cold_wallet(other)
    sweep = world.run(the_sweep(wallet), S.DONE)
    assert sweep.transactions.get().to_address == other
    assert world.usdt(COLD) == 0


def test_bytes_for_a_target_that_was_just_replaced_are_not_even_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.DELIVERED)
    other = well_known("other cold wallet").address
    sign = Signer.sign

    def replaced_meanwhile(signer: Signer, *arguments: object) -> bytes:
        world.approve_cold_wallet(other)
        return sign(signer, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Signer, "sign", replaced_meanwhile)
        sweep = world.look(sweep)
    assert sweep.status == S.DELIVERED
    assert not SweepTransaction.objects.exists()
    world.run(sweep, S.DONE)
    assert world.usdt(other) == 99_999_999


@pytest.mark.parametrize("who", ["deposit wallet", "the same again", "the USDT contract", "no address"])
def test_what_may_not_become_a_cold_wallet(world: World, who: str) -> None:
    world.wallet()
    address = {
        "deposit wallet": DEPOSIT.address,
        "the same again": COLD,
        "the USDT contract": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "no address": "T" * 34,
    }[who]
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do
        world.approve_cold_wallet(address)


def test_nobody_approves_his_own_cold_wallet(world: World) -> None:
    asks, _ = world.people
    approval = approvals.propose_cold_wallet(
        world.merchant,
        address=well_known("mine").address,
        label="",
        reason="",
        user=asks,
        now=world.clock(),
    )
    with pytest.raises(NotDecidable):
        approvals.grant(approval, user=asks, note="", now=world.clock())
    target = cold_wallets.target(world.merchant)
    assert target is not None
    assert target.address == COLD


def test_a_frozen_wallet_buys_nothing_and_calls_a_person(world: World) -> None:
    wallet = world.wallet()
    world.chain.fund(wallet.address, blacklisted=True)
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.ATTENTION)
    assert "frozen" in sweep.reason
    assert sweep.order is None
    world.chain.fund(wallet.address, blacklisted=False)
    sweeping.retry(sweep, reason="thawed", user=world.people[0], now=world.clock())
    world.run(world.reread(sweep), S.DONE)


@pytest.mark.parametrize("word", ["paused", "deprecated"])
def test_a_halted_contract_is_waited_for(world: World, word: str) -> None:
    wallet = world.wallet()
    world.chain.chain("token", **{word: 1})
    world.deposit(wallet)
    assert waits(world, the_sweep(wallet)) == "the USDT contract is paused or deprecated"


def test_a_cold_wallet_that_is_a_contract_gets_nothing(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.DELIVERED)

    class Contract(type(world.node)):  # type: ignore[misc]
        def is_contract(self, address: str) -> bool:
            return True

    world.node.__class__ = Contract
    sweep = world.look(sweep)
    assert (sweep.status, sweep.reason) == (S.ATTENTION, "the cold wallet is a contract")


def test_energy_that_does_not_arrive_stops_the_sweep(world: World) -> None:
    wallet = world.wallet()
    world.chain.fault("energy_short", value=40)
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.ORDERED)
    for _ in range(8):
        sweep = world.step(sweep)
    assert (sweep.status, sweep.reason) == (S.ORDERED, "the wallet lacks energy")
    world.wait(301)
    sweep = world.step(sweep)
    assert sweep.status == S.ATTENTION
    assert "has succeeded, yet the wallet lacks energy" in sweep.reason
    assert not SweepTransaction.objects.exists()


def test_energy_that_only_shows_is_not_trusted(world: World) -> None:
    """An account shows a delegation before a block has it."""
    wallet = world.wallet()
    world.chain.fault("energy_early", value=6)
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.ORDERED)
    reasons = set()
    while sweep.status == S.ORDERED:
        reasons.add(sweep.reason)
        sweep = world.step(sweep)
    assert sweep.status == S.DELIVERED
    assert reasons & {"the delegation is in no block yet", "the wallet lacks energy"}
    world.run(sweep, S.DONE)


def test_energy_that_is_gone_again_is_bought_again_and_not_for_ever(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = the_sweep(wallet)
    for _ in range(3):
        sweep = world.run(sweep, S.DELIVERED)
        world.wait(3700)  # the lease of an hour is over
        sweep = world.step(sweep)
    sweep = world.run(sweep, S.ATTENTION)
    assert sweep.reason == "energy was bought 3 times and the transfer could not be made"
    sweeping.retry(sweep, reason="once more", user=world.people[0], now=world.clock())
    world.run(world.reread(sweep), S.DONE)
    world.check()


@pytest.mark.parametrize("case", ["another ring", "no key", "another wallet's"])
def test_a_wallet_whose_key_we_cannot_use_calls_a_person(world: World, case: str) -> None:
    wallet = world.wallet()
    if case == "another ring":
        world.signer = Signer([wallet_keys.generate()])
    elif case == "no key":
        type(wallet).objects.update(sealed_key="")
    else:
        sealed = wallet_keys.seal(well_known("thief").key, wallet_keys.public_of(KEY), owner=wallet.address)
        type(wallet).objects.update(sealed_key=sealed)
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.ATTENTION)
    assert sweep.reason.startswith("it cannot be signed")
    assert not SweepTransaction.objects.exists()


def test_wallets_of_an_upstream_are_never_swept(world: World) -> None:
    wallet = world.wallet(Custody.UPSTREAM)
    detecting.deposit_paid(wallet.address, now=world.clock())
    assert detecting.open_missing(now=world.clock()) == 0
    assert not Sweep.objects.exists()


def test_what_may_still_be_executed_is_not_decided_by_a_person(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = world.run(the_sweep(wallet), S.SIGNED)
    for decide in (sweeping.retry, sweeping.cancel):
        with pytest.raises(NotDecidableNow):
            decide(sweep, reason="", user=world.people[0], now=world.clock())
    Sweep.objects.update(status=S.ATTENTION)
    with pytest.raises(NotDecidableNow, match="may still be executed"):
        sweeping.retry(sweep, reason="", user=world.people[0], now=world.clock())
    sweep.refresh_from_db()
    world.wait(120)
    for _ in range(6):
        sweep = world.step(sweep)
    assert sweep.transactions.get().status == TransactionStatus.EXPIRED
    sweeping.cancel(sweep, reason="sample", user=world.people[0], now=world.clock())
    assert world.reread(sweep).status == S.CANCELLED


def test_the_net_finds_a_deposit_that_no_sweep_has_taken_up(world: World) -> None:
    wallet = world.wallet()
    world.deposit(wallet)
    Sweep.objects.all()[0].events.all().delete()
    Sweep.objects.all().delete()
    assert detecting.open_missing(now=world.clock()) == 1
    assert detecting.open_missing(now=world.clock()) == 0
    world.run(the_sweep(wallet), S.DONE)
    assert detecting.open_missing(now=world.clock() + timedelta(days=1)) == 0
