"""The one search box: from any number to the right page."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from pytest_django import Settings

from orders.models import Attempt, CallbackHost, CallbackLog, Merchant, Order, Payment
from orders.services import merchants, outcomes, settlement, wallets
from providers.base import InboundPayment, Kind, Progress, State
from providers.tron.addresses import to_hex
from tests.orders.admin.conftest import NONSENSE, text
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, TXID, Place, Send

SEARCH = "/admin/orders/order/search/"
PAYER = "TLyqzVGLV1srkB7dToTAEqgDSfPtXRJZYH"


def page(row: Any) -> str:
    return f"/admin/orders/{row._meta.model_name}/{row.pk}/change/"


def opened(client: Client, term: str) -> str:
    """The page that is opened at once; empty when there is a choice, or nothing."""
    response = client.get(SEARCH, {"q": term})
    return str(response.headers.get("Location", ""))


def found(client: Client, term: str) -> dict[str, list[str]]:
    """Titles by group."""
    response = client.get(SEARCH, {"q": term})
    return {str(group.title): [hit.title for hit in group.hits] for group in response.context["groups"]}


@pytest.fixture
def sold(place: Place, send: Send, credential: Any) -> Order:
    order = place(
        external_id="SHOP-2026-77",
        callback_url="https://shop.test/in",
        callback_format="itrx",
        credential=credential,
    )
    attempt = send(order)
    done = Progress(state=State.SUCCEEDED, upstream_id="up-77", txid=TXID, cost_sun=4_000_000)
    outcomes.apply(attempt.pk, done, now=NOW)
    order.refresh_from_db()
    return order


@pytest.fixture
def watched(place: Place, send: Send) -> Order:
    order = place(kind=Kind.MONITOR, address=OTHER_ADDRESS, amount_micro=100_290_000)
    send(order)
    return order


@pytest.fixture
def paid(watched: Order) -> Payment:
    told = InboundPayment(address=OTHER_ADDRESS, amount_micro=100_290_000, txid="f" * 64, paid_at=NOW)
    payment = settlement.receive(watched.attempts.get().pk, told, now=NOW)
    assert payment is not None
    Payment.objects.filter(pk=payment.pk).update(from_address=PAYER)
    return payment


def test_any_number_opens_its_order(support: Client, sold: Order, place: Place) -> None:
    place(address=OTHER_ADDRESS)
    attempt = sold.attempts.get()
    Attempt.objects.filter(pk=attempt.pk).update(active_hash="a" * 64)
    terms = [
        *(sold.number, f"#{sold.pk}", sold.serial, sold.serial[:8], "SHOP-2026-77", "SHOP-2026", "up-77"),
        *(attempt.request_id, TXID, f"0x{TXID.upper()}", "a" * 64, ADDRESS, f" {to_hex(ADDRESS)} "),
        sold.callbacks.get().event_id,
    ]
    assert {term: opened(support, term) for term in terms} == dict.fromkeys(terms, page(sold))


def test_a_payment_leads_to_the_order_it_settled(support: Client, paid: Payment, watched: Order) -> None:
    for term in ("f" * 64, PAYER, "100.29", "100.290000 USDT", OTHER_ADDRESS):
        assert opened(support, term) == page(watched), term


def test_money_that_settled_nothing_leads_to_the_payment(support: Client, merchant: Merchant) -> None:
    lonely = Payment.objects.create(
        txid="e" * 64, log_index=0, address=ADDRESS, amount_micro=1_234_500_000, paid_at=NOW, received_at=NOW
    )
    assert opened(support, "e" * 64) == page(lonely)
    assert opened(support, "1,234.5") == page(lonely)


def test_several_are_shown_with_what_matched(support: Client, sold: Order, paid: Payment) -> None:
    sold.refresh_from_db()
    Order.objects.filter(pk=sold.pk).update(external_id=f"{paid.order_id}")
    response = support.get(SEARCH, {"q": str(paid.order_id)})
    whats = {hit.row.pk: hit.what for group in response.context["groups"] for hit in group.hits}
    assert whats == {paid.order_id: "order number", sold.pk: "merchant's number"}
    assert all(escape(what) in text(response) for what in whats.values())


def test_a_merchants_name_and_a_host_show_their_latest_orders(support: Client, sold: Order) -> None:
    CallbackHost.objects.create(host="shop.test")
    CallbackLog.objects.create(
        direction="out",
        callback=sold.callbacks.get(),
        order=sold,
        host="shop.test",
        verdict="refused",
        created_at=NOW,
    )
    title = f"{sold.number} energy"
    assert found(support, "AMPLE mer") == {
        "Merchants": ["Sample merchant"],
        "Latest orders of Sample merchant": [title],
    }
    assert opened(support, "sample MERCHANT") == page(sold.merchant)
    assert found(support, "shop.te") == {
        "Callback endpoints": ["shop.test"],
        "Latest orders of shop.test": [title],
    }


def test_wallets_and_top_up_addresses(support: Client, merchant: Merchant) -> None:
    wallet = wallets.add_wallet(merchant, address=OTHER_ADDRESS, label="", now=NOW)
    assert opened(support, OTHER_ADDRESS) == page(wallet)
    merchants.set_top_up_address(merchant, PAYER, user=None, now=NOW)
    assert opened(support, PAYER) == page(merchant)


def test_of_an_unknown_hash_the_chain_is_asked(support: Client, db: None, settings: Settings) -> None:
    settings.TRON_NODES = []
    told = text(support.get(SEARCH, {"q": "0x" + "D" * 64}))
    assert "no node could be asked" in told
    assert "Nothing found" not in told


@pytest.mark.parametrize(
    "page", ["", "orders/order/", "orders/order/add/", "orders/merchant/add/", "orders/payment/"]
)
def test_the_box_is_on_every_page_of_those_who_may_see_orders(administrator: Client, page: str) -> None:
    assert text(administrator.get(f"/admin/{page}")).count("data-search") == 1


def test_the_box_is_on_the_page_of_a_row(administrator: Client, merchant: Merchant) -> None:
    assert text(administrator.get(f"/admin/orders/merchant/{merchant.pk}/change/")).count("data-search") == 1


def test_what_was_sought_stays_in_the_box(support: Client) -> None:
    shown = text(support.get(SEARCH, {"q": "no such thing"}))
    assert shown.count("data-search") == 1
    assert 'value="no such thing"' in shown


def test_nobody_finds_what_he_may_not_see(paid: Payment, sold: Order) -> None:
    user = User.objects.create_user("narrow", is_staff=True)
    client = Client()
    client.force_login(user)
    assert client.get(SEARCH, {"q": "100.29"}).status_code == 403
    assert "data-search" not in text(client.get("/admin/"))
    user.user_permissions.add(Permission.objects.get(codename="view_order"))
    assert opened(client, "f" * 64) == page(paid.order)
    Payment.objects.filter(pk=paid.pk).update(
        txid="e" * 64, status="unmatched", order=None, hinted_order=None
    )
    assert found(client, "e" * 64) == {}
    assert found(client, "Sample") == {}


@pytest.mark.parametrize(
    "term", [*NONSENSE, "", " ", "0", "9" * 18, "0." + "0" * 50, "T" * 34, "evt_", "1e5", "٣"]
)
def test_nonsense_finds_nothing_and_is_no_error(support: Client, sold: Order, term: str) -> None:
    assert support.get(SEARCH, {"q": term}).status_code == 200


def test_every_look_stops_somewhere(support: Client, sold: Order) -> None:
    """No look-up may read more rows than a page can show, however many there are."""
    with CaptureQueriesContext(connection) as queries:
        for term in (TXID, ADDRESS, "100.29", "SHOP-2026", "Sample", "shop"):
            support.get(SEARCH, {"q": term})
    many = ("orders_order", "orders_payment", "orders_attempt", "orders_callbacklog", "orders_sweep")
    looks = [query["sql"] for query in queries if any(f'FROM "{table}"' in query["sql"] for table in many)]
    assert looks
    assert [sql for sql in looks if "LIMIT" not in sql] == []
