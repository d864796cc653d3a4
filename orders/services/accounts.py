"""Provider accounts: adding, replacing keys, testing, balances and health."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orders import notation
from orders.models import Attempt
from orders.models.checks import check_callback_url
from orders.services import audit, ledger, queue, readings
from providers import keyring, registry
from providers.errors import ProviderError, ProviderMisconfigured
from providers.keyring import SecretUnreadable
from providers.models import Health, ProviderAccount, ProviderKind
from providers.money import format_units

logger = logging.getLogger(__name__)

IDENTITY = ("kind", "base_url", "upstream_account")
REFRESH = timedelta(minutes=1)


def check_base_url(text: str) -> None:
    """http(s) and a host, perhaps a path; no credentials, query or fragment. Raises ValidationError."""
    check_callback_url(text)
    if set(text) & set("?#"):
        raise ValidationError(_("Enter https:// and a host, without a query."))


def _check_pair(kind: str, key: str, secret: str) -> None:
    """What can be signed with and sent as a header. CrossingPay has a secret only. Raises ValidationError."""
    if not secret or (not key and kind != ProviderKind.CROSSINGPAY):
        raise ValidationError(_("An upstream of this kind needs a key and a secret."))
    if any(not (text.isascii() and text.isprintable()) or " " in text for text in (key, secret)):
        raise ValidationError(_("Keys are printable ASCII without spaces."))


def add_account(
    *,
    kind: str,
    label: str,
    base_url: str,
    key: str,
    secret: str,
    now: datetime,
    upstream_account: str = "",
    priority: int = 100,
    has_query: bool = False,
    low_balance_sun: int = 0,
    enabled: bool = True,
    user: User | None = None,
) -> ProviderAccount:
    """Raises ValidationError."""
    check_base_url(base_url)
    _check_pair(kind, key, secret)
    account = ProviderAccount(
        kind=kind,
        label=label,
        base_url=base_url.rstrip("/"),
        upstream_account=upstream_account,
        sealed_key=keyring.seal(key) if key else "",
        sealed_secret=keyring.seal(secret),
        priority=priority,
        has_query=has_query,
        low_balance_sun=low_balance_sun,
        enabled=enabled,
    )
    account.full_clean()
    with transaction.atomic():
        account.save()
        audit.record(
            "provider_account.add", user=user, now=now, target=account, after={"kind": kind, "url": base_url}
        )
    return account


def change_account(
    account: ProviderAccount, changes: dict[str, Any], *, now: datetime, user: User | None = None
) -> None:
    """Any column but keys and health. Raises ValidationError, also for a new identity after the first attempt."""
    if "base_url" in changes:
        check_base_url(changes["base_url"])
    with transaction.atomic():
        old = ProviderAccount.objects.select_for_update().get(pk=account.pk)
        before = {name: getattr(old, name) for name in changes}
        moved = {name: value for name, value in changes.items() if before[name] != value}
        if identity_is_frozen(old) and any(name in IDENTITY for name in moved):
            raise ValidationError(
                _("Orders were sent there: kind, URL and upstream account stay as they are.")
            )
        for name, value in moved.items():
            setattr(old, name, value)
        old.full_clean()
        old.save(update_fields=list(moved))
        audit.record(
            "provider_account.change",
            user=user,
            now=now,
            target=old,
            before={name: before[name] for name in moved},
            after=moved,
        )


def top_up(
    account: ProviderAccount, *, amount_sun: int, reason: str, now: datetime, user: User | None = None
) -> None:
    """Book what we paid to an upstream. Raises ValueError for an amount that is none."""
    with transaction.atomic():
        ledger.provider_top_up(account, amount_sun, note=reason, now=now)
        audit.record(
            "provider_account.top_up",
            user=user,
            now=now,
            target=account,
            after={"amount_sun": amount_sun, "reason": reason},
        )


def replace_keys(
    account: ProviderAccount,
    *,
    key: str,
    secret: str,
    grace: timedelta,
    now: datetime,
    user: User | None = None,
) -> None:
    """New calls use the new pair at once; the old one still verifies callbacks during the grace.
    Raises ValidationError."""
    _check_pair(account.kind, key, secret)
    with transaction.atomic():
        old = ProviderAccount.objects.select_for_update().get(pk=account.pk)
        ProviderAccount.objects.filter(pk=old.pk).update(
            sealed_key=keyring.seal(key) if key else "",
            sealed_secret=keyring.seal(secret),
            previous_sealed_key=old.sealed_key if grace else "",
            previous_sealed_secret=old.sealed_secret if grace else "",
            previous_until=now + grace if grace else None,
            health=Health.UNKNOWN,
            health_note="",
        )
        audit.record(
            "provider_account.replace_keys",
            user=user,
            now=now,
            target=account,
            after={"grace_seconds": int(grace.total_seconds())},
        )


def identity_is_frozen(account: ProviderAccount) -> bool:
    """Kind, URL and upstream account label are fixed once an attempt was made there."""
    return Attempt.objects.filter(account=account).exists()


def mark(account: ProviderAccount, health: Health, note: str = "", *, now: datetime) -> None:
    """Store what the last call told about the account; failing_since keeps the first failure.

    Good news is not written on each call: the row would be one that every order updates."""
    known_at = account.health_at
    if account.health == health == Health.HEALTHY and known_at and now - known_at < REFRESH:
        return
    since = account.failing_since
    if health == Health.HEALTHY:
        since = None
    elif health == Health.FAILING and since is None:
        since = now
    ProviderAccount.objects.filter(pk=account.pk).update(
        health=health, health_note=note[:255], health_at=now, failing_since=since
    )


def note_balance(account: ProviderAccount, balance_sun: int | None, *, now: datetime) -> None:
    if balance_sun is not None:
        ProviderAccount.objects.filter(pk=account.pk).update(balance_sun=balance_sun, balance_at=now)


def check(
    account: ProviderAccount, *, clock: Callable[[], datetime], lifts: bool = True
) -> tuple[bool, str | Promise]:
    """Ask the upstream for our balance: proves URL and key. Returns success and a sentence for staff.

    `lifts`: whether a good answer makes a misconfigured account healthy. A person may; a schedule may not, since an
    iTRX read needs no signature and proves no secret."""
    try:
        balance = registry.client_for(account, now=clock()).balance()
    except (ProviderMisconfigured, SecretUnreadable) as error:
        mark(account, Health.MISCONFIGURED, str(error), now=clock())
        return False, str(error)
    except ProviderError as error:
        mark(account, Health.FAILING, str(error), now=clock())
        return False, str(error)
    if not balance.is_proven:
        return True, _("This upstream answers no question; its URL and keys are proven by the first order.")
    if lifts or account.health != Health.MISCONFIGURED:
        mark(account, Health.HEALTHY, now=clock())
    note_balance(account, balance.balance_sun, now=clock())
    if balance.balance_sun is not None:
        readings.note(account, balance.balance_sun, now=clock())
    if balance.balance_sun is None:
        return True, _("The upstream accepts our key; it tells no balance.")
    sentence = _("The upstream answers; our balance there is {balance} TRX.")
    return True, format_lazy(sentence, balance=notation.decimal_lazy(format_units(balance.balance_sun)))


def enqueue_checks() -> int:
    """A task per enabled account, so that a slow upstream holds up none but itself. Returns how many."""
    pks = list(ProviderAccount.objects.filter(enabled=True).values_list("pk", flat=True))
    for pk in pks:
        queue.enqueue("orders.tasks.check_account", pk)
    return len(pks)


def reencrypt() -> int:
    """Move every account's secrets to the newest key of the ring. Returns how many rows."""
    fields = ("sealed_key", "sealed_secret", "previous_sealed_key", "previous_sealed_secret")
    pks = list(ProviderAccount.objects.values_list("pk", flat=True))
    for pk in pks:
        with transaction.atomic():
            row = ProviderAccount.objects.select_for_update().values(*fields).get(pk=pk)
            moved = {name: keyring.reseal(value) if value else "" for name, value in row.items()}
            ProviderAccount.objects.filter(pk=pk).update(**moved)
    return len(pks)
