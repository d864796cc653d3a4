"""Sending notices: claimed by a conditional update, sent outside any transaction, tried again with growing pauses."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from orders.models import AlertNotice, NoticeChannel, NoticeStatus
from orders.services.alerting import OVER
from providers import mail, webhooks
from providers.errors import ProviderError, ProviderMisconfigured
from providers.http import AddressPolicy, Transport

LEASE = timedelta(minutes=2)
PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
MOST_ATTEMPTS = 30  # about a day
A_ROUND = 50
SUCCESS = range(200, 300)


class NotTaken(Exception):
    """The other side did not take it; says why."""


def send_due(*, clock: Callable[[], datetime]) -> int:
    """How many were sent."""
    due = AlertNotice.objects.filter(status=NoticeStatus.PENDING, next_attempt_at__lte=clock())
    return sum(
        _send(pk, clock)
        for pk in list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:A_ROUND])
    )


def _send(pk: int, clock: Callable[[], datetime]) -> bool:
    """One process wins the row; should it die, the lease runs out and another sends again, under the same id."""
    now = clock()
    free = AlertNotice.objects.filter(pk=pk, status=NoticeStatus.PENDING, next_attempt_at__lte=now)
    if not free.update(next_attempt_at=now + LEASE, attempts=F("attempts") + 1):
        return False
    notice = AlertNotice.objects.get(pk=pk)
    try:
        _WAYS[NoticeChannel(notice.channel)](notice, now)
    except (NotTaken, mail.MailFailed, ProviderError, ProviderMisconfigured, ValueError) as error:
        _failed(notice, str(error), clock())
        return False
    done = {"status": NoticeStatus.SENT, "sent_at": clock(), "next_attempt_at": None, "error": ""}
    AlertNotice.objects.filter(pk=pk).update(**done)
    return True


def _failed(notice: AlertNotice, why: str, now: datetime) -> None:
    values: dict[str, object] = {"error": why[:255]}
    if notice.attempts >= MOST_ATTEMPTS:
        values |= {"status": NoticeStatus.FAILED, "next_attempt_at": None}
    else:
        pause = min(PAUSE * 2 ** min(notice.attempts - 1, 10), LONGEST_PAUSE)
        values |= {"next_attempt_at": now + pause}
    AlertNotice.objects.filter(pk=notice.pk).update(**values)


def _by_mail(notice: AlertNotice, now: datetime) -> None:
    data = notice.payload["data"]
    word = "over" if notice.event == OVER else "alert"
    lines = [
        notice.alert.get_kind_display(),
        data["name"],
        data["detail"],
        f"since {data['since']}",
        data["url"],
    ]
    mail.send(
        sender=settings.ALERT_EMAIL_FROM,
        to=settings.ALERT_EMAIL_TO,
        subject=f"[{word}] {notice.alert.get_kind_display()}: {data['name']}",
        body="\n".join(line for line in lines if line),
        message_id=notice.notice_id,
    )


def _by_webhook(notice: AlertNotice, now: datetime) -> None:
    body = json.dumps(notice.payload, ensure_ascii=False).encode()
    key = webhooks.key_of(settings.ALERT_WEBHOOK_SECRET)
    headers = webhooks.signed_headers(notice.notice_id, now, body, [key])
    transport = Transport(
        connect_seconds=settings.PROVIDER_CONNECT_SECONDS,
        total_seconds=settings.PROVIDER_TOTAL_SECONDS,
        policy=AddressPolicy.opening(settings.PROVIDER_ALLOWED_NETWORKS),
    )
    answer = transport.call(
        "POST",
        settings.ALERT_WEBHOOK_URL,
        headers=headers | {"Content-Type": "application/json"},
        body=body,
        purpose="alert",
    )
    if answer.status not in SUCCESS:
        raise NotTaken(f"the webhook answered {answer.status}")


_WAYS: dict[NoticeChannel, Callable[[AlertNotice, datetime], None]] = {
    NoticeChannel.EMAIL: _by_mail,
    NoticeChannel.WEBHOOK: _by_webhook,
}
