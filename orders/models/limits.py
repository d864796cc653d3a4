"""Counters of rate limits, shared by all web processes."""

from django.db import models


class RateCounter(models.Model):
    """How much of a minute's budget has been handed out to processes. Old rows are pruned."""

    key = models.CharField(max_length=64)
    minute = models.BigIntegerField(help_text="Unix time / 60")
    used = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "minute"], name="rate_counter_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.used}"
