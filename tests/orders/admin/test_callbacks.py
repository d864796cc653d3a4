"""The outbox and the callback log."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import ApiCredential, AuditEntry, Callback, CallbackLog, Merchant, Order
from orders.services import merchants, outcomes
from orders.states import CallbackStatus
from providers.base import Progress, State
from tests.orders import tries
from tests.orders.conftest import NOW, TXID, Place, Send, order_of
from tests.orders.tries import NO_ANSWER, answered

OUTBOX = "/admin/orders/callback/"
LOG = "/admin/orders/callbacklog/"


def text(response: Any) -> str:
    return str(response.content.decode())


def rows(client: Client, url: str, **query: Any) -> list[Any]:
    return list(client.get(url, query).context["cl"].result_list)


@pytest.fixture
def callback(place: Place, send: Send, credential: ApiCredential) -> Callback:
    order = place(callback_url="http://merchant.test/in", callback_format="itrx", credential=credential)
    done = Progress(state=State.SUCCEEDED, upstream_id="u", txid=TXID, cost_sun=1)
    outcomes.apply(send(order).pk, done, now=NOW)
    return Callback.objects.get(order=order)


@pytest.fixture
def tried(callback: Callback) -> Callback:
    """Refused with 500, unanswered, then delivered."""
    broken = b"<h1>broken</h1>"
    for posted in (answered(500, broken, server="sample"), NO_ANSWER, answered(200, broken)):
        callback = tries.tried(callback, posted, now=NOW)
    return callback


@pytest.fixture
def forged(callback: Callback) -> CallbackLog:
    assert callback.order is not None
    return CallbackLog.objects.create(
        direction="in",
        order=callback.order,
        merchant=order_of(callback).merchant,
        account=order_of(callback).attempts.get().account,
        url="/callbacks/…",
        host="itrx",
        request_body="forged",
        verdict="bad_signature",
        created_at=NOW,
    )


@pytest.mark.parametrize("role", ["Support", "Finance", "Administrator"])
def test_every_role_reads_outbox_and_log(
    log_in: Any, tried: Callback, forged: CallbackLog, role: str
) -> None:
    client = log_in(role)
    assert order_of(tried).number in text(client.get(OUTBOX))
    assert "evt_" in text(client.get(f"{OUTBOX}{tried.pk}/change/"))
    assert len(rows(client, LOG)) == 4
    for log in CallbackLog.objects.all():
        assert client.get(f"{LOG}{log.pk}/change/").status_code == 200


def test_a_log_row_shows_the_exact_masked_exchange(finance: Client, tried: Callback) -> None:
    log = CallbackLog.objects.get(verdict="refused")
    shown = text(finance.get(f"{LOG}{log.pk}/change/"))
    assert tried.order is not None
    for expected in (
        *("API-KEY: ****", "{&quot;serial&quot;: &quot;&lt;i&gt;&quot;}", "&lt;h1&gt;broken&lt;/h1&gt;"),
        *("31 ms", "500", str(tried.credential), order_of(tried).number),
    ):
        assert expected in shown


def test_a_log_row_shows_what_was_signed_where_it_went_and_how_to_repeat_it(
    finance: Client, tried: Callback
) -> None:
    log = CallbackLog.objects.get(verdict="refused")
    CallbackLog.objects.filter(pk=log.pk).update(
        signed_text="1&<body>&****",
        resolved_ip="203.0.113.9",
        tls="TLSv1.3",
        next_attempt_at=NOW + timedelta(minutes=7),
    )
    shown = text(finance.get(f"{LOG}{log.pk}/change/"))
    for expected in ("1&amp;&lt;body&gt;&amp;****", "203.0.113.9", "TLSv1.3", "12:07:00", "curl --silent"):
        assert expected in shown
    assert "An iTRX signature covers its timestamp and ages" in shown
    assert "Resend the callback" not in shown


def test_a_pruned_row_offers_no_command(finance: Client, tried: Callback) -> None:
    CallbackLog.objects.update(request_body="(pruned)")
    for log in CallbackLog.objects.all():
        assert "curl" not in text(finance.get(f"{LOG}{log.pk}/change/"))


def test_a_page_of_the_list_reads_no_bodies(finance: Client, tried: Callback) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert len(rows(finance, LOG)) == 3
    asked = [each["sql"] for each in queries if 'FROM "orders_callbacklog"' in each["sql"]]
    assert len(asked) == 2  # the oldest, for the links to days
    assert not any("request_body" in sql or "COUNT(" in sql for sql in asked)


def test_the_outbox_tells_what_is_late(support: Client, tried: Callback, callback: Callback) -> None:
    pending = {"status": "pending", "next_attempt_at": NOW, "claimable_at": NOW}
    Callback.objects.filter(pk=callback.pk).update(**pending)
    assert rows(support, OUTBOX, waiting="due") == rows(support, OUTBOX, waiting="late") == [callback]
    assert rows(support, OUTBOX, waiting="later") == rows(support, OUTBOX, waiting="x") == []
    later = timezone.now() + timedelta(hours=1)
    Callback.objects.filter(pk=callback.pk).update(next_attempt_at=later)
    assert rows(support, OUTBOX, waiting="later") == [callback]


def test_a_test_callback_has_no_order_and_is_shown_all_the_same(support: Client, tried: Callback) -> None:
    Callback.objects.filter(pk=tried.pk).update(order=None, is_test=True)
    CallbackLog.objects.update(order=None, is_test=True)
    assert rows(support, OUTBOX, is_test__exact="1") == [tried]
    log = CallbackLog.objects.all()[0]
    for url in (OUTBOX, LOG, f"{OUTBOX}{tried.pk}/change/", f"{LOG}{log.pk}/change/"):
        assert "test" in text(support.get(url))
    assert support.get(f"{OUTBOX}{tried.pk}/resend/").status_code == 200


def test_the_log_is_filtered_as_finance_needs_it(
    finance: Client, tried: Callback, forged: CallbackLog
) -> None:
    other = merchants.create_merchant(name="Other sample merchant", time_zone="UTC", now=NOW)
    order = order_of(tried)

    def verdicts(**query: Any) -> set[str]:
        return {log.verdict for log in rows(finance, LOG, **query)}

    everything = {"refused", "no_answer", "delivered", "bad_signature"}
    failed = {"refused", "no_answer"}
    assert verdicts() == everything
    assert verdicts(direction__exact="in") == {"bad_signature"}
    assert verdicts(verdict="refused") == {"refused"}
    assert verdicts(answer="2") == {"delivered"}
    assert verdicts(answer="5") == {"refused"}
    assert verdicts(answer="none") == {"no_answer"}
    assert verdicts(answer="9") == set()
    assert verdicts(result="failed") == verdicts(result="failed", direction__exact="out") == failed
    assert verdicts(result="delivered") == {"delivered"}
    assert verdicts(result="rejected") == {"bad_signature"}
    assert verdicts(result="accepted") == verdicts(result="nonsense") == set()
    assert verdicts(status="500") == {"refused"}
    assert verdicts(status="5xx") == verdicts(status="²²²") == set()
    assert verdicts(trigger="automatic") == everything - {"bad_signature"}
    assert verdicts(trigger="resend") == verdicts(trigger="test") == set()
    CallbackLog.objects.filter(verdict="refused").update(is_test=True)
    assert verdicts(trigger="test") == verdicts(is_test__exact="1") == {"refused"}
    assert verdicts(host="merchant.test") == everything - {"bad_signature"}
    assert verdicts(merchant__id__exact=order.merchant_id) == everything
    assert verdicts(merchant__id__exact=other.pk) == set()
    assert verdicts(q=order.number) == everything
    assert verdicts(q=str(order.pk + 1)) == set()
    assert verdicts(q="merchant.test") == everything - {"bad_signature"}
    day = {"created_at_from_0": "2026-03-01", "created_at_from_1": "11:00:00"}
    assert verdicts(**day) == everything
    assert verdicts(created_at_from_0="2026-03-01", created_at_from_1="13:00:00") == set()
    assert verdicts(created_at_to_0="2026-03-01", created_at_to_1="11:00:00") == set()
    assert verdicts(created_at_from_0="2026-03-01", created_at_to_0="2026-03-01") == everything
    assert verdicts(created_at_to_0="2026-02-28") == set()


NONSENSE = ["abc", "-1", "1" * 31, "\x00", "<b>", "x" * 5000, "²"]
BOTH = ("q", "created_at_from_0", "created_at_to_0", "p")


@pytest.mark.parametrize("value", NONSENSE)
@pytest.mark.parametrize(
    ("url", "name"),
    [
        *((OUTBOX, name) for name in (*BOTH, "status__exact", "format__exact", "merchant__id__exact")),
        *(
            (LOG, name)
            for name in (
                *(*BOTH, "verdict", "answer", "host", "direction__exact", "merchant__id__exact"),
                *("result", "status", "trigger", "is_test__exact", "id__in"),
            )
        ),
    ],
)
def test_nonsense_in_the_address_line_is_no_error(
    finance: Client, tried: Callback, url: str, name: str, value: str
) -> None:
    query = {name: value, "created_at_from_1": "25:99"}
    assert finance.get(url, query, follow=True).status_code == 200


@pytest.mark.parametrize("url", [LOG, OUTBOX])
@pytest.mark.parametrize("key", ["999999", "abc", "1" * 40])
def test_a_row_that_is_none_is_404(finance: Client, url: str, key: str) -> None:
    assert finance.get(f"{url}{key}/change/").status_code == 404


def test_lists_ask_as_often_for_many_rows_as_for_few(
    finance: Client, tried: Callback, forged: CallbackLog
) -> None:
    with CaptureQueriesContext(connection) as few:
        finance.get(LOG)
    for _ in range(10):
        forged.pk = None
        forged.save()
    with CaptureQueriesContext(connection) as many:
        finance.get(LOG)
    assert len(many) == len(few)


def test_nothing_is_written_through_the_stock_pages(administrator: Client, tried: Callback) -> None:
    log = CallbackLog.objects.first()
    assert log is not None
    for url in (f"{OUTBOX}{tried.pk}", f"{LOG}{log.pk}"):
        assert administrator.post(f"{url}/change/", {"status": "pending"}).status_code == 405
        assert administrator.post(f"{url}/delete/", {"post": "yes"}).status_code == 403
    for url in (OUTBOX, LOG):
        assert administrator.get(f"{url}add/").status_code == 403


# --- resending ---------------------------------------------------------------------------------------------------


def resend(client: Client, callback: Callback, reason: str) -> Any:
    url = f"{OUTBOX}{callback.pk}/resend/"
    token = client.get(url).context["form"]["token"].value()
    return client.post(url, {"token": token, "reason": reason})


def test_support_resends_with_a_reason(support: Client, tried: Callback) -> None:
    assert f"{OUTBOX}{tried.pk}/resend/" in text(support.get(f"{OUTBOX}{tried.pk}/change/"))
    response = resend(support, tried, "their server was down")
    assert response["Location"] == f"/admin/orders/order/{tried.order_id}/change/"
    tried.refresh_from_db()
    assert tried.status == CallbackStatus.PENDING
    assert AuditEntry.objects.get(act="callback.resend").after == {"reason": "their server was down"}
    assert f"{OUTBOX}{tried.pk}/resend/" not in text(support.get(f"{OUTBOX}{tried.pk}/change/"))


@pytest.mark.parametrize("reason", ["", "   ", "x" * 300, "a\x07b"])
def test_a_bad_reason_resends_nothing(support: Client, tried: Callback, reason: str) -> None:
    response = resend(support, tried, reason)
    assert response.status_code == 200
    assert response.context["form"].errors["reason"]
    tried.refresh_from_db()
    assert tried.status == CallbackStatus.DELIVERED


def test_one_that_is_being_sent_is_not_resent(support: Client, callback: Callback) -> None:
    assert "being sent already" in text(resend(support, callback, "impatience"))


def test_finance_resends_nothing(finance: Client, tried: Callback) -> None:
    url = f"{OUTBOX}{tried.pk}/resend/"
    assert finance.get(url).status_code == 403
    assert finance.post(url, {"reason": "r"}).status_code == 403
    tried.refresh_from_db()
    assert tried.status == CallbackStatus.DELIVERED
    assert AuditEntry.objects.filter(refused=True).count() == 2


def test_the_outbox_is_filtered_and_searched(
    support: Client, tried: Callback, merchant: Merchant, place: Place
) -> None:
    plain: Order = place()
    assert tried.order is not None
    assert rows(support, OUTBOX, status__exact="delivered") == [tried]
    assert rows(support, OUTBOX, status__exact="pending") == []
    assert rows(support, OUTBOX, q=tried.event_id) == [tried]
    assert rows(support, OUTBOX, q=order_of(tried).number) == [tried]
    assert rows(support, OUTBOX, q="merchant.test") == [tried]
    assert rows(support, OUTBOX, q=plain.number) == []
