"""A person limited to one merchant finds nothing of another's, wherever he looks."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client

from backoffice.roles import ADMINISTRATOR, AUDITOR, FINANCE, ROLES, SUPPORT, WITHIN_MERCHANTS
from orders.models import (
    ApiCredential,
    AuditEntry,
    Merchant,
    MerchantScope,
    Order,
    Payment,
    ResendItem,
)
from orders.models.scope import ScopedQuerySet, paths_of
from orders.services import merchants
from tests.orders.admin.conftest import LogIn, text
from tests.orders.admin.rows import address_of, one_of_each
from tests.orders.conftest import NOW, MakeAccount
from tests.url_table import urls

ROLE_NAMES = sorted([SUPPORT, FINANCE, ADMINISTRATOR, AUDITOR])
ACTS = {"orders_order_act": "cancel", "orders_resendjob_act": "pause"}
# What the house owns: no merchant is named by it.
HOUSE = {"auditseal", "chaincursor", "scannedblock", "chainnode", "watchedaddress", "callbackhost", "period"}
HOUSE |= {"alert", "alertnotice", "reconciliation", "savedview", "tokenterms", "ledgercut"}


@pytest.fixture
def other(db: None) -> Merchant:
    return merchants.create_merchant(name="Qx other merchant", time_zone="Asia/Shanghai", now=NOW)


@pytest.fixture
def rows(
    merchant: Merchant, other: Merchant, make_account: MakeAccount, log_in: LogIn
) -> list[dict[str, Any]]:
    """One of each kind of the person's own merchant, and of the other."""
    log_in(SUPPORT)  # makes the groups
    asker, account = User.objects.create_user("asker", is_staff=True), make_account()
    return [one_of_each(each, account, asker) for each in (merchant, other)]


@pytest.fixture
def limited(rows: list[dict[str, Any]], merchant: Merchant) -> Client:
    """Somebody of every role, of one merchant."""
    user = User.objects.create_user("limited", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=ROLE_NAMES))
    limit(user, merchant)
    client = Client()
    client.force_login(user)
    return client


def limit(user: User, *mine: Merchant) -> None:
    MerchantScope.objects.get_or_create(user=user)[0].merchants.set(mine)


def traces(other: Merchant, ids: dict[str, Any]) -> list[str]:
    """What only the other merchant's rows say."""
    return [
        other.name,
        f"m{other.pk}.test",
        f"evt_of_{other.pk}",
        *(address_of(other, purpose) for purpose in ("order", "cold", "wallet", "payment")),
        Order.objects.get(pk=ids["order"]).number,
        Payment.objects.get(pk=ids["payment"]).txid,
        f"…{ApiCredential.objects.get(pk=ids['apicredential']).key_hint}",
    ]


def pages(ids: dict[str, Any]) -> list[str]:
    """Each page of the back office, about these rows where it is about one."""
    found = []
    for url in urls():
        if url.template.startswith("/admin/") and "logout" not in url.template:
            values = dict.fromkeys(re.findall(r"{(\w+)}", url.template), ids.get(url.kind, "1"))
            values |= {"act": ACTS.get(url.name, "x")} if "act" in values else {}
            found.append(url.template.format(**values))
    return found


def leaks(client: Client, address: str, words: list[str], **query: str) -> list[str]:
    response = client.get(address, query, follow=True)
    content = b"".join(response) if response.streaming else response.content
    return [word for word in words if word in content.decode(errors="replace") and word not in query.values()]


def test_the_pages_are_found_and_tell_the_other_merchant_to_who_is_not_limited(
    rows: list[dict[str, Any]], other: Merchant, administrator: Client
) -> None:
    words = traces(other, rows[1])
    found = {
        word for page in pages(rows[1]) if "/change/" in page for word in leaks(administrator, page, words)
    }
    assert found == set(words)


def test_no_page_tells_anything_of_another_merchant(
    rows: list[dict[str, Any]], other: Merchant, limited: Client
) -> None:
    words = traces(other, rows[1])
    found = {page: leaks(limited, page, words) for page in {page for ids in rows for page in pages(ids)}}
    assert {page: told for page, told in found.items() if told} == {}


def test_no_search_or_filter_finds_another_merchants_row(
    rows: list[dict[str, Any]], other: Merchant, limited: Client
) -> None:
    words = traces(other, rows[1])
    lists = [url.template for url in urls() if url.name.endswith("_changelist")]
    opened = [page for page in lists if limited.get(page).status_code == 200]
    filters = [{name: str(other.pk)} for name in ("merchant", "merchant__id__exact")]
    queries = [{"q": word} for word in words[:3]] + filters
    found = {
        (page, *query.values()): leaks(limited, page, words, **query) for page in opened for query in queries
    }
    assert len(opened) > 12
    assert {place: told for place, told in found.items() if told} == {}


def test_no_act_reaches_another_merchants_row(rows: list[dict[str, Any]], limited: Client) -> None:
    before = state()
    tried = [page for page in pages(rows[1]) if page not in pages(rows[0])]
    answers = {page: limited.post(page, {"token": "t", "reason": "x"}).status_code for page in tried}
    assert len(tried) > 30
    assert set(answers.values()) <= {302, 403, 404, 405}, answers
    assert state() == before


def state() -> list[object]:
    models = [model for model in apps.get_app_config("orders").get_models() if model is not AuditEntry]
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_forms_neither_offer_nor_take_another_merchant(
    rows: list[dict[str, Any]], other: Merchant, limited: Client
) -> None:
    before = state()
    values = {"merchant": str(other.pk), "dialect": "itrx", "address": address_of(other, "new"), "label": "x"}
    values |= {
        "part": "energy",
        "price_sun": "1",
        "duration_hours": "0",
        "min_amount": "0",
        "max_amount": "0",
    }
    for page in (
        *("apicredential/add/", "webhooksecret/add/", "wallet/add/", "tariffrate/add/", "sweeppolicy/add/"),
        *("coldwallet/propose/", "order/add/", "order/quote/", "merchant/workbench/"),
    ):
        for merchant_id in (str(other.pk), ""):
            response = limited.post(
                f"/admin/orders/{page}", values | {"merchant": merchant_id, "token": page}
            )
            assert response.status_code in {200, 400}, page
            assert other.name not in text(response), page
    assert state() == before


def test_figures_count_his_own_merchant_only(rows: list[dict[str, Any]], limited: Client) -> None:
    context = limited.get("/admin/").context
    figures = {figure.name: figure.value for figure in [*context["needs"], *context["today"]]}
    assert figures["Unmatched payments"] == 1
    assert figures["Callbacks given up"] == 1


def test_every_model_says_whose_its_rows_are(merchant: Merchant, limited: Client) -> None:
    person = User.objects.get(username="limited")
    scoped = [
        model
        for model in apps.get_app_config("orders").get_models()
        if isinstance(model._default_manager.all(), ScopedQuerySet)
    ]
    unowned = {model._meta.model_name for model in scoped if not paths_of(model)} - {"resendjob"}
    assert unowned == HOUSE
    for model in scoped:
        visible = model._default_manager.visible_to(person)  # type: ignore[attr-defined]
        assert list(visible.exclude(pk__in=visible.of_merchants([merchant.pk]))) == []


def test_a_payment_hinted_for_mine_that_settled_anothers_is_hidden(
    rows: list[dict[str, Any]], limited: Client
) -> None:
    mine = Payment.objects.get(pk=rows[0]["payment"])
    Payment.objects.filter(pk=mine.pk).update(order=rows[1]["order"], status="matched")
    assert limited.get(f"/admin/orders/payment/{mine.pk}/change/").status_code == 404
    page = text(limited.get(f"/admin/orders/order/{rows[0]['order']}/change/"))
    assert mine.txid not in page


def test_a_job_with_one_callback_of_anothers_is_hidden(rows: list[dict[str, Any]], limited: Client) -> None:
    def jobs() -> list[int]:
        return [job.pk for job in limited.get("/admin/orders/resendjob/").context["cl"].result_list]

    assert jobs() == [rows[0]["resendjob"]]
    ResendItem.objects.create(job_id=jobs()[0], callback_id=rows[1]["callback"], host="x")
    assert jobs() == []


def test_a_scope_without_merchants_shows_nothing(merchant: Merchant, log_in: LogIn) -> None:
    client = log_in(SUPPORT)
    limit(User.objects.get(username="support"))
    assert list(client.get("/admin/orders/merchant/").context["cl"].result_list) == []


def test_a_limited_person_holds_nothing_over_the_house(log_in: LogIn, merchant: Merchant) -> None:
    for role in ROLE_NAMES:
        log_in(role)
        user = User.objects.get(username=role.lower())
        limit(user, merchant)
        held = {name for name in ROLES[role] if user.has_perm(name)}
        assert held == ROLES[role] & WITHIN_MERCHANTS
    assert {name for name in WITHIN_MERCHANTS if not name.startswith("orders.")} == set()


def test_superusers_see_every_merchant_and_strangers_none(merchant: Merchant, db: None) -> None:
    assert Merchant.objects.visible_to(User.objects.create_superuser("root")).count() == 1
    assert Merchant.objects.visible_to(User.objects.create_user("nobody")).count() == 0
