"""What came in, went out, was earned and spent within a span: by event, by merchant and by provider."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Sum

from orders.models import AccountKind, Asset, LedgerAccount, Merchant, Transfer, TransferCode
from orders.services import margins, trial_balance
from orders.services.spans import Span
from orders.services.trial_balance import Line, Total
from providers.models import ProviderAccount

C = TransferCode
IN, OUT, EARNED, SPENT, ADJUSTED, INSIDE = "in", "out", "earned", "spent", "adjusted", "inside"
SIDES: dict[str, str] = {
    **dict.fromkeys((C.TOP_UP, C.DEPOSIT, C.SUSPENSE), IN),
    **dict.fromkeys((C.SWEEP, C.SWEEP_EXCESS, C.PROVIDER_TOP_UP), OUT),
    **dict.fromkeys((C.CAPTURE, C.FEE, C.FEE_REFUND), EARNED),
    **dict.fromkeys((C.PROVIDER_COST, C.PROVIDER_REFUND, C.LOSS, C.SWEEP_FEE), SPENT),
    C.ADJUSTMENT: ADJUSTED,
}
REFUNDS = {C.PROVIDER_REFUND, C.FEE_REFUND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`side`: in, out, earned, spent; adjusted by a person; inside for what only changes its place. A refund lessens
    what was spent or earned. What was adjusted is above zero in favour of merchants, and below against them."""

    code: str
    asset: str
    side: str
    count: int
    amount: int

    @property
    def label(self) -> str:
        return Transfer(code=self.code).get_code_display()


@dataclass(slots=True, kw_only=True)
class MerchantDay:
    """In sun; deposits, swept and adjusted_micro in micro-USDT. `balance_sun`: available and held at the end."""

    merchant: Merchant
    came_in_sun: int = 0
    earned_sun: int = 0
    fees_sun: int = 0
    adjusted_sun: int = 0
    cost_sun: int = 0
    balance_sun: int = 0
    deposits_micro: int = 0
    swept_micro: int = 0
    adjusted_micro: int = 0
    deposited_micro: int = field(default=0)

    @property
    def margin_sun(self) -> int:
        return self.earned_sun - self.cost_sun


@dataclass(slots=True, kw_only=True)
class ProviderDay:
    """In sun; `custody_micro` is USDT that arrived there. `balance_sun`: prepaid by our books at the end."""

    account: ProviderAccount
    topped_up_sun: int = 0
    spent_sun: int = 0
    refunded_sun: int = 0
    custody_micro: int = 0
    balance_sun: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEnd:
    events: list[Event]
    merchants: list[MerchantDay]
    providers: list[ProviderDay]
    totals: list[Total]

    def sums(self) -> list[tuple[str, dict[str, int]]]:
        """Per asset: in, out, earned, spent, adjusted."""
        return [
            (asset, {side: self._sum(asset, side) for side in (IN, OUT, EARNED, SPENT, ADJUSTED)})
            for asset in Asset.values
        ]

    def _sum(self, asset: str, side: str) -> int:
        return sum(
            -each.amount if each.code in REFUNDS else each.amount
            for each in self.events
            if (each.asset, each.side) == (asset, side)
        )


def day_end(span: Span) -> DayEnd:
    lines = trial_balance.lines(span)
    accounts = {line.account.pk: line.account for line in lines}
    rows = Transfer.objects.filter(created_at__gte=span.since, created_at__lt=span.until).order_by()
    moves = list(rows.values_list("code", "debit", "credit").annotate(count=Count("pk"), total=Sum("amount")))
    return DayEnd(
        events=_events(moves, accounts),
        merchants=_merchants(moves, accounts, lines, span),
        providers=_providers(moves, accounts, lines),
        totals=trial_balance.totals(lines),
    )


Moves = list[tuple[str, int, int, int, int]]


def _events(moves: Moves, accounts: dict[int, LedgerAccount]) -> list[Event]:
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for code, debit, _, count, amount in moves:
        side = SIDES.get(code, INSIDE)
        if code == C.SWEEP_FEE and accounts[debit].merchant_id is not None:
            side = OUT  # the merchant's own TRX
        row = sums[code, accounts[debit].asset, side]
        row[0] += count
        row[1] += -amount if code == C.ADJUSTMENT and accounts[debit].merchant_id else amount
    order = [IN, OUT, EARNED, SPENT, ADJUSTED, INSIDE]
    events = [
        Event(code=code, asset=asset, side=side, count=count, amount=amount)
        for (code, asset, side), (count, amount) in sums.items()
    ]
    return sorted(events, key=lambda event: (order.index(event.side), event.code, event.asset))


def _merchants(
    moves: Moves, accounts: dict[int, LedgerAccount], lines: list[Line], span: Span
) -> list[MerchantDay]:
    days: dict[int, MerchantDay] = {}
    for line in lines:
        if (merchant := line.account.merchant) is not None and not line.is_still:
            row = days.setdefault(merchant.pk, MerchantDay(merchant=merchant))
            if line.account.kind == AccountKind.DEPOSITS:
                row.deposited_micro += line.closing
            else:
                row.balance_sun += line.closing
    for code, debit, credit, _, amount in moves:
        payer, payee = accounts[debit].merchant_id, accounts[credit].merchant_id
        if code == C.TOP_UP and payee in days:
            days[payee].came_in_sun += amount
        elif code in (C.DEPOSIT, C.ATTACH) and payee in days:
            days[payee].deposits_micro += amount
        elif code == C.DETACH and payer in days:
            days[payer].deposits_micro -= amount
        elif code in (C.SWEEP, C.SWEEP_EXPLAINED) and payer in days:
            days[payer].swept_micro += amount
        elif code == C.SWEEP_REOPENED and payee in days:
            days[payee].swept_micro -= amount
        elif code == C.SWEEP_FEE and payer in days:
            days[payer].fees_sun += amount
        elif code == C.ADJUSTMENT:
            _adjust(days, accounts[debit], -amount)
            _adjust(days, accounts[credit], amount)
    for margin in margins.margins(span, by=("merchant",)):
        if margin.merchant in days:
            days[margin.merchant].earned_sun += margin.earned_sun
            days[margin.merchant].cost_sun += margin.cost_sun
    return sorted(days.values(), key=lambda row: row.merchant.name)


def _adjust(days: dict[int, MerchantDay], account: LedgerAccount, change: int) -> None:
    """One side of an adjustment; the other one is the house's."""
    if account.merchant_id in days:
        if account.asset == Asset.TRX:
            days[account.merchant_id].adjusted_sun += change
        else:
            days[account.merchant_id].adjusted_micro += change


def _providers(moves: Moves, accounts: dict[int, LedgerAccount], lines: list[Line]) -> list[ProviderDay]:
    days: dict[int, ProviderDay] = {}
    for line in lines:
        if (account := line.account.provider_account) is not None:
            row = days.setdefault(account.pk, ProviderDay(account=account))
            if line.account.kind == AccountKind.PREPAID:
                row.balance_sun -= line.closing
    for code, debit, credit, _, amount in moves:
        payer, payee = accounts[debit].provider_account_id, accounts[credit].provider_account_id
        if code == C.PROVIDER_TOP_UP and payer in days:
            days[payer].topped_up_sun += amount
        elif code in (C.PROVIDER_COST, C.LOSS) and payee in days:
            days[payee].spent_sun += amount
        elif code == C.PROVIDER_REFUND and payer in days:
            days[payer].refunded_sun += amount
        elif code in (C.DEPOSIT, C.SUSPENSE) and payer in days:
            days[payer].custody_micro += amount
    return sorted(days.values(), key=lambda row: row.account.label)
