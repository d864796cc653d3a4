"""How a merchant is told: the switches of its callbacks."""

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from orders.models import AuditEntry, Merchant
from orders.services import merchants


def test_what_changed_is_on_the_trail(merchant: Merchant, admin_user: User, now: datetime) -> None:
    wanted = {"crossingpay_format": "crossingpay_v2b", "tell_failures": True, "automatic_retry": True}
    assert merchants.set_callbacks(merchant, wanted, now=now, user=admin_user) is True
    merchant.refresh_from_db()
    assert (merchant.crossingpay_format, merchant.tell_failures) == ("crossingpay_v2b", True)
    entry = AuditEntry.objects.get(act="merchant.callbacks")
    assert entry.user == admin_user
    assert entry.before == {"crossingpay_format": "crossingpay_v2a", "tell_failures": False}
    assert entry.after == {"crossingpay_format": "crossingpay_v2b", "tell_failures": True}
    assert merchants.set_callbacks(merchant, wanted, now=now) is False
    assert AuditEntry.objects.filter(act="merchant.callbacks").count() == 1


def test_a_format_that_is_none_changes_nothing(merchant: Merchant, now: datetime) -> None:
    with pytest.raises(ValidationError):
        merchants.set_callbacks(merchant, {"crossingpay_format": "itrx", "tell_failures": True}, now=now)
    merchant.refresh_from_db()
    assert not merchant.tell_failures


def test_other_columns_are_no_switches(merchant: Merchant, now: datetime) -> None:
    with pytest.raises(ValueError, match="name"):
        merchants.set_callbacks(merchant, {"name": "Another"}, now=now)
