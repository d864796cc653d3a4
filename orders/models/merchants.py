"""Merchants and the key pairs we issue to them."""

from datetime import datetime
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models.checks import check_callback_url, check_printable
from orders.models.scope import ScopedQuerySet


def check_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(gettext("Not a time zone of the IANA list, such as Asia/Shanghai."))


def default_time_zone() -> str:
    return str(settings.DEFAULT_MERCHANT_TIME_ZONE)


class Dialect(models.TextChoices):
    ITRX = "itrx", "iTRX"
    TRONZAP = "tronzap", "TronZap"
    CROSSINGPAY = "crossingpay", "CrossingPay"


class CrossingPayFormat(models.TextChoices):
    """The profiles of specs/crossingpay.md sections 4 to 6; a subset of CallbackFormat."""

    V2A = "crossingpay_v2a", _("v2a: five fields, Unix time")
    V2A_ISO = "crossingpay_v2a_iso", _("v2a, ISO time (+08:00)")
    V2A_EXTENDED = "crossingpay_v2a_ext", _("v2a with order numbers and status")
    V2A_EXTENDED_ISO = "crossingpay_v2a_ext_iso", _("v2a with order numbers and status, ISO time")
    V2B = "crossingpay_v2b", _("v2b, signed by the table of page 65")
    V2B_BODY = "crossingpay_v2b_body", _("v2b, signed as in its body")


class Watcher(models.TextChoices):
    OWN = "own", _("our own node")
    UPSTREAM = "upstream", _("an upstream")


class Merchant(models.Model):
    """A customer of the operator. `enabled` off refuses its API calls and new orders; open orders go on."""

    name = models.CharField(max_length=128, unique=True, validators=[check_printable])
    time_zone = models.CharField(max_length=64, default=default_time_zone, validators=[check_time_zone])
    default_callback_url = models.CharField(max_length=2048, blank=True, validators=[check_callback_url])
    enabled = models.BooleanField(default=True)
    unique_external_id = models.BooleanField(
        default=False, help_text=_("TronZap API: refuse an external_id that was used before")
    )
    crossingpay_format = models.CharField(
        max_length=24,
        choices=CrossingPayFormat,
        default=CrossingPayFormat.V2A,
        help_text=_("of new payment orders"),
    )
    tell_failures = models.BooleanField(
        default=False, help_text=_("CrossingPay callbacks of payment orders that failed, too")
    )
    automatic_retry = models.BooleanField(
        default=True, help_text=_("a callback that was not answered with 200 is sent again by itself")
    )
    native_events = models.BooleanField(
        default=False,
        help_text=_(
            "Standard Webhooks to the default callback URL for orders whose protocol has no callbacks"
        ),
    )
    watcher = models.CharField(
        max_length=16,
        choices=Watcher,
        blank=True,
        help_text=_("who watches its payment orders; empty: our own node where there is one"),
    )
    low_balance_sun = models.BigIntegerField(
        default=0, help_text=_("below this an alert is raised; 0: never")
    )
    deposit_step_micro = models.PositiveIntegerField(
        default=0,
        help_text=_(
            "by how much a deposit's amount is moved, up to the first that is free; 0: a taken one is refused"
        ),
    )
    top_up_address = models.CharField(
        _("top-up address"),
        max_length=34,
        unique=True,
        null=True,
        blank=True,
        help_text=_("TRX sent to it is credited to its balance; the operator holds its key"),
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [
            ("propose_top_up", _("Can ask for a top-up of a merchant")),
            ("top_up", _("Can top up a merchant")),
            ("propose_adjustment", _("Can ask for an adjustment of a merchant's account")),
            ("adjust", _("Can adjust a merchant's account")),
            ("send_test_callback", _("Can send a test callback")),
            ("use_workbench", _("Can check a merchant's signatures")),
        ]

    def __str__(self) -> str:
        return self.name


class SecretQuerySet(ScopedQuerySet["WebhookSecret"]):
    def alive(self, now: datetime) -> "SecretQuerySet":
        return self.filter(Q(retires_at=None) | Q(retires_at__gt=now), revoked_at=None)


class WebhookSecret(models.Model):
    """Signs the `webhook-signature` header of a merchant's callbacks, apart from any API key (Standard Webhooks).

    Two live while one replaces the other: each callback then carries both signatures.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="webhook_secrets")
    hint = models.CharField(max_length=8, help_text=_("the last characters"))
    sealed_secret = models.TextField(editable=False)
    created_at = models.DateTimeField()
    retires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = SecretQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("rotate_webhooksecret", _("Can rotate a webhook secret")),
            ("revoke_webhooksecret", _("Can revoke a webhook secret")),
        ]
        constraints = [models.CheckConstraint(condition=~Q(sealed_secret=""), name="webhook_secret_is_there")]

    def __str__(self) -> str:
        return gettext("webhook secret …%(hint)s") % {"hint": self.hint}

    def is_alive(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.retires_at is None or now < self.retires_at)


class CredentialQuerySet(ScopedQuerySet["ApiCredential"]):
    def alive(self, now: datetime) -> "CredentialQuerySet":
        return self.filter(Q(retires_at=None) | Q(retires_at__gt=now), revoked_at=None)


class ApiCredential(models.Model):
    """An immutable pair issued to a merchant for one dialect; found by a keyed digest of its key.

    iTRX: API_KEY and API_SECRET. TronZap: token and secret. CrossingPay: the apikey (which signs v2a callbacks) and
    the secret of the extra webhook-signature header. `retires_at` ends a grace period after rotation.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="credentials")
    dialect = models.CharField(max_length=16, choices=Dialect)
    key_hint = models.CharField(max_length=16, help_text=_("the last characters of the key"))
    key_digest = models.CharField(max_length=64, unique=True, editable=False)
    sealed_key = models.TextField(editable=False)
    sealed_secret = models.TextField(editable=False)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="successor"
    )
    allowed_networks = models.JSONField(
        default=list, blank=True, help_text=_("addresses or networks that may use it; empty: any")
    )
    requests_per_minute = models.PositiveIntegerField(default=0, help_text=_("0: the general limit"))
    created_at = models.DateTimeField()
    retires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        verbose_name = _("API credential")
        ordering = ["-id"]
        permissions = [
            ("restrict_apicredential", _("Can limit from where and how often a credential is used")),
            ("rotate_apicredential", _("Can rotate a credential")),
            ("revoke_apicredential", _("Can revoke a credential")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(sealed_secret="") & ~Q(sealed_key=""), name="credential_has_secret"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_dialect_display()} …{self.key_hint}"

    def is_alive(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.retires_at is None or now < self.retires_at)
