"""Orders and their timeline."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.merchants import ApiCredential, Dialect, Merchant, Watcher
from orders.models.scope import ScopedQuerySet
from orders.states import OPEN_ORDER, OrderStatus
from providers.base import PAYMENT_KINDS


class OrderKind(models.TextChoices):
    COLLECT = "collect", _("collect")
    ENERGY = "energy", _("energy")
    BANDWIDTH = "bandwidth", _("bandwidth")
    BUNDLE = "bundle", _("bundle")
    ACTIVATION = "activation", _("activation")
    MONITOR = "monitor", _("monitor")
    DEPOSIT = "deposit", _("deposit")


PAYMENT = sorted(PAYMENT_KINDS)


# Waiting for our own node; and of these, those that no block was matched against yet.
WATCHED = Q(watcher="own", status="waiting")
UNSEEN = Q(watcher="own", status="waiting", watched_from=None, window_end__isnull=False)


class CallbackFormat(models.TextChoices):
    NONE = "none", _("none")
    ITRX = "itrx", "iTRX"
    V2A = "crossingpay_v2a", _("CrossingPay v2a")
    V2A_ISO = "crossingpay_v2a_iso", _("CrossingPay v2a, ISO time")
    V2A_EXTENDED = "crossingpay_v2a_ext", _("CrossingPay v2a with order numbers")
    V2A_EXTENDED_ISO = "crossingpay_v2a_ext_iso", _("CrossingPay v2a with order numbers, ISO time")
    V2B = "crossingpay_v2b", _("CrossingPay v2b")
    V2B_BODY = "crossingpay_v2b_body", _("CrossingPay v2b, signed as in its body")
    NATIVE = "native", _("Standard Webhooks")


class Source(models.TextChoices):
    STAFF = "staff", _("staff")
    API = "api", "API"


class Order(models.Model):
    """What a merchant asked for and how far along it is.

    `serial` is the merchant-facing id (32 hex). `price_sun` is held at placement; what was captured is in the
    transfers. `next_action_at` is when the order should move by itself: the sweep enqueues every row past it.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="orders")
    kind = models.CharField(max_length=16, choices=OrderKind)
    dialect = models.CharField(max_length=16, choices=Dialect, help_text=_("tariff and words of this order"))
    source = models.CharField(max_length=8, choices=Source)
    serial = models.CharField(max_length=32, unique=True)
    external_id = models.CharField(max_length=255, blank=True, help_text=_("the merchant's own number"))
    submit_token = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001 - unique
    unique_key = models.CharField(  # noqa: DJ001 - unique
        max_length=320, unique=True, null=True, editable=False, help_text=_("where a number may be used once")
    )
    request = models.JSONField(default=dict, help_text=_("what an API caller asked for, in its own words"))
    balance_after_sun = models.BigIntegerField(null=True, help_text=_("available right after the hold"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="orders"
    )

    address = models.CharField(max_length=34)
    to_address = models.CharField(max_length=34, blank=True)
    scene = models.PositiveSmallIntegerField(null=True)
    energy = models.PositiveIntegerField(default=0)
    bandwidth = models.PositiveIntegerField(default=0)
    duration_hours = models.PositiveIntegerField(default=0)
    activate = models.BooleanField(default=False)
    amount_micro = models.BigIntegerField(null=True)
    window_start = models.DateTimeField(null=True)
    window_end = models.DateTimeField(null=True)
    watcher = models.CharField(
        max_length=16, choices=Watcher, blank=True, help_text=_("of a payment order; empty: an upstream")
    )
    watched_from = models.BigIntegerField(
        null=True, help_text=_("the first block that was matched against it; empty: none yet")
    )

    price_sun = models.BigIntegerField()
    account_choice = models.ForeignKey(
        "providers.ProviderAccount", null=True, on_delete=models.PROTECT, related_name="+"
    )
    callback_url = models.CharField(max_length=2048, blank=True)
    callback_format = models.CharField(max_length=24, choices=CallbackFormat, default=CallbackFormat.NONE)
    credential = models.ForeignKey(ApiCredential, null=True, on_delete=models.PROTECT, related_name="orders")

    status = models.CharField(max_length=16, choices=OrderStatus, default=OrderStatus.NEW)
    reason = models.CharField(max_length=255, blank=True, help_text=_("why it failed or needs a person"))
    next_action_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_action_at"], name="order_due", condition=~Q(next_action_at=None)),
            models.Index(fields=["merchant", "-id"], name="order_merchant"),
            models.Index(fields=["kind", "-id"], name="order_kind"),
            models.Index(fields=["finished_at"], name="order_failed_at", condition=Q(status="failed")),
            models.Index(fields=["status", "-id"], name="order_status"),
            # Serves beginnings, too.
            models.Index(
                fields=["external_id"], name="order_external_prefix", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(fields=["to_address", "-id"], name="order_to_address", condition=~Q(to_address="")),
            models.Index(
                fields=["amount_micro", "-id"],
                name="order_amount",
                condition=Q(amount_micro__isnull=False),
            ),
            models.Index(fields=["address", "-id"], name="order_address"),
            models.Index(fields=["created_at"], name="order_created"),
            models.Index(
                fields=["address", "amount_micro", "window_start"],
                name="order_expects",
                condition=Q(amount_micro__isnull=False),
            ),
            # Conditions without values: SQLite cannot tell that a parameter fits one, and would pass the index over.
            models.Index(
                fields=["watcher", "status", "id"],
                name="order_unseen",
                condition=Q(watched_from=None, window_end__isnull=False),
            ),
            models.Index(
                fields=["watcher", "status", "window_end"],
                name="order_expires",
                condition=Q(watched_from__isnull=False),
            ),
        ]
        permissions = [("resolve_order", _("Can decide an order whose outcome is unknown"))]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(condition=Q(price_sun__gte=0), name="order_price_sign"),
            models.CheckConstraint(
                condition=Q(
                    ~Q(kind__in=PAYMENT),
                    amount_micro=None,
                    window_start=None,
                    window_end=None,
                )
                | Q(
                    kind__in=PAYMENT,
                    amount_micro__gt=0,
                    window_start__isnull=False,
                    window_end__gt=F("window_start"),
                    energy=0,
                    bandwidth=0,
                ),
                name="order_payment_fields",
            ),
            models.CheckConstraint(
                condition=Q(watcher="") | Q(watcher__in=Watcher.values, kind__in=PAYMENT),
                name="order_watcher",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["energy", "bundle", "collect"]) | Q(energy__gt=0), name="order_energy"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["bandwidth", "bundle"]) | Q(bandwidth__gt=0), name="order_bandwidth"
            ),
            models.CheckConstraint(
                condition=Q(kind="collect", scene__isnull=False) | (~Q(kind="collect") & Q(scene=None)),
                name="order_collect_scene",
            ),
            models.CheckConstraint(
                condition=Q(callback_format="none")
                | (~Q(callback_url="") & (Q(credential__isnull=False) | Q(callback_format="native"))),
                name="order_callback_signed",
            ),
            models.CheckConstraint(
                condition=Q(callback_format__in=["none", "native"])
                | Q(callback_format="itrx", amount_micro=None)
                | Q(callback_format__startswith="crossingpay", amount_micro__isnull=False),
                name="order_callback_fits",
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(OPEN_ORDER), finished_at=None)
                | (~Q(status__in=sorted(OPEN_ORDER)) & Q(finished_at__isnull=False, next_action_at=None)),
                name="order_finished_at",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The speakable number (CrossingPay's Ordersn): date and id, so that it finds the row without an index."""
        return f"{self.created_at:%Y%m%d}{self.pk:010d}"

    @property
    def is_payment(self) -> bool:
        return self.kind in PAYMENT_KINDS

    @property
    def is_watched_by_us(self) -> bool:
        return self.watcher == Watcher.OWN


class OrderEvent(models.Model):
    """Append-only timeline: what happened, who did it, when, and the facts. Never a secret in `data`."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    code = models.CharField(max_length=32)
    text = models.CharField(max_length=512)
    old_status = models.CharField(max_length=16, blank=True)
    new_status = models.CharField(max_length=16, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    is_alarm = models.BooleanField(default=False)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text
