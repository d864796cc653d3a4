"""Build, hash and sign a transfer here, and store its bytes before any node sees them (specs/tron.md 8 and 10)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from orders import sweeps
from orders.models import Custody, Sweep, SweepTransaction
from orders.services import cold_wallets, sweep_moves
from orders.services.signer import NoKey, Signer
from orders.services.sweep_buying import IDLE_SECONDS, link_payments
from orders.services.sweep_look import Look, look
from orders.sweeps import TRANSACTION_LIFE, Step, SweepStatus
from providers.money import format_units
from providers.tron import addresses, encoding
from providers.tron.blocks import Head
from providers.tron.encoding import RawData
from providers.tron.wallet_node import WalletNode


def prepare(sweep: Sweep, node: WalletNode, signer: Signer, *, now: datetime) -> None:
    """DELIVERED: look once more, sign and store; or back to the start when something is gone again."""
    if sweep.wallet.custody == Custody.WATCH_ONLY:
        text = "energy is delivered; we hold no key of this wallet: its holder must send now"
        sweep_moves.move(sweep, SweepStatus.ENERGY_ONLY, text, now=now)
        return
    seen = look(sweep, node, now=now)
    if seen is None:
        return
    decision = sweeps.before_signing(seen.wallet, seen.rules, has_target=True)
    match decision.step:
        case Step.WAIT:
            sweep_moves.wait(sweep, decision.text, now=now, seconds=IDLE_SECONDS)
        case Step.CALL:
            sweep_moves.call_person(sweep, decision.text, now=now)
        case Step.BACK:
            sweep_moves.move(sweep, SweepStatus.DETECTED, decision.text, now=now)
        case _ if node.is_contract(seen.target.address):
            sweep_moves.call_person(sweep, "the cold wallet is a contract", now=now)
        case _:
            _sign(sweep, seen, node, signer, now=now)


def _sign(sweep: Sweep, seen: Look, node: WalletNode, signer: Signer, *, now: datetime) -> None:
    price_sun, solid, newest = node.energy_price_sun(), node.head(), node.newest()
    expires_at = newest.at + TRANSACTION_LIFE
    fee_limit_sun = sweeps.fee_limit_sun(seen.wallet.needed_energy, price_sun)
    raw = _raw(sweep, seen, solid, newest, expires_at=expires_at, fee_limit_sun=fee_limit_sun)
    try:
        signature = signer.sign(sweep.wallet, raw)
    except NoKey as error:
        sweep_moves.call_person(sweep, f"it cannot be signed: {error}", now=now)
        return
    _store(
        sweep,
        seen,
        SweepTransaction(
            sweep=sweep,
            txid=encoding.txid(raw).hex(),
            raw_hex=raw.hex(),
            signature_hex=signature.hex(),
            to_address=seen.target.address,
            amount_micro=seen.wallet.movable_micro,
            fee_limit_sun=fee_limit_sun,
            expires_at=expires_at,
            created_at=now,
        ),
        now=now,
    )


def _raw(
    sweep: Sweep, seen: Look, solid: Head, newest: Head, *, expires_at: datetime, fee_limit_sun: int
) -> bytes:
    reference_bytes, reference_hash = encoding.reference(solid.id)
    call = encoding.transfer_call(addresses.to_bytes(seen.target.address), seen.wallet.movable_micro)
    owner, token = addresses.to_bytes(sweep.wallet.address), addresses.to_bytes(settings.USDT_CONTRACT)
    return encoding.encode(
        RawData(
            ref_block_bytes=reference_bytes,
            ref_block_hash=reference_hash,
            expiration=_milliseconds(expires_at),
            timestamp=_milliseconds(newest.at),
            fee_limit=fee_limit_sun,
            contract=encoding.trigger(owner, token, call),
        )
    )


def _store(sweep: Sweep, seen: Look, signed: SweepTransaction, *, now: datetime) -> None:
    """Nothing is stored, and so nothing ever sent, unless the target still is the approved one."""
    with transaction.atomic():
        Sweep.objects.select_for_update().get(pk=sweep.pk)
        if cold_wallets.target(sweep.merchant) != seen.target:
            return
        text = f"signed {format_units(signed.amount_micro)} USDT to {signed.to_address}"
        data = {"txid": signed.txid, "expires_at": signed.expires_at.isoformat()}
        if not sweep_moves.move(sweep, SweepStatus.SIGNED, text, now=now, data=data, cold_wallet=seen.target):
            return
        signed.save(force_insert=True)
        link_payments(sweep)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
