"""From conditions to alerts: each is told when it comes, again after a quiet period while it stays, and once when it is
over. All of it is in the rows, so that a restart, or a second process that looks as well, tells nothing twice."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from orders.models import Alert, AlertNotice, NoticeChannel
from orders.services.alert_conditions import Condition, conditions

RAISED, OVER = "raised", "over"
Key = tuple[str, str]


def evaluate(*, now: datetime) -> int:
    """Returns how many notices were written."""
    found = {(each.kind.value, each.subject): each for each in conditions(now=now)}
    with transaction.atomic():
        notices = [notice for alert in _rows(found, now) for notice in _step(alert, found, now)]
        AlertNotice.objects.bulk_create(notices)
    return len(notices)


def _rows(found: dict[Key, Condition], now: datetime) -> list[Alert]:
    """All that are on or come on now, locked; new ones begin as over."""
    known = set(Alert.objects.values_list("kind", "subject"))
    Alert.objects.bulk_create(
        (_new(condition, now) for key, condition in found.items() if key not in known), ignore_conflicts=True
    )
    subjects = Q(subject__in=[subject for _, subject in found])
    rows = Alert.objects.select_for_update().filter(Q(over_at=None) | subjects).order_by("pk")
    return [row for row in rows if row.over_at is None or (row.kind, row.subject) in found]


def _new(condition: Condition, now: datetime) -> Alert:
    return Alert(
        kind=condition.kind,
        subject=condition.subject,
        name=condition.name[:255],
        path=condition.path,
        raised_at=now,
        over_at=now,
    )


def _step(alert: Alert, found: dict[Key, Condition], now: datetime) -> Iterable[AlertNotice]:
    """Moves the row; returns what is to be told."""
    condition, told = found.get((alert.kind, alert.subject)), ""
    if condition is not None:
        if alert.over_at is not None:
            alert.raised_at, alert.over_at = now, None
        alert.name, alert.detail, alert.path = condition.name[:255], condition.detail[:255], condition.path
        if alert.told_at is None or alert.told_at + quiet_period() <= now:
            alert.told_at, alert.is_told, told = now, True, RAISED
    else:
        told = OVER if alert.is_told else ""
        alert.over_at, alert.is_told = now, False
    alert.save()
    return _notices(alert, told, now) if told else []


def quiet_period() -> timedelta:
    return timedelta(minutes=settings.ALERT_QUIET_MINUTES)


def channels() -> list[NoticeChannel]:
    given = {NoticeChannel.EMAIL: settings.ALERT_EMAIL_TO, NoticeChannel.WEBHOOK: settings.ALERT_WEBHOOK_URL}
    return [channel for channel, target in given.items() if target]


def _notices(alert: Alert, event: str, now: datetime) -> list[AlertNotice]:
    payload = {
        "type": f"alert.{event}",
        "timestamp": now.isoformat(),
        "data": {
            "kind": alert.kind,
            "subject": alert.subject,
            "name": alert.name,
            "detail": alert.detail,
            "since": alert.raised_at.isoformat(),
            "url": f"{settings.PUBLIC_URL}{alert.path}",
        },
    }
    return [
        AlertNotice(
            alert=alert, event=event, channel=channel, payload=payload, created_at=now, next_attempt_at=now
        )
        for channel in channels()
    ]
