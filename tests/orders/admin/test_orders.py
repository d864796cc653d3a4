"""The order list, the order page and what staff do there."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from orders.admin import order_search
from orders.models import Approval, AuditEntry, Callback, Order, OrderEvent, Transfer
from orders.services import fulfilment, ledger, outcomes, settlement
from orders.states import OrderStatus
from providers.base import InboundPayment, Kind, Progress, State
from providers.models import ProviderCall
from tests.orders.conftest import ADDRESS, NOW, OTHER_ADDRESS, TXID, MakeAccount, Place, Send

LIST = "/admin/orders/order/"
NONSENSE = ["abc", "-1", "1" * 31, "NaN", "<b>x</b>", "\x00", "%00", "'; --", "x" * 5000, "é", "²"]


def page(order: Order) -> str:
    return f"{LIST}{order.pk}/change/"


def live(order: Order) -> str:
    return f"{LIST}{order.pk}/live/"


def act(order: Order, name: str) -> str:
    return f"{LIST}{order.pk}/act/{name}/"


def text(response: Any) -> str:
    return str(response.content.decode())


def send_form(client: Client, url: str, **values: str) -> Any:
    """As a person does: open the form, then send it with its token."""
    token = client.get(url).context["form"]["token"].value()
    return client.post(url, {"token": token} | values)


@pytest.fixture
def unknown(place: Place, send: Send) -> Order:
    order = place()
    fulfilment._unknown(send(order), "the answer was lost", now=NOW)
    order.refresh_from_db()
    return order


@pytest.fixture
def dear_unknown(place: Place, send: Send) -> Order:
    """Above the limit of one person's decision."""
    order = place(energy=3_000_000)
    fulfilment._unknown(send(order), "the answer was lost", now=NOW)
    order.refresh_from_db()
    return order


@pytest.fixture
def succeeded(place: Place, send: Send, credential: Any) -> Order:
    callback = {
        "callback_url": "http://merchant.test/in",
        "callback_format": "itrx",
        "credential": credential,
    }
    order = place(external_id="S-1", **callback)
    attempt = send(order)
    ProviderCall.objects.create(
        account=attempt.account,
        request_id=attempt.request_id,
        purpose="purchase",
        method="POST",
        url="http://127.0.0.1:65535/order",
        request_headers={"API-KEY": "****"},
        request_body='{"receive_address": "<b>"}',
        sent=True,
        status=200,
        response_body='{"errno": 0}',
        duration_ms=12,
        created_at=NOW,
    )
    done = Progress(state=State.SUCCEEDED, upstream_id="up-77", txid=TXID, cost_sun=4_000_000)
    outcomes.apply(attempt.pk, done, now=NOW)
    order.refresh_from_db()
    return order


# --- the list ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Support", "Finance", "Administrator"])
def test_every_role_reads_list_and_page(log_in: Any, succeeded: Order, role: str) -> None:
    client = log_in(role)
    assert succeeded.number in text(client.get(LIST))
    shown = text(client.get(page(succeeded)))
    for expected in (succeeded.number, "Executed by", TXID, "up-77", "hold", "capture", "order.succeeded"):
        assert expected in shown


def test_the_list_asks_as_often_for_many_orders_as_for_few(support: Client, place: Place) -> None:
    place()
    with CaptureQueriesContext(connection) as few:
        support.get(LIST)
    for _ in range(12):
        place()
    with CaptureQueriesContext(connection) as many:
        support.get(LIST)
    assert len(many) == len(few)


def test_the_list_never_counts_the_whole_table(support: Client, place: Place) -> None:
    place()
    with CaptureQueriesContext(connection) as queries:
        support.get(LIST)
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"].upper()]
    assert counts
    assert all("LIMIT" in sql for sql in counts)


def test_search_finds_by_every_number_staff_may_hold(support: Client, succeeded: Order, place: Place) -> None:
    other = place(address=OTHER_ADDRESS)
    attempt = succeeded.attempts.get()
    terms = [
        *(succeeded.number, f"#{succeeded.pk}", str(succeeded.pk), succeeded.serial, succeeded.serial[:8]),
        *(succeeded.serial.upper(), "S-1", ADDRESS, f"  {ADDRESS} ", TXID, f"0x{TXID.upper()}", "up-77"),
        attempt.request_id,
    ]
    for term in terms:
        found = list(support.get(LIST, {"q": term}).context["cl"].result_list)
        assert found == [succeeded], term
    assert list(support.get(LIST, {"q": other.number}).context["cl"].result_list) == [other]


def test_search_by_number_needs_the_right_date(succeeded: Order) -> None:
    wrong = f"20200101{succeeded.pk:010d}"
    assert not Order.objects.filter(order_search.matching(wrong)).exists()
    assert not Order.objects.filter(order_search.matching(f"99991231{succeeded.pk:010d}")).exists()


def test_a_payment_reported_for_an_order_finds_it_by_hash(support: Client, wrongly_paid: Order) -> None:
    found = list(support.get(LIST, {"q": "f" * 64}).context["cl"].result_list)
    assert found == [wrongly_paid]


@pytest.mark.parametrize("value", NONSENSE)
@pytest.mark.parametrize(
    "name",
    [
        "q",
        "view",
        "callback",
        "status__exact",
        "kind__exact",
        "merchant__id__exact",
        "p",
        "before",
        "o",
        "e",
        "created_at_from_0",
    ],
)
def test_nonsense_in_the_address_line_is_no_error(
    support: Client, place: Place, name: str, value: str
) -> None:
    place()
    response = support.get(LIST, {name: value, "created_at_from_1": "25:99"}, follow=True)
    assert response.status_code == 200


def test_the_saved_views(support: Client, unknown: Order, succeeded: Order, place: Place) -> None:
    fresh = place()

    def shown(view: str) -> list[Order]:
        return list(support.get(LIST, {"view": view}).context["cl"].result_list)

    assert shown("person") == [unknown]
    assert shown("progress") == [fresh]
    assert shown("failed") == []
    Order.objects.filter(pk=fresh.pk).update(
        status=OrderStatus.FAILED, finished_at=timezone.now(), next_action_at=None
    )
    assert shown("failed") == [fresh]
    assert shown("zzz") == []


def test_the_callback_filter(support: Client, succeeded: Order, place: Place) -> None:
    plain = place()

    def shown(state: str) -> list[Order]:
        return list(support.get(LIST, {"callback": state}).context["cl"].result_list)

    assert shown("pending") == [succeeded]
    assert shown("delivered") == []
    assert shown("unwanted") == [plain]


# --- the page ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["999999", "abc", "1" * 40, "²", "-1"])
def test_a_page_that_is_none_is_404(support: Client, key: str) -> None:
    assert support.get(f"{LIST}{key}/change/").status_code == 404


def test_strangers_are_sent_to_the_login(client: Client, unknown: Order) -> None:
    for url in (LIST, page(unknown), live(unknown), act(unknown, "decide")):
        response = client.get(url)
        assert response.status_code == 302
        assert "/login/" in response["Location"]


def test_staff_without_a_role_see_nothing_and_the_refusal_is_on_record(
    client: Client, unknown: Order
) -> None:
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    for url in (LIST, page(unknown), live(unknown)):
        assert client.get(url).status_code == 403
    assert AuditEntry.objects.filter(refused=True).count() == 3


def test_the_page_changes_nothing_by_post(administrator: Client, unknown: Order) -> None:
    assert administrator.post(page(unknown), {"status": "succeeded", "price_sun": "1"}).status_code == 405
    unknown.refresh_from_db()
    assert unknown.status == OrderStatus.UNKNOWN


def test_the_page_tells_why_an_unknown_order_waits(support: Client, unknown: Order, settings: Any) -> None:
    settings.POLL_SECONDS, settings.LOOK_UP_GRACE_SECONDS = 7, 600
    shown = text(support.get(page(unknown)))
    assert "May have reached itrx" in shown
    assert "Looked up every 7 s" in shown
    assert f"{NOW + timedelta(seconds=600):%H:%M:%S}, it counts as never arrived" in shown
    assert "The money stays held." in shown


@pytest.mark.parametrize("status", OrderStatus.values)
def test_every_status_has_its_sentence(support: Client, place: Place, send: Send, status: str) -> None:
    order = place(kind=Kind.MONITOR) if status == OrderStatus.WAITING else place()
    send(order)
    is_final = status in {OrderStatus.SUCCEEDED, OrderStatus.FAILED}
    Order.objects.filter(pk=order.pk).update(
        status=status, finished_at=NOW if is_final else None, next_action_at=None if is_final else NOW
    )
    story = support.get(page(order)).context["regions"][0].html.split('bo-story">')[1].split("<")[0]
    assert len(story) > 30
    assert "None" not in story


def test_stored_exchanges_are_shown_as_text(support: Client, succeeded: Order) -> None:
    shown = text(support.get(page(succeeded)))
    assert "{&quot;receive_address&quot;: &quot;&lt;b&gt;&quot;}" in shown
    assert "API-KEY: ****" in shown


def test_the_page_asks_as_often_for_many_records_as_for_few(support: Client, succeeded: Order) -> None:
    with CaptureQueriesContext(connection) as few:
        support.get(page(succeeded))
    for number in range(10):
        OrderEvent.objects.create(order=succeeded, code="x", text=f"event {number}", created_at=NOW)
        call = ProviderCall.objects.first()
        assert call is not None
        call.pk = None
        call.save()
    with CaptureQueriesContext(connection) as many:
        support.get(page(succeeded))
    assert len(many) == len(few)


def test_a_region_keeps_its_version_until_something_changes(support: Client, unknown: Order) -> None:
    def versions() -> dict[str, str]:
        return {each.name: each.version for each in support.get(live(unknown)).context["regions"]}

    before = versions()
    assert versions() == before
    OrderEvent.objects.create(order=unknown, code="x", text="something new", created_at=NOW)
    after = versions()
    assert after["timeline"] != before["timeline"]
    assert after["head"] == before["head"]


def test_the_page_moves_until_order_and_callback_are_settled(
    support: Client, unknown: Order, succeeded: Order
) -> None:
    def moves(order: Order) -> bool:
        return 'data-moving="1"' in text(support.get(live(order)))

    assert moves(unknown)
    assert moves(succeeded)  # its callback is still to be sent
    Callback.objects.update(status="delivered", next_attempt_at=None, claimable_at=None)
    assert not moves(succeeded)


# --- acts --------------------------------------------------------------------------------------------------------


def allow(client: Client, codename: str) -> None:
    user = User.objects.get(pk=client.session["_auth_user_id"])
    user.user_permissions.add(Permission.objects.get(codename=codename))


def test_a_new_order_is_cancelled_with_a_reason(support: Client, place: Place) -> None:
    order = place()
    allow(support, "change_order")
    response = send_form(support, act(order, "cancel"), reason="wrong address")
    assert response.status_code == 302
    order.refresh_from_db()
    assert order.status == OrderStatus.FAILED
    assert ledger.available_sun(order.merchant) == 1_000_000_000
    entry = AuditEntry.objects.get(act="order.cancel")
    assert (entry.object_id, entry.after) == (str(order.pk), {"reason": "wrong address"})


def test_an_order_that_was_sent_is_not_cancelled(support: Client, unknown: Order) -> None:
    allow(support, "change_order")
    response = send_form(support, act(unknown, "cancel"), reason="too late")
    assert response.status_code == 200
    assert "has moved on" in text(response)
    unknown.refresh_from_db()
    assert unknown.status == OrderStatus.UNKNOWN


def test_an_administrator_decides_below_the_limit(administrator: Client, unknown: Order) -> None:
    response = send_form(
        administrator,
        act(unknown, "decide"),
        executed="yes",
        txid=f"0x{TXID.upper()}",
        reason="seen on chain",
    )
    assert response.status_code == 302
    unknown.refresh_from_db()
    assert unknown.status == OrderStatus.SUCCEEDED
    assert unknown.attempts.get().txid == TXID


def test_not_executed_releases_the_money(administrator: Client, unknown: Order) -> None:
    send_form(administrator, act(unknown, "decide"), executed="no", txid="", reason="their support says no")
    unknown.refresh_from_db()
    assert unknown.status == OrderStatus.FAILED
    assert ledger.available_sun(unknown.merchant) == 1_000_000_000


def test_support_only_proposes(support: Client, unknown: Order) -> None:
    send_form(support, act(unknown, "decide"), executed="no", txid="", reason="their support says no")
    unknown.refresh_from_db()
    assert unknown.status == OrderStatus.UNKNOWN
    approval = Approval.objects.get()
    assert approval.data["executed"] is False
    shown = text(support.get(page(unknown)))
    assert "another person must grant it" in shown
    assert "act/decide" not in shown
    again = send_form(support, act(unknown, "decide"), executed="no", txid="", reason="again")
    assert "proposed already" in text(again)
    assert Approval.objects.count() == 1


def test_above_the_limit_an_administrator_proposes_too(administrator: Client, dear_unknown: Order) -> None:
    send_form(administrator, act(dear_unknown, "decide"), executed="no", txid="", reason="never came")
    dear_unknown.refresh_from_db()
    assert dear_unknown.status == OrderStatus.UNKNOWN
    assert Approval.objects.filter(order=dear_unknown).exists()


def test_the_same_decision_sent_twice_is_taken_once(administrator: Client, unknown: Order) -> None:
    url = act(unknown, "decide")
    token = administrator.get(url).context["form"]["token"].value()
    values = {"token": token, "executed": "no", "reason": "never came"}
    administrator.post(url, values)
    second = administrator.post(url, values, follow=True)
    assert "sent before" in text(second)
    assert Transfer.objects.filter(order=unknown, code="release").count() == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"executed": "yes", "txid": "", "reason": "r"}, "needed as evidence"),
        ({"executed": "yes", "txid": "12", "reason": "r"}, "64 hexadecimal digits"),
        ({"executed": "yes", "txid": "g" * 64, "reason": "r"}, "64 hexadecimal digits"),
        ({"executed": "yes", "txid": "a" * 1_000_000, "reason": "r"}, "at most 66 characters"),
        ({"executed": "yes", "txid": TXID, "reason": ""}, "This field is required"),
        ({"executed": "yes", "txid": TXID, "reason": "a\u202eb"}, "Control characters"),
        ({"executed": "yes", "txid": TXID, "reason": "r" * 500}, "at most 200 characters"),
        ({"executed": "maybe", "txid": TXID, "reason": "r"}, "Select a valid choice"),
        ({"txid": TXID, "reason": "r"}, "This field is required"),
    ],
)
def test_a_bad_decision_is_told_at_its_field_and_decides_nothing(
    administrator: Client, unknown: Order, values: dict[str, str], message: str
) -> None:
    response = send_form(administrator, act(unknown, "decide"), **values)
    assert response.status_code == 200
    assert message in text(response)
    unknown.refresh_from_db()
    assert unknown.status == OrderStatus.UNKNOWN


def test_look_up_now_hands_the_order_to_a_worker(support: Client, unknown: Order) -> None:
    OrmQ.objects.all().delete()
    assert support.post(act(unknown, "look-up")).status_code == 302
    assert OrmQ.objects.get().task["args"] == (unknown.pk,)
    assert support.get(act(unknown, "look-up")).status_code == 405


@pytest.mark.parametrize("name", ["cancel", "decide", "look-up"])
def test_finance_acts_on_no_order(finance: Client, unknown: Order, name: str) -> None:
    before = OrderEvent.objects.count()
    answers = [finance.post(act(unknown, name), {"executed": "no", "reason": "r"})]
    if name != "look-up":
        answers.append(finance.get(act(unknown, name)))
    assert {answer.status_code for answer in answers} == {403}
    assert OrderEvent.objects.count() == before
    assert AuditEntry.objects.filter(refused=True).count() == len(answers)


def test_an_act_that_is_none_is_404(administrator: Client, unknown: Order) -> None:
    assert administrator.post(act(unknown, "explode")).status_code == 404
    assert administrator.post(f"{LIST}999999/act/decide/").status_code == 404


def test_acts_need_the_csrf_token(unknown: Order, log_in: Any) -> None:
    client = log_in("Administrator")
    client.handler.enforce_csrf_checks = True
    assert client.post(act(unknown, "look-up")).status_code == 403


@pytest.fixture
def wrongly_paid(place: Place, make_account: MakeAccount, send: Send) -> Order:
    order = place(kind=Kind.MONITOR)
    attempt = send(order)
    told = InboundPayment(address=ADDRESS, amount_micro=1_000_000, txid="f" * 64, paid_at=NOW)
    settlement.receive(attempt.pk, told, now=NOW)
    return order
