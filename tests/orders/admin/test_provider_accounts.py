"""Accounts at upstreams: keys go in and never come out; the identity freezes; a test asks the real upstream."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import AuditEntry
from orders.services import accounts, ledger
from providers.models import Health, ProviderAccount, ProviderCall
from tests.orders.admin.conftest import send_form, text
from tests.orders.conftest import ADDRESS, MakeAccount, Place, Send
from tests.upstream import serve

LIST = "/admin/providers/provideraccount/"
KEY, SECRET = "KEY-4fd1c0", "SECRET-93ab77"
GOOD = {
    "label": "iTRX one",
    "kind": "itrx",
    "base_url": "https://upstream.example",
    "upstream_account": "",
    "key": KEY,
    "secret": SECRET,
    "enabled": "on",
    "priority": "10",
    "low_balance": "",
}


def url(account: ProviderAccount, act: str = "change") -> str:
    return f"{LIST}{account.pk}/{act}/"


def edit(client: Client, account: ProviderAccount, **values: str) -> Any:
    given = {"label": account.label, "kind": account.kind, "base_url": account.base_url}
    return client.post(url(account), GOOD | given | values)


def test_a_new_account_keeps_its_keys_sealed(administrator: Client) -> None:
    response = administrator.post(f"{LIST}add/", GOOD | {"low_balance": "12.5"})
    account = ProviderAccount.objects.get()
    assert response["Location"] == url(account)
    current = account.credentials(now=timezone.now()).current
    assert (current.key, current.secret) == (KEY, SECRET)
    assert (account.low_balance_sun, account.priority, account.enabled) == (12_500_000, 10, True)
    for page in (LIST, url(account), url(account, "replace-keys"), "/admin/orders/auditentry/"):
        words = text(administrator.get(page))
        for hidden in (KEY, SECRET, account.sealed_key, account.sealed_secret, account.callback_token):
            assert hidden not in words


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"base_url": "ftp://upstream.example"}, "base_url"),
        ({"base_url": "https://user:pass@upstream.example"}, "base_url"),
        ({"base_url": "https://2130706433"}, "base_url"),
        ({"base_url": "https://upstream.example:22"}, "base_url"),
        ({"base_url": "https://"}, "base_url"),
        ({"base_url": "https://upstream.example/?x=1"}, "base_url"),
        ({"base_url": "https://upstream.example:0"}, "base_url"),
        ({"base_url": "https://[::1"}, "base_url"),
        ({"base_url": "https://upstream.example/" + "x" * 300}, "base_url"),
        ({"label": ""}, "label"),
        ({"label": "a\x00b"}, "label"),
        ({"label": "a\u202eb"}, "label"),
        ({"kind": "zzz"}, "kind"),
        ({"key": ""}, "key"),
        ({"secret": ""}, "secret"),
        ({"secret": "two words"}, "secret"),
        ({"secret": "schlüssel"}, "secret"),
        ({"secret": "x" * 1_000_000}, "secret"),
        ({"kind": "crossingpay"}, "key"),
        ({"priority": "-1"}, "priority"),
        ({"priority": "1" * 31}, "priority"),
        ({"priority": "NaN"}, "priority"),
        ({"low_balance": "1e30"}, "low_balance"),
        ({"low_balance": "-1"}, "low_balance"),
    ],
)
def test_bad_input_is_told_at_the_field_and_no_key_comes_back(
    values: dict[str, str], field: str, administrator: Client
) -> None:
    response = administrator.post(f"{LIST}add/", GOOD | values)
    assert list(response.context["adminform"].form.errors) == [field]
    assert KEY not in text(response)
    assert SECRET not in text(response)
    assert not ProviderAccount.objects.exists()


def test_a_taken_label_is_told(make_account: MakeAccount, administrator: Client) -> None:
    account = make_account()
    response = administrator.post(f"{LIST}add/", GOOD | {"label": account.label})
    assert list(response.context["adminform"].form.errors) == ["label"]


def test_crossingpay_has_a_secret_only(administrator: Client) -> None:
    administrator.post(f"{LIST}add/", GOOD | {"kind": "crossingpay", "key": "", "has_query": "on"})
    account = ProviderAccount.objects.get()
    assert account.credentials(now=timezone.now()).current.key == ""
    assert account.has_query


def test_a_change_keeps_the_keys_and_is_on_the_trail(
    make_account: MakeAccount, administrator: Client
) -> None:
    account = make_account()
    edit(administrator, account, priority="7", enabled="", low_balance="3", base_url="https://other.example/")
    before, account = account, ProviderAccount.objects.get()
    assert (account.priority, account.enabled, account.low_balance_sun) == (7, False, 3_000_000)
    assert account.base_url == "https://other.example"
    assert account.sealed_secret == before.sealed_secret
    entry = AuditEntry.objects.get(act="provider_account.change")
    assert entry.after["base_url"] == "https://other.example"
    assert entry.before["priority"] == 100


def test_the_identity_freezes_with_the_first_attempt(
    make_account: MakeAccount, place: Place, send: Send, administrator: Client
) -> None:
    account = make_account()
    send(place(), account)
    edit(administrator, account, kind="tronzap", base_url="https://other.example", priority="5")
    account.refresh_from_db()
    assert (account.kind, account.base_url, account.priority) == ("itrx", "http://127.0.0.1:65535", 5)
    form = administrator.get(url(account)).context["adminform"].form
    assert {"kind", "base_url", "upstream_account"} & set(form.fields) == set()


@pytest.mark.parametrize(("grace", "hours"), [("0", 0), ("1h", 1), ("24h", 24), ("7d", 168)])
def test_replaced_keys_verify_for_the_grace(
    grace: str, hours: int, make_account: MakeAccount, administrator: Client
) -> None:
    account = make_account()
    response = send_form(administrator, url(account, "replace-keys"), key=KEY, secret=SECRET, grace=grace)
    assert response["Location"] == url(account)
    account.refresh_from_db()
    credentials = account.credentials(now=timezone.now())
    assert credentials.current.secret == SECRET
    assert (credentials.previous.secret if credentials.previous else "") == ("secret" if hours else "")
    later = account.credentials(now=timezone.now() + timedelta(hours=hours, seconds=1))
    assert later.previous is None


def test_replaced_keys_verify_until_a_time_of_ones_choosing(
    make_account: MakeAccount, administrator: Client
) -> None:
    account, until = make_account(), (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    form = {"key": KEY, "secret": SECRET, "grace": "at", "until": f"{until:%Y-%m-%dT%H:%M}"}
    send_form(administrator, url(account, "replace-keys"), **form)
    account.refresh_from_db()
    assert account.previous_until == until


def test_replacing_twice_by_a_double_click_keeps_the_old_pair(
    make_account: MakeAccount, administrator: Client
) -> None:
    account = make_account()
    page = url(account, "replace-keys")
    token = administrator.get(page).context["form"]["token"].value()
    form = {"token": token, "key": KEY, "secret": SECRET, "grace": "1h"}
    administrator.post(page, form)
    administrator.post(page, form)
    account.refresh_from_db()
    previous = account.credentials(now=timezone.now()).previous
    assert previous is not None
    assert previous.secret == "secret"


@pytest.mark.parametrize(
    ("field", "value"), [("secret", ""), ("secret", "a\x00b"), ("key", ""), ("grace", "2h"), ("grace", "")]
)
def test_bad_keys_replace_nothing(
    field: str, value: str, make_account: MakeAccount, administrator: Client
) -> None:
    account = make_account()
    form = {"key": KEY, "secret": SECRET, "grace": "0", field: value}
    response = send_form(administrator, url(account, "replace-keys"), **form)
    assert field in response.context["form"].errors
    assert SECRET not in text(response)
    account.refresh_from_db()
    assert account.credentials(now=timezone.now()).current.secret == "secret"


def test_an_account_is_tested_over_http(make_account: MakeAccount, administrator: Client) -> None:
    account = make_account("tronzap")
    with serve() as upstream:
        ProviderAccount.objects.filter(pk=account.pk).update(base_url=upstream.url)
        upstream.answer(json.dumps({"code": 0, "result": {"balance": "41.5", "address": ADDRESS}}).encode())
        response = administrator.post(url(account, "test"), follow=True)
    account.refresh_from_db()
    assert account.health == Health.HEALTHY, text(response)
    assert account.balance_sun == 41_500_000
    assert "41.5 TRX" in text(response)
    entry = AuditEntry.objects.get(act="provideraccount.test")
    assert entry.after["works"] is True


def test_a_silent_upstream_is_failing(make_account: MakeAccount, administrator: Client) -> None:
    account = make_account()  # nobody listens there
    response = administrator.post(url(account, "test"), follow=True)
    account.refresh_from_db()
    assert account.health == Health.FAILING
    assert "Failing" in text(response) or "failing" in text(response)


def test_a_test_is_never_run_by_a_link(make_account: MakeAccount, administrator: Client) -> None:
    account = make_account()
    assert administrator.get(url(account, "test")).status_code == 405
    assert not ProviderCall.objects.exists()


def test_a_low_balance_shows(make_account: MakeAccount, support: Client) -> None:
    account = make_account(low_balance_sun=50_000_000)
    accounts.note_balance(account, 49_999_999, now=timezone.now())
    assert ">low</span>" in text(support.get(LIST))
    accounts.note_balance(account, 50_000_000, now=timezone.now())
    assert ">low</span>" not in text(support.get(LIST))


def test_a_top_up_books_what_was_paid(make_account: MakeAccount, administrator: Client) -> None:
    account = make_account()
    send_form(administrator, url(account, "top-up"), amount="20", reason="invoice 7")
    assert ledger.balance_of(ledger.provider_ledger(account)) == -20_000_000  # an asset: debits
    assert AuditEntry.objects.get(act="provider_account.top_up").after["amount_sun"] == 20_000_000


def test_calls_are_listed_by_answer_and_request_id(make_account: MakeAccount, support: Client) -> None:
    account = make_account()
    for status, request_id in ((200, "a" * 32), (500, "b" * 32), (None, "c" * 32)):
        ProviderCall.objects.create(
            account=account,
            request_id=request_id,
            purpose="purchase",
            method="POST",
            url="http://127.0.0.1:65535/order",
            sent=True,
            status=status,
            duration_ms=3,
            created_at=timezone.now(),
        )
    calls = "/admin/providers/providercall/"

    def found(**filters: str) -> list[str]:
        return sorted(call.request_id[0] for call in support.get(calls, filters).context["cl"].result_list)

    assert found() == ["a", "b", "c"]
    assert found(answer="5") == ["b"]
    assert found(answer="none") == ["c"]
    assert found(q="a" * 32) == ["a"]
    assert found(answer="zzz") == []
    assert found(purpose="quote") == []
