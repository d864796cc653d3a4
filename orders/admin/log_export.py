"""The callback log as a table."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from orders.admin import list_export, spreadsheets
from orders.models import CallbackLog

CHUNK = 2_000
COLUMNS = (
    *("id", "time_utc", "direction", "test", "merchant", "order", "event", "event_id", "host", "url"),
    *("attempt", "trigger", "verdict", "http_status", "note", "duration_ms", "resolved_ip", "tls"),
    *("next_attempt_utc", "credential", "provider_account"),
)


def _lines(rows: QuerySet[CallbackLog]) -> Iterator[Sequence[spreadsheets.Cell]]:
    related = ("merchant", "order", "callback", "credential", "account")
    for log in rows.select_related(*related).iterator(chunk_size=CHUNK):
        yield (
            *(log.pk, log.created_at, log.direction, "yes" if log.is_test else "no"),
            *(str(log.merchant or ""), log.order.number if log.order else ""),
            *((log.callback.event, log.callback.event_id) if log.callback else ("", "")),
            *(log.host, log.url, log.attempt_number, log.trigger, log.verdict, log.status, log.note),
            *(log.duration_ms, log.resolved_ip, log.tls, log.next_attempt_at),
            *(str(log.credential or ""), str(log.account or "")),
        )


TABLE = list_export.Table("callback-log", COLUMNS, _lines)
