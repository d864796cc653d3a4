from orders.models.attempts import Attempt
from orders.models.audit import Approval, ApprovalKind, ApprovalStatus, AuditEntry
from orders.models.callbacks import Callback, CallbackLog, Direction
from orders.models.ledger import AccountKind, Asset, LedgerAccount, Transfer, TransferCode
from orders.models.limits import RateCounter
from orders.models.merchants import ApiCredential, Dialect, Merchant
from orders.models.once import SpentToken
from orders.models.orders import CallbackFormat, Order, OrderEvent, OrderKind, Source
from orders.models.payments import Custody, Payment, PaymentStatus, Wallet
from orders.models.tariffs import RatePart, TariffRate

__all__ = [
    "AccountKind",
    "ApiCredential",
    "Approval",
    "ApprovalKind",
    "ApprovalStatus",
    "Asset",
    "Attempt",
    "AuditEntry",
    "Callback",
    "CallbackFormat",
    "CallbackLog",
    "Custody",
    "Dialect",
    "Direction",
    "LedgerAccount",
    "Merchant",
    "Order",
    "OrderEvent",
    "OrderKind",
    "Payment",
    "PaymentStatus",
    "RateCounter",
    "RatePart",
    "Source",
    "SpentToken",
    "TariffRate",
    "Transfer",
    "TransferCode",
    "Wallet",
]
