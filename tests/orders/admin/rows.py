"""One row of every kind that staff pages show, of one merchant."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django_q.models import OrmQ, Schedule, Task

from backoffice.roles import SUPPORT
from orders.models import (
    Alert,
    Approval,
    Attempt,
    AuditEntry,
    Backfill,
    Callback,
    CallbackFormat,
    CallbackHost,
    CallbackLog,
    Discrepancy,
    DiscrepancyKind,
    GoneUrl,
    LedgerAccount,
    Merchant,
    Order,
    Payment,
    Period,
    PeriodBalance,
    Reconciliation,
    ResendItem,
    ResendJob,
    SavedView,
    SweepPolicy,
    TariffRate,
    Transfer,
    Wallet,
)
from orders.services import (
    approvals,
    cold_wallets,
    detecting,
    leadership,
    ledger,
    placing,
    queue,
    reconciling,
    rotation,
    sweep_rules,
    wallets,
    webhook_secrets,
)
from orders.services.chain_facts import UNKNOWN
from orders.states import CallbackStatus
from providers.base import Kind
from providers.models import ProviderAccount, ProviderCall
from providers.tron import addresses
from tests.orders.conftest import NOW


def address_of(merchant: Merchant, purpose: str) -> str:
    return addresses.from_bytes(b"\x41" + hashlib.sha256(f"{merchant.name} {purpose}".encode()).digest()[:20])


def one_of_each(
    merchant: Merchant, account: ProviderAccount, asker: User, *, now: datetime = NOW
) -> dict[str, Any]:
    """Ids by kind. `merchant` has money; its host is `<pk>.test`."""
    order = _order(merchant, now)
    host = f"m{merchant.pk}.test"
    callback = Callback.objects.create(
        merchant=merchant,
        is_test=True,
        status=CallbackStatus.EXHAUSTED,
        url=f"http://{host}/in",
        host=host,
        format=CallbackFormat.ITRX,
        credential=rotation.issue(merchant, "tronzap", now=now).credential,
        event_id=f"evt_of_{merchant.pk}",
        payload={},
        created_at=now,
    )
    proposal = approvals.propose_cold_wallet(
        merchant, address=address_of(merchant, "cold"), label="", reason="x", user=asker, now=now
    )
    cold = cold_wallets.set_target(proposal, merchant, user=asker, now=now)
    wallet = wallets.add_wallet(merchant, address=address_of(merchant, "wallet"), label="", now=now)
    sweep = detecting.open_sweep(wallet, now=now)
    assert sweep is not None
    policy = SweepPolicy(merchant=merchant, paused=True)
    sweep_rules.save(policy, user=asker, now=now)
    attempt = Attempt.objects.create(order=order, account=account, sent_at=now)
    payment = Payment.objects.create(
        account=account,
        txid=hashlib.sha256(merchant.name.encode()).hexdigest(),
        address=address_of(merchant, "payment"),
        amount_micro=5_000_000,
        paid_at=now,
        received_at=now,
        hinted_order=order,
        reason="no order waits at this address",
    )
    backfill = Backfill.objects.create(
        cursor=leadership.cursor(),
        order=order,
        first_number=1,
        last_number=9,
        next_number=1,
        created_at=now,
    )
    job = ResendJob.objects.create(
        reason=f"for {host}", total=1, pace=1, created_by=asker, created_at=now, due_at=now
    )
    ResendItem.objects.create(job=job, callback=callback, host=host)
    call = {"purpose": "balance", "method": "GET", "url": f"http://{host}/", "sent": True}
    return {
        "merchant": merchant.pk,
        "order": order.pk,
        "apicredential": rotation.issue(merchant, "itrx", now=now).credential.pk,
        "webhooksecret": webhook_secrets.issue(merchant, now=now).row.pk,
        "wallet": wallet.pk,
        "sweep": sweep.pk,
        "sweeppolicy": policy.pk,
        "coldwallet": cold.pk,
        "tariffrate": TariffRate.objects.create(
            dialect="itrx", merchant=merchant, part="activation", price_sun=7_000_000 + merchant.pk
        ).pk,
        "provideraccount": account.pk,
        "providercall": ProviderCall.objects.create(
            account=account, duration_ms=1, created_at=now, request_id=attempt.request_id, **call
        ).pk,
        "ledgeraccount": LedgerAccount.objects.filter(merchant=merchant)[0].pk,
        "transfer": Transfer.objects.filter(order=order)[0].pk,
        "payment": payment.pk,
        "backfill": backfill.pk,
        "approval": _approval(merchant, asker, now).pk,
        "callback": callback.pk,
        "callbacklog": CallbackLog.objects.create(
            direction="out",
            callback=callback,
            merchant=merchant,
            host=host,
            verdict="refused",
            created_at=now,
        ).pk,
        "callbackhost": (gone := _gone(callback, now)).host.pk,
        "gone_pk": gone.pk,
        "resendjob": job.pk,
        "auditentry": AuditEntry.objects.filter(merchant=merchant)[0].pk,
        "user": asker.pk,
        "group": Group.objects.get(name=SUPPORT).pk,
        **_books(merchant, wallet, asker, now),
        **_queue(now),
    }


def _order(merchant: Merchant, now: datetime) -> Order:
    ledger.top_up(merchant, 1_000_000_000, note="", now=now)
    spec = placing.OrderSpec(
        kind=Kind.ENERGY, address=address_of(merchant, "order"), energy=65_000, duration_hours=1
    )
    order, _ = placing.place_order(merchant, spec, UNKNOWN, now=now)
    return order


def _approval(merchant: Merchant, asker: User, now: datetime) -> Approval:
    return approvals.propose_top_up(merchant, amount_sun=5, reason="x", user=asker, now=now)


def _gone(callback: Callback, now: datetime) -> GoneUrl:
    host = CallbackHost.objects.create(host=callback.host)
    return GoneUrl.objects.create(host=host, url=callback.url, callback=callback, flagged_at=now)


def _books(merchant: Merchant, wallet: Wallet, asker: User, now: datetime) -> dict[str, Any]:
    """A month that was closed long before all else, a day's result, what is wrong on it, and who looks at it."""
    month = date(2001 + merchant.pk // 12, merchant.pk % 12 + 1, 1)
    day = date(2001, 1, 1) + timedelta(days=merchant.pk)
    period = Period.objects.create(
        month=month,
        zone="UTC",
        since=now - timedelta(days=9000),
        until=now - timedelta(days=8900),
        closed_at=now,
    )
    PeriodBalance.objects.create(
        period=period,
        account=LedgerAccount.objects.filter(merchant=merchant)[0],
        opening=0,
        debits=0,
        credits=7,
        closing=7,
    )
    difference = Discrepancy.objects.create(
        kind=DiscrepancyKind.WALLET,
        subject=f"wallet:{wallet.pk}:TRX",
        name=wallet.address,
        wallet=wallet,
        asset="TRX",
        amount=-7,
        first_day=day,
        last_day=day,
        opened_at=now,
    )
    finding = reconciling.Finding(
        kind=DiscrepancyKind.WALLET,
        subject=difference.subject,
        name=difference.name,
        asset=difference.asset,
        booked=7,
        told=0,
        read_at=now,
        wallet=wallet.pk,
    )
    result = Reconciliation.objects.create(
        day=day, lines=[finding.line()], checked=1, differing=1, unexplained=1, done_at=now
    )
    alert = Alert.objects.create(
        kind="queue", subject=f"sample:{merchant.pk}", name="work", path="/admin/", raised_at=now
    )
    view = SavedView.objects.create(
        name=f"Mine {merchant.pk}", path="/admin/orders/order/", owner=asker, created_at=now
    )
    return {
        "period": period.pk,
        "discrepancy": difference.pk,
        "reconciliation": result.pk,
        "alert": alert.pk,
        "savedview": view.pk,
    }


def _queue(now: datetime) -> dict[str, Any]:
    queue.enqueue("orders.tasks.sweep")
    times = {"func": "orders.tasks.sweep", "started": now, "stopped": now}
    done = [
        Task.objects.get_or_create(id=digit * 32, defaults={"name": digit, "success": digit == "1", **times})
        for digit in "10"
    ]
    return {
        "schedule": Schedule.objects.all()[0].pk,
        "ormq": OrmQ.objects.all()[0].pk,
        "success": done[0][0].pk,
        "failure": done[1][0].pk,
    }
