"""The hosts callbacks go to: figures of their last attempts, and what staff do when one is down."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.admin import endpoint_figures
from orders.models import ApiCredential, AuditEntry, Callback, CallbackHost, CallbackLog, GoneUrl
from orders.services import endpoints
from tests.orders.admin.conftest import send_form, text
from tests.orders.conftest import NOW

ENDPOINTS = "/admin/orders/callbackhost/"
HOST = "one.test"
HOUR = timedelta(hours=1)


@pytest.fixture
def paused(db: None) -> CallbackHost:
    return CallbackHost.objects.create(
        host=HOST,
        circuit="open",
        failures=9,
        opened_at=NOW,
        probe_at=NOW + HOUR,
        last_error="HTTP 502 <b>",
    )


def attempts(host: str, *answers: tuple[int, str], direction: str = "out") -> None:
    CallbackLog.objects.bulk_create(
        CallbackLog(direction=direction, host=host, duration_ms=duration_ms, verdict=verdict, created_at=NOW)
        for duration_ms, verdict in answers
    )


@pytest.fixture
def waiting(credential: ApiCredential) -> Any:
    def make(host: str, claimable_at: Any, **fields: Any) -> Callback:
        return Callback.objects.create(
            merchant=credential.merchant,
            is_test=True,
            url=f"https://{host}/",
            host=host,
            format="itrx",
            credential=credential,
            payload={},
            created_at=NOW,
            next_attempt_at=NOW,
            claimable_at=claimable_at,
            **fields,
        )

    return make


@pytest.fixture
def gone(paused: CallbackHost, waiting: Any) -> GoneUrl:
    event = waiting(HOST, NOW)
    return GoneUrl.objects.create(host=paused, url=f"https://{HOST}/old?<i>", callback=event, flagged_at=NOW)


def test_figures_are_of_the_last_attempts_of_each_host(paused: CallbackHost, waiting: Any) -> None:
    other = CallbackHost.objects.create(host="two.test")
    silent = CallbackHost.objects.create(host="three.test")
    attempts(HOST, *[(9_999, "timeout")] * 7)
    attempts("two.test", (40, "delivered"), (60, "delivered"), (9_000, "timeout"))
    attempts(HOST, *[(100, "delivered")] * 30, *[(300, "refused")] * 20)
    attempts(HOST, *[(1, "stale")] * 60, direction="in")
    waiting(HOST, NOW), waiting(HOST, NOW + HOUR)
    figures = endpoint_figures.of([paused, other, silent])
    one, two, three = figures[HOST], figures["two.test"], figures["three.test"]
    assert (len(one.attempts), one.failure_percent, one.median_ms, one.waiting) == (50, 40, 100, 2)
    assert (len(two.attempts), two.failure_percent, two.median_ms, two.waiting) == (3, 33, 50, 0)
    assert (three.attempts, three.failure_percent, three.median_ms) == ([], None, None)
    assert [attempt.duration_ms for attempt in two.attempts] == [40, 60, 9_000], "oldest first"


def test_a_sparkline_has_a_bar_an_attempt(db: None) -> None:
    drawn = endpoint_figures.sparkline(
        [endpoint_figures.Attempt(0, delivered=True), endpoint_figures.Attempt(200, delivered=False)]
    )
    assert drawn.count("<rect") == 2
    assert 'x="4" y="0" width="3" height="24" class="is-failed"' in drawn
    assert 'x="0" y="22" width="3" height="2" class="is-delivered"' in drawn
    assert "Attempts: 2, failed: 1, the slowest: 200 ms" in drawn
    assert "<rect" not in endpoint_figures.sparkline([])


def test_the_list_and_the_page_show_them(finance: Client, paused: CallbackHost, gone: GoneUrl) -> None:
    attempts(HOST, (120, "delivered"), (80, "refused"))
    for url in (ENDPOINTS, f"{ENDPOINTS}{paused.pk}/change/"):
        page = text(finance.get(url))
        for expected in (HOST, "paused", "410", "50 %", "120 ms", "<svg"):
            assert expected in page
        assert "<b>" not in page.replace("HTTP 502 <b>", "") or "HTTP 502 &lt;b&gt;" in page
    assert "Try now" not in page, "finance only looks"
    assert f"https://{HOST}/old?&lt;i&gt;" in page
    assert "Unflag" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        *(({}, 2), ({"state": "paused"}, 1), ({"state": "sending"}, 1), ({"flag": "yes"}, 1)),
        *(({"flag": "no"}, 1), ({"q": "one"}, 1), ({"q": "ne"}, 0)),
    ],
)
def test_the_list_is_filtered(finance: Client, gone: GoneUrl, query: dict[str, str], found: int) -> None:
    CallbackHost.objects.create(host="two.test")
    assert len(finance.get(ENDPOINTS, query).context["cl"].result_list) == found


def test_many_hosts_take_as_many_queries_as_few(finance: Client, paused: CallbackHost) -> None:
    with CaptureQueriesContext(connection) as few:
        finance.get(ENDPOINTS)
    for number in range(20):
        CallbackHost.objects.create(host=f"host{number}.test")
        attempts(f"host{number}.test", (1, "delivered"))
    with CaptureQueriesContext(connection) as many:
        finance.get(ENDPOINTS)
    assert len(many) == len(few)


def test_trying_now_closes_the_circuit_and_makes_due_what_it_held(
    support: Client, paused: CallbackHost, waiting: Any
) -> None:
    held = waiting(HOST, NOW + HOUR)
    leased = waiting(HOST, NOW + HOUR, leased_until=NOW + HOUR)
    elsewhere = waiting("two.test", NOW + HOUR)
    page = f"{ENDPOINTS}{paused.pk}/change/"
    assert "Try now" in text(support.get(page))
    response = send_form(support, f"{ENDPOINTS}{paused.pk}/try-now/")
    assert response["Location"] == page
    paused.refresh_from_db()
    assert (paused.circuit, paused.failures, paused.opened_at, paused.probe_at) == ("closed", 0, None, None)
    claimable = {row.pk: row.claimable_at for row in Callback.objects.all()}
    assert claimable == {held.pk: NOW, leased.pk: NOW + HOUR, elsewhere.pk: NOW + HOUR}
    entry = AuditEntry.objects.get(act="endpoint.try_now")
    assert (entry.label, entry.before) == (HOST, {"circuit": "open", "failures": 9})
    assert "Try now" not in text(support.get(page))


def test_a_flag_is_taken_off(support: Client, paused: CallbackHost, gone: GoneUrl) -> None:
    """Of that URL alone."""
    other = GoneUrl.objects.create(
        host=paused, url=f"https://{HOST}/b", callback=gone.callback, flagged_at=NOW
    )
    url = f"{ENDPOINTS}{paused.pk}/gone/{gone.pk}/unflag/"
    assert url in text(support.get(f"{ENDPOINTS}{paused.pk}/change/"))
    send_form(support, url)
    assert list(GoneUrl.objects.all()) == [other]
    entry = AuditEntry.objects.get(act="endpoint.unflag")
    assert (entry.label, entry.before["url"]) == (HOST, gone.url)
    assert support.get(url).status_code == 302, "it is not there any more"


def test_an_act_that_came_too_late_changes_nothing(paused: CallbackHost, gone: GoneUrl) -> None:
    user = User.objects.create_user("sample")
    assert endpoints.try_now(paused, user=user, now=NOW)
    assert not endpoints.try_now(paused, user=user, now=NOW)
    assert endpoints.unflag(gone, user=user, now=NOW)
    assert not endpoints.unflag(gone, user=user, now=NOW)
    assert AuditEntry.objects.filter(act__startswith="endpoint.").count() == 2
