"""Every movement of money. The posting table; asset TRX in sun unless said:

    event                                   debit                 credit
    top_up           merchant pays us       house cash            merchant available
    hold             order placed           merchant available    merchant held
    capture          resource order done    merchant held         house revenue
    fee              payment order done     merchant held         house payment fees
    release          rest of the hold       merchant held         merchant available
    provider_top_up  we pay an upstream     provider prepaid      house cash
    provider_cost    an upstream charged    house provider cost   provider prepaid
    provider_refund  an upstream paid back  provider prepaid      house provider cost
    loss             written off, executed  house losses          provider prepaid
    deposit (USDT)   deposit order paid     provider custody      merchant deposits
    suspense (USDT)  unmatched deposit      provider custody      house suspense
    attach (USDT)    a person matched it    house suspense        merchant deposits
    detach (USDT)    and took it back       merchant deposits     house suspense
    fee_refund       with it, if charged    house payment fees    merchant available
    adjustment       a person credits it    house adjustments     merchant available
                     a person debits it     merchant available    house adjustments

An adjustment in USDT is of the merchant's deposits.

Of a wallet or top-up address that we hold, the debit account is `house wallets` of the asset:

    top_up           TRX at its address     house wallets         merchant available
    deposit (USDT)   it settled an order    house wallets         merchant deposits
    suspense         it settled none        house wallets         house suspense

Of a sweep from our wallet to the merchant's cold wallet (orders.services.sweep_books):

    sweep (USDT)     deposits explain it    merchant deposits     house wallets
    sweep_excess     no deposit does (yet)  house suspense        house wallets
    sweep_explained  one was matched later  merchant deposits     house suspense
    sweep_reopened   and taken back         house suspense        merchant deposits
    sweep_fee (TRX)  burnt on chain         merchant available    house wallets
                     the house pays         house provider cost   house wallets

Energy and bandwidth for a sweep are an order: `hold` and `capture` when the merchant pays. When the house does, its
price is zero and the provider's cost is all there is.

A transfer leaves its debit account and enters its credit account. A merchant account's balance is what we owe the
merchant: credits minus debits. House and provider accounts are read as debits minus credits for assets and cost, so
that per asset all balances sum to zero by construction. Every function here runs inside the caller's transaction.
"""

from orders.services.ledger.accounts import house, merchant_account, open_merchant_accounts, provider_ledger
from orders.services.ledger.adjustments import (
    MOST_ADJUSTMENT,
    adjust,
    adjusted_account,
    check_adjustment,
)
from orders.services.ledger.arrivals import (
    attach,
    deposit,
    detach,
    suspense,
    wallet_attach,
    wallet_deposit,
    wallet_suspense,
)
from orders.services.ledger.balances import (
    available_sun,
    balance_of,
    deposits_micro,
    held_sun,
    merchant_totals,
    sum_of_transfers,
    with_balances,
)
from orders.services.ledger.holds import fee_refund, fee_sun, hold, settle
from orders.services.ledger.posting import InsufficientFunds, Posting, post
from orders.services.ledger.provider_costs import loss, provider_cost, provider_refund
from orders.services.ledger.swept import sweep, sweep_explained, sweep_fee, sweep_reopened
from orders.services.ledger.top_ups import (
    MOST_TOP_UP_SUN,
    chain_top_up,
    check_top_up,
    provider_top_up,
    top_up,
)

__all__ = [
    "MOST_ADJUSTMENT",
    "MOST_TOP_UP_SUN",
    "InsufficientFunds",
    "Posting",
    "adjust",
    "adjusted_account",
    "attach",
    "available_sun",
    "balance_of",
    "chain_top_up",
    "check_adjustment",
    "check_top_up",
    "deposit",
    "deposits_micro",
    "detach",
    "fee_refund",
    "fee_sun",
    "held_sun",
    "hold",
    "house",
    "loss",
    "merchant_account",
    "merchant_totals",
    "open_merchant_accounts",
    "post",
    "provider_cost",
    "provider_ledger",
    "provider_refund",
    "provider_top_up",
    "settle",
    "sum_of_transfers",
    "suspense",
    "sweep",
    "sweep_explained",
    "sweep_fee",
    "sweep_reopened",
    "top_up",
    "wallet_attach",
    "wallet_deposit",
    "wallet_suspense",
    "with_balances",
]
