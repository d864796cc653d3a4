from orders.models.alerts import Alert, AlertKind, AlertNotice, NoticeChannel, NoticeStatus
from orders.models.attempts import Attempt
from orders.models.audit import Approval, ApprovalKind, ApprovalStatus, AuditEntry
from orders.models.callbacks import Callback, CallbackHost, CallbackLog, Circuit, Direction, GoneUrl, Lane
from orders.models.chain import Backfill, ChainCursor, ChainNode, ScannedBlock, WatchedAddress
from orders.models.credential_uses import CredentialUse
from orders.models.languages import PersonLanguage
from orders.models.ledger import AccountKind, Asset, LedgerAccount, Transfer, TransferCode
from orders.models.limits import RateCounter
from orders.models.merchants import (
    ApiCredential,
    CrossingPayFormat,
    Dialect,
    Merchant,
    Watcher,
    WebhookSecret,
)
from orders.models.once import SpentToken
from orders.models.orders import CallbackFormat, Order, OrderEvent, OrderKind, Source
from orders.models.payments import Custody, KeyTree, Payment, PaymentStatus, Wallet
from orders.models.periods import Period, PeriodBalance
from orders.models.reconciliation import (
    BalanceReading,
    Discrepancy,
    DiscrepancyKind,
    DiscrepancyState,
    Reconciliation,
)
from orders.models.resends import ItemState, ResendItem, ResendJob
from orders.models.scope import MerchantScope
from orders.models.seals import AuditSeal
from orders.models.subtotals import LedgerCut, Subtotal
from orders.models.sweeps import ColdWallet, Sweep, SweepEvent, SweepPolicy, SweepTransaction
from orders.models.tariffs import RatePart, TariffRate
from orders.models.views import SavedView
from orders.models.wallet_balances import TokenTerms, WalletBalance

__all__ = [
    "AccountKind",
    "Alert",
    "AlertKind",
    "AlertNotice",
    "ApiCredential",
    "Approval",
    "ApprovalKind",
    "ApprovalStatus",
    "Asset",
    "Attempt",
    "AuditEntry",
    "AuditSeal",
    "Backfill",
    "BalanceReading",
    "Callback",
    "CallbackFormat",
    "CallbackHost",
    "CallbackLog",
    "ChainCursor",
    "ChainNode",
    "Circuit",
    "ColdWallet",
    "CredentialUse",
    "CrossingPayFormat",
    "Custody",
    "Dialect",
    "Direction",
    "Discrepancy",
    "DiscrepancyKind",
    "DiscrepancyState",
    "GoneUrl",
    "ItemState",
    "KeyTree",
    "Lane",
    "LedgerAccount",
    "LedgerCut",
    "Merchant",
    "MerchantScope",
    "NoticeChannel",
    "NoticeStatus",
    "Order",
    "OrderEvent",
    "OrderKind",
    "Payment",
    "PaymentStatus",
    "Period",
    "PeriodBalance",
    "PersonLanguage",
    "RateCounter",
    "RatePart",
    "Reconciliation",
    "ResendItem",
    "ResendJob",
    "SavedView",
    "ScannedBlock",
    "Source",
    "SpentToken",
    "Subtotal",
    "Sweep",
    "SweepEvent",
    "SweepPolicy",
    "SweepTransaction",
    "TariffRate",
    "TokenTerms",
    "Transfer",
    "TransferCode",
    "Wallet",
    "WalletBalance",
    "WatchedAddress",
    "Watcher",
    "WebhookSecret",
]
