"""Why is it not paid? On the page of an order, of a pasted transaction, and in search."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from orders.models import Custody, Merchant, MerchantScope, Order, Payment, Sweep
from orders.services import wallets
from providers.base import Kind
from tests.chain import CUT, Chain, ChainServer, call, paid, serve, txid_of, usdt_log
from tests.orders.admin.conftest import text
from tests.orders.conftest import ADDRESS, OTHER_ADDRESS, Place
from tests.reader import Reader

LIST = "/admin/orders/order/"
PAYMENTS = "/admin/orders/payment/"
AMOUNT = 20_000_000


@pytest.fixture
def node(db: None, settings: Settings) -> Iterator[ChainServer]:
    """Its chain began a minute ago, and our cursor stands at its first block."""
    with serve(Chain(start=timezone.now().replace(microsecond=0) - timedelta(minutes=1))) as server:
        settings.TRON_NODES = [{"name": "node", "url": server.url, "solidity_url": "", "api_key": ""}]
        settings.TRON_REQUESTS_PER_SECOND = 0
        Reader(server.chain).start()
        yield server


@pytest.fixture
def order(node: ChainServer, merchant: Merchant, place: Place) -> Order:
    """A deposit of 20 USDT whose window begins with the chain."""
    wallets.add_wallet(merchant, address=ADDRESS, label="till", custody=Custody.OURS, now=node.chain.start)
    end = node.chain.start + timedelta(minutes=30)
    return place(
        kind=Kind.DEPOSIT,
        amount_micro=AMOUNT,
        window_start=node.chain.start,
        window_end=end,
        now=timezone.now(),
    )


def page(client: Client, order: Order, txid: str = "") -> str:
    return text(client.get(f"{LIST}{order.pk}/change/", {"txid": txid} if txid else {}))


def ids(node: ChainServer) -> list[str]:
    return [info["id"] for info in node.chain.infos[node.chain.head]]


def test_the_page_says_why_and_links_wallet_and_sweep(
    order: Order, node: ChainServer, support: Client
) -> None:
    assert "Nothing has arrived at its address so far." in page(support, order)
    node.chain.add(paid(1, ADDRESS, AMOUNT - 10_000))
    Reader(node.chain).read()
    shown = page(support, order)
    assert "Nothing that matches has arrived. Nearest: 0.01 USDT short: 19.99 was paid." in shown
    assert "till</a>" in shown
    assert "We know it: unmatched" in page(support, order, ids(node)[0])
    assert node.calls == [], "what we know is asked of nobody"
    node.chain.add(paid(2, ADDRESS, AMOUNT))
    Reader(node.chain).read()
    shown = page(support, order)
    assert "Why is it not paid?" not in shown
    sweep = Sweep.objects.get()
    assert f"/admin/orders/sweep/{sweep.pk}/change/" not in shown  # linked when it is signed
    order.refresh_from_db()
    order.payment.sweep = sweep
    order.payment.save()
    assert f"/admin/orders/sweep/{sweep.pk}/change/" in page(support, order)
    assert f"/admin/orders/payment/{order.payment.pk}/change/" in text(
        support.get(f"/admin/orders/sweep/{sweep.pk}/change/")
    )


def test_a_pasted_transaction_is_asked_of_the_node(order: Order, node: ChainServer, support: Client) -> None:
    node.chain.add(
        paid("short", ADDRESS, AMOUNT - 10_000),
        paid("elsewhere", OTHER_ADDRESS, AMOUNT),
        call("reverted", usdt_log(ADDRESS, ADDRESS, AMOUNT), result="REVERT"),
        call("token"),
        paid("fits", ADDRESS, AMOUNT),
    )
    short, elsewhere, reverted, token, fits = ids(node)
    assert "It does not settle this order: 0.01 USDT short" in page(support, order, f" 0x{short.upper()} ")
    assert f"paid to {OTHER_ADDRESS}, the order waits at {ADDRESS}" in page(support, order, elsewhere)
    assert "It has failed on chain: no money moved." in page(support, order, reverted)
    assert "It moved no USDT." in page(support, order, token)
    assert "It fits this order: the chain is read up to block 1000" in page(support, order, fits)
    assert "The node knows no such solidified transaction." in page(support, order, "f" * 64)
    assert "64 hex digits are needed" in page(support, order, "abc")
    Reader(node.chain).read()
    assert "ask-transaction" not in page(support, order, short), "it is paid"


def test_what_was_missed_is_told_to_be_read_again(order: Order, node: ChainServer, support: Client) -> None:
    node.chain.add()
    Reader(node.chain).read()
    late = paid("missed", ADDRESS, AMOUNT)
    node.chain.infos[node.chain.head] = [
        {**late[1], "blockNumber": 1001, "blockTimeStamp": int(node.chain.time_of(1001).timestamp() * 1000)}
    ]
    assert "was not booked: have block 1001 read again" in page(support, order, late[1]["id"])


def test_a_node_that_is_down_is_said(order: Order, node: ChainServer, support: Client) -> None:
    node.script = lambda name, body: CUT
    told = page(support, order, txid_of("usdt", "lost"))
    assert "We don&#x27;t know it, and no node could be asked: no node answers" in told


@pytest.mark.parametrize("path", [f"{LIST}search/", LIST, "/admin/orders/payment/"])
def test_search_explains_a_hash_that_no_row_has(
    order: Order, node: ChainServer, support: Client, path: str
) -> None:
    node.chain.add(paid("elsewhere", OTHER_ADDRESS, AMOUNT))
    [txid] = ids(node)
    told = text(support.get(path, {"q": txid}))
    assert "It moved USDT, but to no address that we watched then." in told
    assert f"20 USDT to {OTHER_ADDRESS}: nobody waits there" in told
    asked = len(node.calls)
    support.get(path, {"q": order.number})
    support.get(path, {"q": "f" * 63})
    assert len(node.calls) == asked


def test_who_is_limited_to_a_merchant_is_told_of_its_payments_only(
    order: Order, node: ChainServer, merchant: Merchant, support: Client
) -> None:
    node.chain.add(paid("short", ADDRESS, AMOUNT - 10_000))
    Reader(node.chain).read()
    [txid] = ids(node)
    user, other = User.objects.get(username="support"), Merchant.objects.create(name="Other")
    MerchantScope.objects.create(user=user).merchants.set([merchant])
    assert "0.01 USDT short" in page(support, order, txid)
    Payment.objects.update(merchant=other)
    told = page(support, order, txid)
    assert "Nothing has arrived at its address so far." in told
    assert "it is of no merchant whose payments you may see" in told


def test_a_payment_of_nobody_is_for_who_is_not_limited(
    order: Order, node: ChainServer, place: Place, support: Client, finance: Client
) -> None:
    """A merchant waits at a foreign address, and what came there is not what he waits for: it may be anybody's."""
    start = node.chain.start
    window = {"window_start": start, "window_end": start + timedelta(minutes=30), "now": timezone.now()}
    theirs = place(kind=Kind.MONITOR, address=OTHER_ADDRESS, amount_micro=AMOUNT, **window)
    node.chain.add(paid("short", OTHER_ADDRESS, AMOUNT - 10_000))
    Reader(node.chain).read()
    payment = Payment.objects.get()
    assert theirs.number in payment.reason
    user, other = User.objects.get(username="support"), Merchant.objects.create(name="Other")
    MerchantScope.objects.create(user=user).merchants.set([other])
    told = text(support.get(PAYMENTS, {"q": payment.txid}))
    assert "belongs to no merchant yet is seen" in told
    assert "it is of no merchant whose payments you may see" in told
    assert theirs.number not in told
    assert support.get(f"{PAYMENTS}{payment.pk}/change/").status_code == 404
    assert "belongs to no merchant yet" not in text(finance.get(PAYMENTS))
    assert "hidden from people who are limited" in text(finance.get(f"{PAYMENTS}{payment.pk}/change/"))
    mine = place(kind=Kind.MONITOR, address=OTHER_ADDRESS, amount_micro=AMOUNT + 1, **window)
    Order.objects.filter(pk=mine.pk).update(merchant=other)
    told = text(support.get(PAYMENTS, {"q": payment.txid}))
    assert "We know it: unmatched" in told, "his own merchant waits at that address"
    assert theirs.number not in told
