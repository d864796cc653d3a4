"""Subtotals: what moved each account until the end of a UTC day, written once that can no longer change.

A cut is made an hour after its day, when every posting under way has ended, and from its commit on the database refuses
transfers dated before it: what a subtotal sums is complete. A posting so late fails, and is tried again with the time
of then. Its sums are written afterwards, so that orders do not wait for them; killed in between, the next run goes on.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum

from orders.models import LedgerAccount, LedgerCut, Period, Subtotal, Transfer
from orders.services.ledger.posting import stop_postings

logger = logging.getLogger(__name__)

MARGIN = timedelta(hours=1)
DAY = timedelta(days=1)
STOP_SECONDS = 3  # orders wait no longer than this for a posting that does not end

Accounts = QuerySet[LedgerAccount] | None


@dataclass(frozen=True, slots=True)
class Turnover:
    """By account id, in its smallest unit."""

    debits: Counter[int]
    credits: Counter[int]

    def __add__(self, other: "Turnover") -> "Turnover":
        return Turnover(self.debits + other.debits, self.credits + other.credits)

    def __sub__(self, other: "Turnover") -> "Turnover":
        return Turnover(self.debits - other.debits, self.credits - other.credits)

    @property
    def accounts(self) -> set[int]:
        return self.debits.keys() | self.credits.keys()

    def balance(self, account: int) -> int:
        return self.credits[account] - self.debits[account]


def last_cut(at: datetime | None = None) -> datetime | None:
    """The last one with subtotals, at or before that moment."""
    cuts = LedgerCut.objects.exclude(summed_at=None)
    if at is not None:
        cuts = cuts.filter(until__lte=at)
    return cuts.values_list("until", flat=True).first()


def before(at: datetime, accounts: Accounts = None) -> Turnover:
    """Of all accounts or of those given, since the first transfer: the last subtotals, and the transfers after them."""
    cut = last_cut(at)
    return _frozen(cut, accounts) + rows(cut, at, accounts)


def within(since: datetime, until: datetime, accounts: Accounts = None) -> Turnover:
    """A span with a cut in it is the difference of what was before its ends: only these are read row by row."""
    if last_cut(since) == last_cut(until):
        return rows(since, until, accounts)
    return before(until, accounts) - before(since, accounts)


def rows(since: datetime | None, until: datetime, accounts: Accounts = None) -> Turnover:
    """From the transfers themselves."""
    found = Transfer.objects.filter(created_at__lt=until).order_by()
    if since is not None:
        found = found.filter(created_at__gte=since)
    return Turnover(_sums(found, "debit", accounts), _sums(found, "credit", accounts))


def _sums(found: QuerySet[Transfer], side: str, accounts: Accounts) -> Counter[int]:
    if accounts is not None:
        found = found.filter(**{f"{side}__in": accounts.order_by().values("pk")})
    summed = found.values_list(side).annotate(total=Sum("amount"))
    return Counter({account: int(total) for account, total in summed})


def _frozen(cut: datetime | None, accounts: Accounts) -> Turnover:
    if cut is None:
        return Turnover(Counter(), Counter())
    wanted = LedgerAccount.objects.all() if accounts is None else accounts
    newest = Subtotal.objects.filter(account=OuterRef("pk"), until__lte=cut).order_by("-until")
    pks = wanted.order_by().annotate(newest=Subquery(newest.values("pk")[:1])).values("newest")
    found = list(Subtotal.objects.filter(pk__in=pks).values_list("account", "debits", "credits"))
    return Turnover(
        Counter({account: taken for account, taken, _ in found if taken}),
        Counter({account: added for account, _, added in found if added}),
    )


def freeze(*, now: datetime) -> int:
    """Cut at the end of each day that has passed, and sum up what is cut. Returns how many days were summed up."""
    try:
        with transaction.atomic():
            _cut(now)
    except OperationalError:
        logger.warning("no cut of the ledger: a posting does not end")
    open_cuts = LedgerCut.objects.filter(summed_at=None).order_by("until")
    return sum(_sum_up(until, now) for until in list(open_cuts.values_list("until", flat=True)))


def _cut(now: datetime) -> None:
    if not list(_due(now)):
        return
    stop_postings(most_seconds=STOP_SECONDS)
    due = _due(now)  # anew: a month may have been opened again meanwhile
    LedgerCut.objects.bulk_create([LedgerCut(until=until) for until in due], ignore_conflicts=True)


def _due(now: datetime) -> Iterator[datetime]:
    """The ends of days after the last cut, or after the first transfer. None in a month that was opened again and is
    not closed yet: it may still take transfers."""
    last = LedgerCut.objects.values_list("until", flat=True).first()
    if last is None:
        last = Transfer.objects.order_by("created_at").values_list("created_at", flat=True).first()
    if last is None:
        return
    closed = Period.objects.filter(month=OuterRef("month"), reopened_at=None)
    is_open = Period.objects.filter(~Exists(closed), reopened_at__isnull=False).order_by("since")
    since = is_open.values_list("since", flat=True).first()
    end = min(now - MARGIN, since) if since else now - MARGIN
    until = _midnight(last) + DAY
    while until <= end:
        yield until
        until += DAY


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(UTC).date(), time.min, UTC)


def _sum_up(until: datetime, now: datetime) -> bool:
    """Those before it have their sums: they are written in turn."""
    with transaction.atomic():
        cut = LedgerCut.objects.select_for_update().filter(until=until, summed_at=None).first()
        if cut is None:
            return False
        previous = last_cut(until)
        moved = rows(previous, until)
        total = _frozen(previous, LedgerAccount.objects.filter(pk__in=moved.accounts)) + moved
        Subtotal.objects.bulk_create(
            (
                Subtotal(
                    account_id=account,
                    until=until,
                    debits=total.debits[account],
                    credits=total.credits[account],
                )
                for account in sorted(moved.accounts)
            ),
            batch_size=1000,
        )
        cut.summed_at = now
        cut.save(update_fields=["summed_at"])
    return True


def thaw(since: datetime) -> None:
    """A month is opened again: transfers may be dated after that moment. The caller has stopped the postings."""
    LedgerCut.objects.filter(until__gt=since).delete()  # waits for one that is being summed up
    Subtotal.objects.filter(until__gt=since).delete()


def faults() -> Iterator[str]:
    """Subtotals that are not what the transfers say."""
    previous, total = None, Turnover(Counter(), Counter())
    for cut in LedgerCut.objects.exclude(summed_at=None).order_by("until"):
        moved = rows(previous, cut.until)
        total += moved
        expected = {pk: (total.debits[pk], total.credits[pk]) for pk in moved.accounts}
        stored = Subtotal.objects.filter(until=cut.until).values_list("account", "debits", "credits")
        if {pk: (taken, added) for pk, taken, added in stored} != expected:
            yield f"the subtotals of {cut} are not the sums of the transfers before it"
        previous = cut.until
