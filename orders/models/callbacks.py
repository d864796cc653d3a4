"""The outbox towards merchants, and the log of every callback exchange in both directions."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.merchants import ApiCredential, Merchant
from orders.models.orders import CallbackFormat, Order
from orders.models.scope import ScopedQuerySet
from orders.states import CallbackStatus


def event_id() -> str:
    return f"evt_{uuid.uuid4().hex}"


class Lane(models.IntegerChoices):
    FIRST = 0, _("first attempt")
    AGAIN = 1, _("retry or resend")


class Callback(models.Model):
    """One event of one order, to one URL. `payload` holds the facts and never changes; the bytes are made from it at
    each sending, since iTRX renews its timestamp.

    While it is pending, a dispatcher may take it at `claimable_at`: when its next attempt is due, or later when its
    host takes none now. `leased_until` is set as long as a dispatcher holds it, so a row whose lease has run out was
    being sent by one that died; no index holds it, for taking a row must be cheap. `lane` parts first attempts from
    retries and resends. A test callback belongs to no order.
    """

    # An index more costs each try a tenth: what a constraint or a longer index begins with has none of its own.
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="callbacks", db_index=False)
    order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, related_name="callbacks", db_index=False
    )
    is_test = models.BooleanField(default=False)
    event = models.CharField(max_length=32)
    occurrence = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text=_("one more each time a payment was taken back")
    )
    event_id = models.CharField(max_length=40, default=event_id)
    url = models.CharField(max_length=2048)
    host = models.CharField(max_length=255)
    format = models.CharField(max_length=24, choices=CallbackFormat)
    credential = models.ForeignKey(
        ApiCredential,
        null=True,
        on_delete=models.PROTECT,
        related_name="callbacks",
        db_index=False,
        help_text=_("none: native"),
    )
    payload = models.JSONField()
    status = models.CharField(max_length=16, choices=CallbackStatus, default=CallbackStatus.PENDING)
    attempts = models.PositiveIntegerField(default=0, help_text=_("over all rounds"))
    round_attempts = models.PositiveIntegerField(default=0, help_text=_("since it was made or resent"))
    trigger = models.CharField(max_length=16, default="automatic")
    is_retried = models.BooleanField(default=True, help_text=_("by itself, after a failure"))
    lane = models.PositiveSmallIntegerField(choices=Lane, default=Lane.FIRST)
    next_attempt_at = models.DateTimeField(null=True)
    claimable_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [("resend_callback", _("Can resend a callback"))]
        indexes = [
            models.Index(
                fields=["lane", "claimable_at"], name="callback_claim", condition=Q(status="pending")
            ),
            models.Index(
                fields=["host", "lane", "claimable_at"], name="callback_host", condition=Q(status="pending")
            ),
            models.Index(fields=["host", "-id"], name="callback_host_list"),
            models.Index(fields=["merchant", "-id"], name="callback_merchant"),
            models.Index(fields=["status", "-id"], name="callback_status"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["event_id"], name="callback_event_id"),
            models.UniqueConstraint(fields=["order", "event", "occurrence"], name="callback_once_per_event"),
            models.CheckConstraint(
                condition=Q(status="pending", next_attempt_at__isnull=False, claimable_at__isnull=False)
                | (~Q(status="pending") & Q(next_attempt_at=None, claimable_at=None)),
                name="callback_next_attempt",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False, is_test=False) | Q(order=None, is_test=True),
                name="callback_of_order_or_test",
            ),
            models.CheckConstraint(
                condition=Q(credential__isnull=False) | Q(format="native"), name="callback_signed"
            ),
        ]

    def __str__(self) -> str:
        return self.event_id


class Circuit(models.TextChoices):
    CLOSED = "closed", _("open for sending")
    OPEN = "open", _("paused after failures")
    PROBING = "probing", _("one attempt is trying it")


class CallbackHost(models.Model):
    """A host callbacks go to, and its circuit breaker."""

    host = models.CharField(max_length=255, unique=True)
    circuit = models.CharField(max_length=8, choices=Circuit, default=Circuit.CLOSED)
    failures = models.PositiveIntegerField(default=0, help_text=_("in a row"))
    opened_at = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True, help_text=_("when one attempt may try it again"))
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=255, blank=True)
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["host"]
        verbose_name = _("endpoint")
        permissions = [("reopen_callbackhost", _("Can send to a paused endpoint again"))]

    def __str__(self) -> str:
        return self.host


class GoneUrl(models.Model):
    """A URL that answered 410 to a native event. Only a person takes it from here."""

    host = models.ForeignKey(CallbackHost, on_delete=models.CASCADE, related_name="gone_urls")
    url = models.CharField(max_length=2048, unique=True)
    callback = models.ForeignKey(
        Callback, on_delete=models.PROTECT, related_name="+", help_text=_("it refused this")
    )
    flagged_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.url


class Direction(models.TextChoices):
    OUT = "out", _("to the merchant")
    IN = "in", _("from a provider")


FAILED_OUT = Q(direction="out") & ~Q(verdict="delivered")


VERDICTS = {
    "accepted": _("accepted"),
    "bad_signature": _("bad signature"),
    "bad_url": _("bad url"),
    "delivered": _("delivered"),
    "fault": _("fault"),
    "keys_unreadable": _("keys unreadable"),
    "malformed": _("malformed"),
    "no_answer": _("no answer"),
    "no_change": _("no change"),
    "no_connection": _("no connection"),
    "refused": _("refused"),
    "refused_target": _("refused target"),
    "replayed": _("replayed"),
    "stale": _("stale"),
    "unknown": _("unknown"),
    "unknown_order": _("unknown order"),
    "unsupported": _("unsupported"),
}


def verdict_words(word: str) -> str:
    return str(VERDICTS.get(word, word.replace("_", " ")))


class CallbackLog(models.Model):
    """One exchange, append-only; secrets masked before storing.

    `verdict`, out: delivered, refused (a status other than 200), refused_target (we may not call that address), or why
    there is no answer (no_connection, no_answer, bad_url; unknown: its dispatcher died or was stopped; fault: we
    failed ourselves). The signature in it stays as it was sent: it is evidence, and no key.
    In: accepted, no_change, or why it changed nothing (bad_signature, stale, malformed, unknown_order,
    keys_unreadable, …).
    """

    direction = models.CharField(max_length=4, choices=Direction)
    callback = models.ForeignKey(Callback, null=True, on_delete=models.PROTECT, related_name="logs")
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="callback_logs")
    merchant = models.ForeignKey(
        "orders.Merchant", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    account = models.ForeignKey(
        "providers.ProviderAccount", null=True, on_delete=models.PROTECT, related_name="callback_logs"
    )
    credential = models.ForeignKey(
        ApiCredential, null=True, on_delete=models.PROTECT, related_name="callback_logs", db_index=False
    )
    is_test = models.BooleanField(default=False)
    attempt_number = models.PositiveIntegerField(default=0)
    trigger = models.CharField(max_length=16, blank=True)
    url = models.CharField(max_length=2048)
    host = models.CharField(max_length=255, blank=True)
    request_headers = models.JSONField(default=dict)
    request_body = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True)
    verdict = models.CharField(max_length=24)
    note = models.CharField(max_length=255, blank=True)
    signed_text = models.TextField(blank=True, help_text=_("what the signature covers, the key masked"))
    resolved_ip = models.CharField(max_length=45, blank=True, help_text=_("the address connected to"))
    tls = models.CharField(max_length=64, blank=True, help_text=_("version and cipher"))
    duration_ms = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, help_text=_("as planned after this attempt"))
    created_at = models.DateTimeField(db_index=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="callback_log_merchant"),
            models.Index(fields=["verdict", "-id"], name="callback_log_verdict"),
            models.Index(fields=["host", "-id"], name="callback_log_host"),
            # What staff look for is rare among millions: small indexes, newest first, that a delivered first attempt
            # never enters.
            models.Index(fields=["-id"], name="callback_log_failed", condition=FAILED_OUT),
            models.Index(fields=["status", "-id"], name="callback_log_http", condition=Q(status__gt=200)),
            models.Index(fields=["-id"], name="callback_log_in", condition=Q(direction="in")),
            models.Index(fields=["-id"], name="callback_log_resent", condition=Q(trigger="resend")),
            models.Index(fields=["-id"], name="callback_log_test", condition=Q(is_test=True)),
        ]
        permissions = [("export_callbacklog", _("Can export the callback log"))]

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {verdict_words(self.verdict)}"
