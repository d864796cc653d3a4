"""What an order holds of its merchant's money, and its one settlement."""

from datetime import datetime

from orders.models import AccountKind, Asset, LedgerAccount, Merchant, Order, Transfer, TransferCode
from orders.services.ledger.accounts import house, merchant_account, merchant_key
from orders.services.ledger.posting import Posting, move_balance, post


def hold(order: Order, *, now: datetime) -> int:
    """Of a price above zero. Returns what is available after it, in sun. Raises InsufficientFunds.

    All orders of a merchant wait for these rows, so it knows the accounts by their keys and asks for nothing.
    """
    available, left = move_balance(merchant_key(order.merchant_id, AccountKind.AVAILABLE), -order.price_sun)
    held, _ = move_balance(merchant_key(order.merchant_id, AccountKind.HELD), order.price_sun)
    Transfer.objects.create(
        code=TransferCode.HOLD,
        debit_id=available,
        credit_id=held,
        amount=order.price_sun,
        order=order,
        created_at=now,
    )
    return left


def settle(order: Order, *, capture_sun: int, now: datetime) -> None:
    """Capture part of the hold and release the rest: exactly once per order (a database constraint)."""
    if not 0 <= capture_sun <= order.price_sun:
        raise ValueError("a capture is at most the hold")
    available, held = _pair(order.merchant)
    earned, code = (
        (house(AccountKind.FEES), TransferCode.FEE)
        if order.is_payment
        else (house(AccountKind.REVENUE), TransferCode.CAPTURE)
    )
    post(
        [
            Posting(code=code, debit=held, credit=earned, amount=capture_sun, order=order),
            Posting(
                code=TransferCode.RELEASE,
                debit=held,
                credit=available,
                amount=order.price_sun - capture_sun,
                order=order,
            ),
        ],
        now=now,
    )


def fee_sun(order: Order) -> int:
    """What a payment order was charged and has not been paid back."""
    moved = Transfer.objects.filter(order=order, code__in=(TransferCode.FEE, TransferCode.FEE_REFUND))
    charged = dict(moved.values_list("code", "amount"))
    return charged.get(TransferCode.FEE, 0) - charged.get(TransferCode.FEE_REFUND, 0)


def fee_refund(order: Order, *, now: datetime) -> None:
    """All that it was charged, once (a database constraint)."""
    row = Posting(
        code=TransferCode.FEE_REFUND,
        debit=house(AccountKind.FEES),
        credit=merchant_account(order.merchant, AccountKind.AVAILABLE),
        amount=fee_sun(order),
        order=order,
    )
    post([row], now=now)


def _pair(merchant: Merchant) -> tuple[LedgerAccount, LedgerAccount]:
    """Available and held, as a rule with one query: every order needs them."""
    kinds = (AccountKind.AVAILABLE, AccountKind.HELD)
    found = {
        row.kind: row
        for row in LedgerAccount.objects.filter(merchant=merchant, kind__in=kinds, asset=Asset.TRX)
    }
    available, held = (found.get(kind) or merchant_account(merchant, kind) for kind in kinds)
    return available, held
