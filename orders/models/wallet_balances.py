"""What the chain said of our wallets and of the USDT contract when it was last asked. Never the books."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.payments import Wallet
from orders.models.scope import ScopedQuerySet


class WalletBalance(models.Model):
    """Of the head, so that a transfer shows before it is booked. `problem`: why the last reading failed; the figures
    are then those of `read_at`, which is empty before the first."""

    wallet = models.OneToOneField(Wallet, on_delete=models.PROTECT, related_name="on_chain")
    usdt_micro = models.BigIntegerField(default=0)
    trx_sun = models.BigIntegerField(default=0)
    energy = models.BigIntegerField(default=0)
    bandwidth = models.BigIntegerField(default=0)
    is_active = models.BooleanField(default=False)
    is_blacklisted = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True, db_index=True)
    tried_at = models.DateTimeField()
    problem = models.CharField(max_length=255, blank=True)

    objects = ScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.wallet} on chain"


class TokenTerms(models.Model):
    """What the owner of the USDT contract may change, and money then moves otherwise than we count on: a fee taken from
    each transfer, a halt of all (specs/tron.md section 12, traps 16 and 17). One row a network."""

    network = models.CharField(max_length=32, unique=True)
    fee_basis_points = models.PositiveIntegerField(default=0)
    most_fee_micro = models.BigIntegerField(default=0)
    is_halted = models.BooleanField(default=False)
    read_at = models.DateTimeField()
    changed_at = models.DateTimeField(
        null=True, help_text=_("when a reading last differed from the one before")
    )

    objects = ScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"terms of USDT on {self.network}"

    @property
    def is_odd(self) -> bool:
        return bool(self.fee_basis_points or self.is_halted)
