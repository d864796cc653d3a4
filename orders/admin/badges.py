"""States, verdicts and HTTP answers as coloured words."""

from typing import Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin import formats
from orders.models import CallbackLog, Circuit, ItemState, PaymentStatus, SweepEvent
from orders.models.callbacks import verdict_words
from orders.sentences import read
from orders.states import AttemptStatus, CallbackStatus, OrderStatus, ResendStatus
from orders.sweeps import SweepStatus
from providers.models import Health, ProviderAccount

# By value: a word that two tables share (sending, unknown, failed …) means the same in both.
TONES: dict[str, str] = {
    **dict.fromkeys(
        [
            OrderStatus.NEW,
            OrderStatus.SENDING,
            OrderStatus.ACCEPTED,
            OrderStatus.WAITING,
            CallbackStatus.PENDING,
            ResendStatus.RUNNING,
            ItemState.SENT,
        ],
        "info",
    ),
    **dict.fromkeys(
        [OrderStatus.SUCCEEDED, CallbackStatus.DELIVERED, PaymentStatus.MATCHED, ResendStatus.DONE], "success"
    ),
    **dict.fromkeys(
        [
            *(OrderStatus.UNKNOWN, CallbackStatus.NO_CREDENTIAL, PaymentStatus.UNMATCHED),
            ResendStatus.PAUSED,
        ],
        "warning",
    ),
    **dict.fromkeys([OrderStatus.FAILED, CallbackStatus.EXHAUSTED], "danger"),
}
CALLS_A_PERSON = frozenset({OrderStatus.ATTENTION, AttemptStatus.LOST})
# "accepted" and "refused" are judged by direction: what we accepted, and what a merchant refused.
GOOD_VERDICTS = frozenset({"delivered", "accepted"})
DULL_VERDICTS = frozenset({"replayed", "no_change"})


def state(row: Any) -> SafeString:
    """Of anything that has a `status` with choices."""
    if row.status in CALLS_A_PERSON:
        return format_html('<span class="bo-alarm">{}</span>', row.get_status_display())
    return formats.badge(row.get_status_display(), TONES.get(row.status, ""))


def sweep_step(event: SweepEvent) -> str:
    """From one status to another, in words where they are still statuses."""
    words = dict(SweepStatus.choices)
    return " → ".join(str(words.get(status, status)) for status in (event.old_status, event.new_status))


CIRCUITS = {
    Circuit.CLOSED: (gettext_lazy("sending"), "success"),
    Circuit.OPEN: (gettext_lazy("paused"), "danger"),
    Circuit.PROBING: (gettext_lazy("trying again"), "warning"),
}


def endpoint(host: Any) -> SafeString:
    """Of a CallbackHost with `is_gone`."""
    words, tone = CIRCUITS[Circuit(host.circuit)]
    circuit = formats.badge(
        words,
        tone,
        _("Failures in a row: %(count)s. %(error)s")
        % {"count": host.failures, "error": read(host.last_error)},
    )
    if not host.is_gone:
        return circuit
    said = _("a URL of it said: gone, send no more")
    return format_html("{} {}", circuit, formats.badge("410", "danger", said))


HEALTH = {
    Health.HEALTHY: "success",
    Health.FAILING: "danger",
    Health.MISCONFIGURED: "danger",
}


def health(account: ProviderAccount) -> SafeString:
    tone = HEALTH.get(Health(account.health), "")
    return formats.badge(account.get_health_display(), tone, read(account.health_note))


def verdict(log: CallbackLog) -> SafeString:
    tone = "success" if log.verdict in GOOD_VERDICTS else "" if log.verdict in DULL_VERDICTS else "danger"
    return formats.badge(verdict_words(log.verdict), tone, read(log.note))


TRIGGERS = {
    "automatic": gettext_lazy("automatic"),
    "resend": gettext_lazy("resend"),
    "test": gettext_lazy("test"),
}


def trigger(name: str) -> str:
    """Of a try: what it was made for."""
    return str(TRIGGERS.get(name, name))


def http_status(status: int | None) -> SafeString:
    if status is None:
        return formats.badge(_("none"), "danger", _("no answer came back"))
    return formats.badge(status, "success" if 200 <= status < 300 else "danger")


def chain_hash(txid: str) -> SafeString | str:
    """Linked to the public explorer."""
    if not txid:
        return formats.NOTHING
    return format_html(
        '<a class="bo-link" href="{}{}" target="_blank" rel="noopener noreferrer" title="{}">↗</a> {}',
        settings.EXPLORER_TX_URL,
        txid,
        _("%(txid)s in the explorer") % {"txid": txid},
        formats.copyable(txid, f"{txid[:8]}…{txid[-6:]}"),
    )
