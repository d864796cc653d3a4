"""The staff's pages. Importing this registers them all."""

from orders.admin import (
    approvals,
    audit,
    callback_logs,
    callbacks,
    credentials,
    ledger,
    merchants,
    orders,
    payments,
    people,
    provider_accounts,
    provider_calls,
    queue,
    tariffs,
    wallets,
)

__all__ = [
    "approvals",
    "audit",
    "callback_logs",
    "callbacks",
    "credentials",
    "ledger",
    "merchants",
    "orders",
    "payments",
    "people",
    "provider_accounts",
    "provider_calls",
    "queue",
    "tariffs",
    "wallets",
]
