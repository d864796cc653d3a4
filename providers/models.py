"""Accounts at upstreams and the record of every call made to them. Knows no order."""

import secrets
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from providers import keyring
from providers.base import Credentials, KeyPair


def callback_token() -> str:
    return secrets.token_urlsafe(24)


class ProviderKind(models.TextChoices):
    ITRX = "itrx", "iTRX"
    TRONZAP = "tronzap", "TronZap"
    CROSSINGPAY = "crossingpay", "CrossingPay"


class Health(models.TextChoices):
    UNKNOWN = "unknown", _("never called")
    HEALTHY = "healthy", _("healthy")
    FAILING = "failing", _("failing")
    MISCONFIGURED = "misconfigured", _("misconfigured")


class ProviderAccount(models.Model):
    """A key pair that an upstream issued to us.

    Its upstream identity is kind, base URL and account label: they freeze with the first attempt, so that a replaced
    key pair still finds what the old one bought.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=ProviderKind)
    label = models.CharField(_("label"), max_length=64, unique=True, help_text=_("how staff call it"))
    base_url = models.CharField(
        _("base URL"),
        max_length=255,
        help_text=_("https://host, with a path only where the upstream has one"),
    )
    upstream_account = models.CharField(
        _("account at the upstream"),
        max_length=64,
        blank=True,
        help_text=_("the account's name at the upstream, as a note for staff"),
    )
    sealed_key = models.TextField(editable=False, default="")
    sealed_secret = models.TextField(editable=False)
    previous_sealed_key = models.TextField(editable=False, default="", blank=True)
    previous_sealed_secret = models.TextField(editable=False, default="", blank=True)
    previous_until = models.DateTimeField(
        _("old keys are accepted until"), null=True, blank=True, editable=False
    )
    callback_token = models.CharField(max_length=64, unique=True, default=callback_token, editable=False)
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=100, help_text=_("the lowest number is tried first")
    )
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("off stops new orders; polls of accepted ones go on")
    )
    has_query = models.BooleanField(
        _("has a query"),
        default=False,
        help_text=_("CrossingPay only: the upstream answers /api/orders/query (ours does)"),
    )
    low_balance_sun = models.BigIntegerField(
        _("low balance"), default=0, help_text=_("below this the account is shown as low, in sun")
    )
    health = models.CharField(
        _("health"), max_length=16, choices=Health, default=Health.UNKNOWN, editable=False
    )
    health_note = models.CharField(_("note on its health"), max_length=255, blank=True, editable=False)
    health_at = models.DateTimeField(_("health told at"), null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    balance_sun = models.BigIntegerField(_("balance there"), null=True, blank=True, editable=False)
    balance_at = models.DateTimeField(_("balance told at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["priority", "id"]
        verbose_name, verbose_name_plural = _("provider account"), _("provider accounts")
        constraints = [
            models.CheckConstraint(condition=~Q(sealed_secret=""), name="provider_account_has_secret"),
        ]

    def __str__(self) -> str:
        return self.label

    def credentials(self, *, now: datetime) -> Credentials:
        """The pair in use, and the replaced one while its grace runs. Raises SecretUnreadable."""
        previous = None
        if self.previous_sealed_secret and self.previous_until and now < self.previous_until:
            previous = _open(self.previous_sealed_key, self.previous_sealed_secret)
        return Credentials(self.base_url, _open(self.sealed_key, self.sealed_secret), previous)


def _open(sealed_key: str, sealed_secret: str) -> KeyPair:
    return KeyPair(keyring.unseal(sealed_key) if sealed_key else "", keyring.unseal(sealed_secret))


class ProviderCall(models.Model):
    """One HTTP try towards an upstream, append-only, secrets masked before storing."""

    account = models.ForeignKey(
        ProviderAccount,
        verbose_name=pgettext_lazy("provider", "account"),
        on_delete=models.PROTECT,
        related_name="calls",
    )
    request_id = models.CharField(
        _("request id"),
        max_length=64,
        blank=True,
        db_index=True,
        help_text=_("ours; an attempt's, not an order"),
    )
    purpose = models.CharField(_("purpose"), max_length=32)
    method = models.CharField(_("method"), max_length=8)
    url = models.CharField(_("URL"), max_length=2048)
    request_headers = models.JSONField(_("request headers"), default=dict)
    request_body = models.TextField(_("request body"), blank=True)
    sent = models.BooleanField(_("sent"), help_text=_("false: proven that no byte left"))
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    response_headers = models.JSONField(_("response headers"), default=dict)
    response_body = models.TextField(_("response body"), blank=True)
    error = models.CharField(_("error"), max_length=255, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration in milliseconds"))
    created_at = models.DateTimeField(_("created at"), db_index=True)

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("provider call"), _("provider calls")

    def __str__(self) -> str:
        return f"{self.purpose} {self.method} {self.url} → {self.status or self.error}"
