"""Demo data: a few people, two merchants with key pairs and money, and accounts at the sandbox. Idempotent."""

from datetime import datetime

import requests
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction

from backoffice.demo_password import demo_password
from orders.models import ApiCredential, Dialect, Merchant
from orders.services import accounts, approvals, merchants, rotation, wallets
from providers.models import ProviderAccount, ProviderKind
from providers.sandbox.accounts import DEMO_ACCOUNTS
from providers.sandbox.outcomes import published
from providers.sandbox.tron.wallets import well_known

# Two administrators, since one must grant what the other asks for.
PEOPLE = {
    "support": "Support",
    "finance": "Finance",
    "admin": "Administrator",
    "admin2": "Administrator",
}
MERCHANTS = ("Demo merchant A", "Demo merchant B")
TOP_UP_SUN = 5_000_000_000
INBOX_TIMEOUT_SECONDS = 5


def sandbox_url() -> str:
    return f"http://127.0.0.1:{settings.SANDBOX_PORT}"


@transaction.atomic
def create(*, now: datetime) -> None:
    for username, group in PEOPLE.items():
        _person(username, group)
    for number, name in enumerate(MERCHANTS, 1):
        _merchant(name, number, now=now)
    for priority, account in enumerate(DEMO_ACCOUNTS, 1):
        if not ProviderAccount.objects.filter(label=account.name).exists():
            accounts.add_account(
                kind=ProviderKind(account.dialect),
                label=account.name,
                base_url=sandbox_url(),
                key=account.key,
                secret=account.secret,
                upstream_account=account.name,
                priority=priority * 10,
                has_query=account.has_query,
                now=now,
            )


def _person(username: str, group: str) -> None:
    """The password is set at each start, so that the one printed is always right."""
    user, is_new = User.objects.get_or_create(username=username, defaults={"is_staff": True})
    if is_new or not user.check_password(demo_password()):
        user.set_password(demo_password())
        user.save(update_fields=["password"])
    user.groups.add(*Group.objects.filter(name=group))


def _merchant(name: str, number: int, *, now: datetime) -> None:
    if Merchant.objects.filter(name=name).exists():
        return
    inbox = f"{sandbox_url()}/inbox/{_inbox(name)}"
    merchant = merchants.create_merchant(
        name=name, time_zone="Asia/Shanghai", default_callback_url=inbox, now=now
    )
    merchants.top_up(merchant, amount_sun=TOP_UP_SUN, reason="demo", now=now)
    for dialect in Dialect.values:
        rotation.issue(merchant, dialect, now=now)
    for wallet in range(1, 3):
        wallets.add_wallet(
            merchant, address=published(f"wallet-{number}-{wallet}"), label=f"deposit {wallet}", now=now
        )
    own = well_known(f"wallet of merchant {number}").key
    wallets.import_wallet(merchant, private_key=own, label="deposit, our key", now=now)
    _cold_wallet(merchant, well_known(f"cold wallet of merchant {number}").address, now=now)
    top_up = well_known(f"top-up of merchant {number}").address
    merchants.set_top_up_address(merchant, top_up, user=None, now=now)


def _cold_wallet(merchant: Merchant, address: str, *, now: datetime) -> None:
    """As people do it: one administrator asks, the other grants."""
    asks, grants = (User.objects.get(username=name) for name in ("admin", "admin2"))
    approval = approvals.propose_cold_wallet(
        merchant, address=address, label="demo", reason="demo", user=asks, now=now
    )
    approvals.grant(approval, user=grants, note="demo", now=now)


def _inbox(name: str) -> str:
    return name.lower().replace(" ", "-")


def connect_inboxes() -> None:
    """Tell the running sandbox the demo merchants' key pairs, so that its inbox can verify their callbacks."""
    for credential in ApiCredential.objects.filter(merchant__name__in=MERCHANTS).select_related("merchant"):
        pair = rotation.open_pair(credential)
        requests.post(
            f"{sandbox_url()}/control/inbox-keys",
            json={
                "name": _inbox(credential.merchant.name),
                "dialect": credential.dialect,
                "key": pair.key,
                "secret": pair.secret,
            },
            timeout=INBOX_TIMEOUT_SECONDS,
        ).raise_for_status()
