"""Every staff page, asked for directly by each role."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_q.models import Schedule

from backoffice.roles import ADMINISTRATOR, FINANCE, SUPPORT
from orders.models import (
    ApiCredential,
    Approval,
    AuditEntry,
    Backfill,
    Callback,
    CallbackFormat,
    CallbackHost,
    CallbackLog,
    GoneUrl,
    LedgerAccount,
    Merchant,
    Payment,
    ResendJob,
    SweepPolicy,
    TariffRate,
    Transfer,
    Wallet,
    WebhookSecret,
)
from orders.services import (
    approvals,
    cold_wallets,
    detecting,
    leadership,
    merchants,
    rotation,
    wallets,
    webhook_secrets,
)
from orders.states import CallbackStatus
from providers.models import ProviderAccount, ProviderCall
from tests.orders.admin.conftest import LogIn
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, MakeAccount, Place

ALL, BOOKS, ADMIN = {SUPPORT, FINANCE, ADMINISTRATOR}, {FINANCE, ADMINISTRATOR}, {ADMINISTRATOR}
HANDS = {SUPPORT, ADMINISTRATOR}
# Who may open it; `{…}` is filled with the id of a row of that kind.
PAGES: dict[str, set[str]] = {
    "": ALL,
    "orders/merchant/": ALL,
    "orders/merchant/{merchant}/change/": ALL,
    "orders/merchant/add/": ADMIN,
    "orders/merchant/{merchant}/top-up/": {SUPPORT, ADMINISTRATOR},
    "orders/merchant/{merchant}/callbacks/": ADMIN,
    "orders/merchant/{merchant}/test-callback/": {SUPPORT, ADMINISTRATOR},
    "orders/merchant/workbench/": {SUPPORT, ADMINISTRATOR},
    "orders/webhooksecret/": {SUPPORT, ADMINISTRATOR},
    "orders/webhooksecret/{secret}/change/": {SUPPORT, ADMINISTRATOR},
    "orders/webhooksecret/add/": ADMIN,
    "orders/webhooksecret/{secret}/rotate/": ADMIN,
    "orders/webhooksecret/{secret}/revoke/": ADMIN,
    "orders/apicredential/": {SUPPORT, ADMINISTRATOR},
    "orders/apicredential/{credential}/change/": {SUPPORT, ADMINISTRATOR},
    "orders/apicredential/add/": ADMIN,
    "orders/apicredential/{credential}/access/": ADMIN,
    "orders/apicredential/{credential}/rotate/": ADMIN,
    "orders/apicredential/{credential}/revoke/": ADMIN,
    "orders/wallet/": ALL,
    "orders/wallet/{wallet}/change/": ALL,
    "orders/wallet/add/": ADMIN,
    "orders/backfill/": ALL,
    "orders/backfill/{backfill}/change/": ALL,
    "orders/backfill/status/": ALL,
    "orders/backfill/status/live/": ALL,
    "orders/backfill/rescan/": HANDS,
    "orders/payment/": ALL,
    "orders/payment/sums/": ALL,
    "orders/payment/{payment}/change/": ALL,
    "orders/payment/{payment}/attach/": BOOKS,
    "orders/payment/{payment}/dismiss/": BOOKS,
    "orders/sweep/": ALL,
    "orders/sweep/{sweep}/change/": ALL,
    "orders/sweep/{sweep}/retry/": ADMIN,
    "orders/sweep/{sweep}/cancel/": ADMIN,
    "orders/sweep/pause/": ADMIN,
    "orders/sweeppolicy/": ALL,
    "orders/sweeppolicy/{policy}/change/": ALL,
    "orders/sweeppolicy/add/": ADMIN,
    "orders/coldwallet/": ALL,
    "orders/coldwallet/{cold}/change/": ALL,
    "orders/coldwallet/propose/": ADMIN,
    "orders/tariffrate/": ALL,
    "orders/tariffrate/{rate}/change/": ALL,
    "orders/tariffrate/add/": ADMIN,
    "orders/tariffrate/{rate}/delete/": ADMIN,
    "providers/provideraccount/": ALL,
    "providers/provideraccount/{account}/change/": ALL,
    "providers/provideraccount/add/": ADMIN,
    "providers/provideraccount/{account}/replace-keys/": ADMIN,
    "providers/provideraccount/{account}/top-up/": ADMIN,
    "providers/providercall/": ALL,
    "providers/providercall/{call}/change/": ALL,
    "orders/ledgeraccount/": BOOKS,
    "orders/ledgeraccount/balances/": BOOKS,
    "orders/ledgeraccount/balances/refresh/": {FINANCE, ADMINISTRATOR},
    "orders/ledgeraccount/{ledger}/change/": BOOKS,
    "orders/transfer/": BOOKS,
    "orders/transfer/{transfer}/change/": BOOKS,
    "orders/approval/": ALL,
    "orders/approval/{approval}/change/": ALL,
    "orders/approval/{approval}/grant/": ADMIN,
    "orders/approval/{approval}/refuse/": ADMIN,
    "orders/callback/": ALL,
    "orders/callback/{callback}/change/": ALL,
    "orders/callback/{callback}/resend/": HANDS,
    "orders/callback/resend-matching/": HANDS,
    "orders/callbacklog/": ALL,
    "orders/callbacklog/{log}/change/": ALL,
    "orders/callbacklog/resend-matching/": HANDS,
    "orders/callbackhost/": ALL,
    "orders/callbackhost/{host}/change/": ALL,
    "orders/callbackhost/{host}/try-now/": HANDS,
    "orders/callbackhost/{host}/gone/{gone}/unflag/": HANDS,
    "orders/resendjob/": ALL,
    "orders/resendjob/{job}/change/": ALL,
    "orders/resendjob/{job}/progress/": ALL,
    "orders/auditentry/": BOOKS,
    "orders/auditentry/{audit}/change/": BOOKS,
    "auth/user/": ADMIN,
    "auth/user/add/": ADMIN,
    "auth/user/{user}/change/": ADMIN,
    "auth/user/{user}/password/": ADMIN,
    "auth/group/": ADMIN,
    "auth/group/{group}/change/": ADMIN,
    "auth/group/add/": ADMIN,
    "django_q/ormq/": ADMIN,
    "django_q/schedule/": ADMIN,
    "django_q/schedule/{schedule}/change/": ADMIN,
    "django_q/success/": ADMIN,
    "django_q/failure/": ADMIN,
}
# What is only ever posted to.
POSTS: dict[str, set[str]] = {
    "providers/provideraccount/{account}/test/": ADMIN,
    "orders/callbacklog/export/": BOOKS,
    "orders/resendjob/{job}/act/pause/": HANDS,
    "orders/resendjob/{job}/act/cancel/": HANDS,
}
NEVER = [
    "orders/sweep/add/",
    "orders/sweep/{sweep}/delete/",
    "orders/sweeppolicy/{policy}/delete/",
    "orders/coldwallet/add/",
    "orders/coldwallet/{cold}/delete/",
    "orders/merchant/{merchant}/delete/",
    "orders/apicredential/{credential}/delete/",
    "orders/webhooksecret/{secret}/delete/",
    "orders/ledgeraccount/add/",
    "orders/ledgeraccount/{ledger}/delete/",
    "orders/transfer/add/",
    "orders/transfer/{transfer}/delete/",
    "orders/callback/add/",
    "orders/callback/{callback}/delete/",
    "orders/callbacklog/add/",
    "orders/callbacklog/{log}/delete/",
    "orders/callbackhost/add/",
    "orders/callbackhost/{host}/delete/",
    "orders/resendjob/add/",
    "orders/resendjob/{job}/delete/",
    "orders/auditentry/add/",
    "orders/auditentry/{audit}/delete/",
    "orders/approval/add/",
    "orders/approval/{approval}/delete/",
    "providers/provideraccount/{account}/delete/",
    "providers/providercall/{call}/delete/",
    "auth/user/{user}/delete/",
    "auth/group/{group}/delete/",
    "django_q/schedule/add/",
]
LISTS = [path for path in PAGES if path.endswith("/") and "{" not in path and path.count("/") == 2]


@pytest.fixture
def ids(merchant: Merchant, place: Place, make_account: MakeAccount, log_in: LogIn) -> dict[str, Any]:
    """One row of every kind."""
    asker = User.objects.create_user("asker", is_staff=True)
    account = make_account()
    place()
    callback = Callback.objects.create(
        merchant=merchant,
        is_test=True,
        status=CallbackStatus.EXHAUSTED,
        url="http://merchant.test/in",
        host="merchant.test",
        format=CallbackFormat.ITRX,
        credential=rotation.issue(merchant, "tronzap", now=NOW).credential,
        payload={},
        created_at=NOW,
    )
    host = CallbackHost.objects.create(host="merchant.test")
    proposal = approvals.propose_cold_wallet(
        merchant, address=ADDRESS, label="", reason="x", user=asker, now=NOW
    )
    cold = cold_wallets.set_target(proposal, merchant, user=asker, now=NOW)
    wallet = wallets.add_wallet(merchant, address=OTHER_ADDRESS, label="", now=NOW)
    sweep = detecting.open_sweep(wallet, now=NOW)
    assert sweep is not None
    call = {"purpose": "balance", "method": "GET", "url": "http://127.0.0.1:65535/", "sent": True}
    return {
        "merchant": merchant.pk,
        "credential": rotation.issue(merchant, "itrx", now=NOW).credential.pk,
        "secret": webhook_secrets.issue(merchant, now=NOW).row.pk,
        "wallet": wallet.pk,
        "sweep": sweep.pk,
        "policy": SweepPolicy.objects.all()[0].pk,
        "cold": cold.pk,
        "rate": TariffRate.objects.all()[0].pk,
        "account": account.pk,
        "backfill": Backfill.objects.create(
            cursor=leadership.cursor(), first_number=1, last_number=2, next_number=1, created_at=NOW
        ).pk,
        "payment": Payment.objects.create(
            txid="a" * 64, address=ADDRESS, amount_micro=5, paid_at=NOW, received_at=NOW
        ).pk,
        "call": ProviderCall.objects.create(account=account, duration_ms=1, created_at=NOW, **call).pk,
        "ledger": LedgerAccount.objects.all()[0].pk,
        "transfer": Transfer.objects.all()[0].pk,
        "approval": approvals.propose_top_up(merchant, amount_sun=5, reason="x", user=asker, now=NOW).pk,
        "callback": callback.pk,
        "log": CallbackLog.objects.create(
            direction="out", callback=callback, merchant=merchant, verdict="refused", created_at=NOW
        ).pk,
        "host": host.pk,
        "gone": GoneUrl.objects.create(host=host, url=callback.url, callback=callback, flagged_at=NOW).pk,
        "job": ResendJob.objects.create(
            reason="x", total=0, pace=1, created_by=asker, created_at=NOW, due_at=NOW
        ).pk,
        "audit": AuditEntry.objects.all()[0].pk,
        "user": asker.pk,
        "group": Group.objects.get(name=SUPPORT).pk,
        "schedule": Schedule.objects.all()[0].pk,
    }


@pytest.mark.parametrize("role", sorted(ALL))
def test_pages_open_for_who_may_see_them_and_for_nobody_else(
    role: str, ids: dict[str, Any], log_in: LogIn
) -> None:
    client = log_in(role)
    wanted = {path: 200 if role in allowed else 403 for path, allowed in PAGES.items()}
    found = {path: client.get(f"/admin/{path.format(**ids)}").status_code for path in PAGES}
    assert found == wanted


@pytest.mark.parametrize("role", sorted(ALL))
def test_a_post_without_the_right_is_refused_changes_nothing_and_is_on_record(
    role: str, ids: dict[str, Any], log_in: LogIn
) -> None:
    client = log_in(role)
    acts = (
        "add/",
        "top-up/",
        "callbacks/",
        "test-callback/",
        "workbench/",
        "access/",
        "rotate/",
        "revoke/",
        "delete/",
        "replace-keys/",
        "grant/",
        "refuse/",
        "password/",
        "resend/",
        "resend-matching/",
        "try-now/",
        "unflag/",
        "attach/",
        "dismiss/",
        "rescan/",
    )
    forbidden = [path for path, may in PAGES.items() if role not in may and path.endswith(acts)]
    forbidden += NEVER + [path for path, may in POSTS.items() if role not in may]
    before = _state()
    answers = {path: client.post(f"/admin/{path.format(**ids)}").status_code for path in forbidden}
    assert answers == dict.fromkeys(forbidden, 403)
    assert _state() == before
    refused = AuditEntry.objects.filter(refused=True, user__username=role.lower())
    assert refused.count() == len(forbidden)
    assert refused[0].label.startswith("POST /admin/")


def _state() -> list[object]:
    models = (
        *(Merchant, ApiCredential, Wallet, TariffRate, ProviderAccount, Transfer, Approval, User, Group),
        *(Callback, CallbackLog, CallbackHost, GoneUrl, ResendJob, WebhookSecret, Payment),
    )
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_change_by_who_may_only_look_is_refused(ids: dict[str, Any], support: Client) -> None:
    for path in ("orders/merchant/{merchant}/change/", "orders/tariffrate/{rate}/change/"):
        assert support.post(f"/admin/{path.format(**ids)}", {"name": "other"}).status_code == 403
    assert Merchant.objects.get(pk=ids["merchant"]).name == "Sample merchant"


def test_strangers_see_the_login_page_only(ids: dict[str, Any], client: Client) -> None:
    for path in PAGES:
        response = client.get(f"/admin/{path.format(**ids)}")
        assert response.status_code == 302, path
        assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("nonsense", ["abc", "1" * 31, "\x00", "%00<b>" + "x" * 5000])
def test_lists_survive_any_query_string(path: str, nonsense: str, administrator: Client) -> None:
    for name in _parameters(administrator, path):
        response = administrator.get(f"/admin/{path}", {name: nonsense})
        assert response.status_code in {200, 302}, name
        if response.status_code == 302:
            assert response["Location"] == f"/admin/{path}?e=1"


def _parameters(client: Client, path: str) -> set[str]:
    """Every parameter the list knows, and some it does not."""
    changelist = client.get(f"/admin/{path}").context["cl"]
    known = {str(name) for spec in changelist.filter_specs for name in spec.expected_parameters()}
    return known | {"q", "p", "o", "e", "all", "merchant", "kind"}


@pytest.mark.parametrize("path", [path for path in PAGES if "{" in path])
def test_a_row_that_is_none_is_no_error(path: str, ids: dict[str, Any], administrator: Client) -> None:
    for key in ("999999999", "9" * 30):
        response = administrator.get(f"/admin/{path.format(**dict.fromkeys(ids, key))}", follow=True)
        assert response.status_code in {200, 404}


def test_lists_ask_the_same_number_of_questions_for_many_rows(
    ids: dict[str, Any], administrator: Client, make_account: MakeAccount, place: Place
) -> None:
    before = {path: _queries(administrator, path) for path in LISTS}
    for number in range(5):
        other = merchants.create_merchant(name=f"Sample {number}", time_zone="Asia/Shanghai", now=NOW)
        rotation.issue(other, "itrx", now=NOW)
        webhook_secrets.issue(other, now=NOW)
        make_account(label=f"account {number}")
        place()
        User.objects.create_user(f"person {number}", is_staff=True).groups.add(ids["group"])
        CallbackHost.objects.create(host=f"merchant{number}.test")
        _again(CallbackLog, ids["log"], host=f"merchant{number}.test")
        _again(Callback, ids["callback"], event_id=f"evt_{number}", merchant=other)
        _again(ResendJob, ids["job"])
    assert {path: _queries(administrator, path) for path in LISTS} == before


def _again(model: type[Model], pk: int, **fields: object) -> None:
    row = model._default_manager.get(pk=pk)
    for name, value in (fields | {"pk": None}).items():
        setattr(row, name, value)
    row.save(force_insert=True)


def _queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/admin/{path}").status_code == 200
    return len(queries)


def test_the_sidebar_offers_only_what_opens(ids: dict[str, Any], log_in: LogIn) -> None:
    for role in ALL:
        client = log_in(role)
        groups = client.get("/admin/").context["sidebar_navigation"]
        links = [item["link"] for group in groups for item in group["items"]]
        assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    assert len(links) == len(set(links)) > 5
