"""What a sweep is decided by: the wallet on the chain, the rules and the target."""

from dataclasses import dataclass
from datetime import datetime

from orders import sweeps
from orders.models import ColdWallet, Sweep
from orders.services import cold_wallets, sweep_moves
from orders.services.chain_facts import Facts
from orders.services.sweep_rules import rules_for
from orders.sweeps import RETAINED_MICRO, Rules, Wallet
from providers.tron.wallet_node import CallFailed, WalletNode

PAUSED_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    wallet: Wallet
    rules: Rules
    target: ColdWallet
    target_holds_usdt: bool

    @property
    def facts(self) -> Facts:
        """For the price of the order that buys what is missing."""
        return Facts(self.wallet.is_active, self.wallet.has_bandwidth, self.target_holds_usdt)


def look(sweep: Sweep, node: WalletNode, *, now: datetime) -> Look | None:
    """None when it waits for staff: then no node need be asked. Raises ProviderUnavailable."""
    rules, target = rules_for(sweep.merchant), cold_wallets.target(sweep.merchant)
    if rules.paused or target is None:
        reason = f"paused {rules.paused}" if rules.paused else "the merchant has no approved cold wallet"
        sweep_moves.wait(sweep, reason, now=now, seconds=PAUSED_SECONDS)
        return None
    return Look(
        wallet=_wallet(sweep.wallet.address, target.address, node),
        rules=rules,
        target=target,
        target_holds_usdt=node.usdt_balance(target.address) > 0,
    )


def _wallet(address: str, target: str, node: WalletNode) -> Wallet:
    means = node.means(address)
    balance = node.usdt_balance(address)
    return sweeps.Wallet(
        is_active=means.is_active,
        usdt_micro=balance,
        energy=means.energy,
        bandwidth=means.bandwidth,
        trx_sun=means.trx_sun,
        needed_energy=_needed(address, target, balance - RETAINED_MICRO, node),
        is_blacklisted=node.is_blacklisted(address),
        is_halted=node.is_halted(address),
    )


def _needed(address: str, target: str, amount_micro: int, node: WalletNode) -> int:
    if amount_micro <= 0:
        return 0
    try:
        return node.transfer_energy(address, target, amount_micro)
    except CallFailed:
        return 0
