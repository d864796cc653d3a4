"""Resending what a list shows: the preview, the job it makes, and the job's page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from orders.models import ApiCredential, AuditEntry, Callback, CallbackLog, Merchant, ResendJob
from orders.services import resending
from orders.states import CallbackStatus
from tests.orders.admin.conftest import NONSENSE, text
from tests.orders.conftest import NOW, Place

OUTBOX = "/admin/orders/callback/"
LOG = "/admin/orders/callbacklog/"
MATCHING = f"{OUTBOX}resend-matching/"
LOG_MATCHING = f"{LOG}resend-matching/"
JOBS = "/admin/orders/resendjob/"

Make = Callable[..., Callback]


@pytest.fixture
def make(place: Place, credential: ApiCredential) -> Make:
    def make_one(status: str = "exhausted", host: str = "one.test", minutes: int = 0) -> Callback:
        at = NOW + timedelta(minutes=minutes)
        is_waiting = status == CallbackStatus.PENDING
        order = place()
        callback = Callback.objects.create(
            merchant=order.merchant,
            order=order,
            event="order.failed",
            url=f"https://{host}/in",
            host=host,
            format="itrx",
            credential=credential,
            payload={},
            status=status,
            created_at=at,
            next_attempt_at=at if is_waiting else None,
            claimable_at=at if is_waiting else None,
        )
        CallbackLog.objects.create(
            direction="out",
            callback=callback,
            order=order,
            merchant=order.merchant,
            host=host,
            verdict="delivered" if status == "delivered" else "refused",
            status=200 if status == "delivered" else 500,
            created_at=at,
        )
        return callback

    return make_one


def preview(client: Client, url: str, **query: Any) -> tuple[Any, dict[str, str]]:
    """The page, and its facts as text."""
    response = client.get(url, query)
    return response, {label: str(value) for label, value in response.context["act"].facts}


def confirm(client: Client, url: str, response: Any, **given: str) -> Any:
    form = response.context["form"]
    values = {name: str(form[name].value() or "") for name in form.fields}
    address = f"{url}?{response.request['QUERY_STRING']}"
    return client.post(address, values | {"reason": "their server was down"} | given)


def chosen(job: ResendJob) -> set[int]:
    return set(job.items.values_list("callback", flat=True))


def test_the_preview_counts_by_host_and_says_what_is_left_out(support: Client, make: Make) -> None:
    for status in ("exhausted", "exhausted", "delivered", "pending", "cancelled"):
        make(status)
    make("exhausted", host="<two>.test")
    response, facts = preview(support, MATCHING)
    assert facts["Will be resent"] == "4"
    assert facts["Of these delivered before"] == "1"
    assert "<span>one.test</span> <b>3</b>" in facts["Hosts"]
    assert "&lt;two&gt;.test</span> <b>1</b>" in facts["Hosts"]
    assert "on their way already:</span> <b>1</b>" in facts["Left out"]
    assert "cancelled:</span> <b>1</b>" in facts["Left out"]
    assert "Resend 4" in text(response)
    assert not ResendJob.objects.exists()


def test_what_matches_one_merchant_and_one_hour_is_resent_with_a_reason(
    support: Client, make: Make, merchant: Merchant
) -> None:
    inside = [make(minutes=minutes) for minutes in (0, 59)]
    make(minutes=-1), make(minutes=61)
    hour = {
        "merchant__id__exact": merchant.pk,
        "created_at_from_0": "2026-03-01",
        "created_at_from_1": "12:00",
        "created_at_to_0": "2026-03-01",
        "created_at_to_1": "13:00",
    }
    response, facts = preview(support, MATCHING, **hour)
    assert facts["Will be resent"] == "2"
    assert merchant.name in facts["Filter"]
    told = confirm(support, MATCHING, response, pace="7", stop_after="")
    job = ResendJob.objects.get()
    assert told["Location"] == f"{JOBS}{job.pk}/change/"
    assert chosen(job) == {callback.pk for callback in inside}
    assert (job.reason, job.pace, job.stop_after) == ("their server was down", 7, None)
    entry = AuditEntry.objects.get(act="resend_job.start")
    assert entry.user is not None
    assert entry.user.username == "support"
    assert entry.after["count"] == 2
    assert entry.after["filters"]["merchant"] == merchant.name


def test_the_log_leads_to_each_of_its_callbacks_once(support: Client, make: Make) -> None:
    failed, _ = make(), make("delivered")
    CallbackLog.objects.create(
        direction="out", callback=failed, host="one.test", verdict="refused", created_at=NOW
    )
    CallbackLog.objects.create(direction="in", host="itrx", verdict="stale", created_at=NOW)
    response, facts = preview(support, LOG_MATCHING, result="failed")
    assert facts["Will be resent"] == "1"
    confirm(support, LOG_MATCHING, response)
    assert chosen(ResendJob.objects.get()) == {failed.pk}


@pytest.mark.parametrize(("url", "matching"), [(OUTBOX, MATCHING), (LOG, LOG_MATCHING)])
def test_the_selected_are_previewed_too(support: Client, make: Make, url: str, matching: str) -> None:
    first, _, third = make(), make(), make()
    rows = [first, third] if url == OUTBOX else [first.logs.get(), third.logs.get()]
    ids = [str(row.pk) for row in rows]
    told = support.post(url, {"action": "resend_selected", "_selected_action": ids})
    assert told["Location"].startswith(f"{matching}?id__in=")
    response = support.get(told["Location"])
    confirm(support, matching, response)
    job = ResendJob.objects.get()
    assert chosen(job) == {first.pk, third.pk}
    assert set(job.filters["id__in"].split(",")) == set(ids)


def test_what_came_after_the_preview_is_not_sent(support: Client, make: Make) -> None:
    shown = make()
    response, _ = preview(support, MATCHING)
    make()
    confirm(support, MATCHING, response)
    assert chosen(ResendJob.objects.get()) == {shown.pk}


def test_a_form_that_is_sent_twice_makes_one_job(support: Client, make: Make) -> None:
    make()
    response, _ = preview(support, MATCHING)
    for _ in range(2):
        confirm(support, MATCHING, response)
    assert ResendJob.objects.count() == 1


@pytest.mark.parametrize(
    "given",
    [
        *({"reason": ""}, {"reason": "a\x07b"}, {"pace": "0"}, {"pace": "501"}, {"pace": "x"}),
        *({"stop_after": "0"}, {"stop_after": "1e3"}, {"newest": "-1"}, {"newest": "9" * 40}, {"token": ""}),
    ],
)
def test_a_bad_form_starts_nothing(support: Client, make: Make, given: dict[str, str]) -> None:
    make()
    response, _ = preview(support, MATCHING)
    assert confirm(support, MATCHING, response, **given).status_code == 200
    assert not ResendJob.objects.exists()


def test_nothing_and_too_much_are_refused_in_words(
    support: Client, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("pending")
    response, _ = preview(support, MATCHING)
    assert "None of what matches can be resent" in text(response)
    assert "None of them can be resent" in text(confirm(support, MATCHING, response))
    make(), make()
    monkeypatch.setattr(resending, "MOST_ITEMS", 1)
    response, facts = preview(support, MATCHING)
    assert "More than 1 match" in text(response)
    assert "Will be resent" not in facts
    assert "More than 1 match" in text(confirm(support, MATCHING, response))
    assert not ResendJob.objects.exists()


@pytest.mark.parametrize("value", NONSENSE)
@pytest.mark.parametrize("url", [MATCHING, LOG_MATCHING])
def test_nonsense_in_the_filter_is_no_error(support: Client, make: Make, url: str, value: str) -> None:
    make()
    for name in ("merchant__id__exact", "created_at_from_0", "status", "id__in", "waiting", "verdict", "q"):
        response = support.get(url, {name: value}, follow=True)
        assert response.status_code in {200, 400}, name


def test_empty_fields_of_the_bar_filter_nothing(support: Client, make: Make) -> None:
    make()
    names = ("merchant__id__exact", "created_at_from_0", "created_at_from_1", "created_at_to_0")
    for url in (OUTBOX, LOG):
        response = support.get(url, dict.fromkeys(names, ""))
        assert response.status_code == 200
        assert len(response.context["cl"].result_list) == 1


# --- the job's page ----------------------------------------------------------------------------------------------


@pytest.fixture
def job(support: Client, make: Make) -> ResendJob:
    make(), make(host="two.test")
    response, _ = preview(support, MATCHING)
    confirm(support, MATCHING, response)
    return ResendJob.objects.get()


def test_progress_is_told_by_host(finance: Client, job: ResendJob) -> None:
    resending.advance(job.pk, clock=lambda: NOW)
    Callback.objects.filter(host="one.test").update(
        status="delivered", next_attempt_at=None, claimable_at=None
    )
    resending.advance(job.pk, clock=lambda: NOW + resending.TURN)
    told = finance.get(f"{JOBS}{job.pk}/progress/").json()
    assert (told["status"], told["total"], told["done"], told["percent"]) == ("running", 2, 1, 50)
    assert told["moving"]
    assert {row["host"]: (row["delivered"], row["sent"]) for row in told["hosts"]} == {
        "one.test": (1, 0),
        "two.test": (0, 1),
    }
    page = text(finance.get(f"{JOBS}{job.pk}/change/"))
    assert "their server was down" in page
    assert "Cancel the rest" not in page, "finance only looks"
    assert f"#{job.pk}" in text(finance.get(JOBS))


def test_support_pauses_resumes_and_cancels(support: Client, job: ResendJob) -> None:
    acts = []
    for act in ("pause", "pause", "resume", "cancel", "resume"):
        response = support.post(f"{JOBS}{job.pk}/act/{act}/", follow=True)
        job.refresh_from_db()
        acts.append((act, job.status, "moved on meanwhile" in text(response)))
    assert acts == [
        ("pause", "paused", False),
        ("pause", "paused", True),
        ("resume", "running", False),
        ("cancel", "cancelled", False),
        ("resume", "cancelled", True),
    ]
    trail = AuditEntry.objects.filter(act__startswith="resend_job.").order_by("pk")
    assert [entry.act.partition(".")[2] for entry in trail] == ["start", "pause", "resume", "cancel"]


def test_acts_need_a_post_a_name_and_the_right(support: Client, finance: Client, job: ResendJob) -> None:
    assert support.get(f"{JOBS}{job.pk}/act/pause/").status_code == 405
    assert support.post(f"{JOBS}{job.pk}/act/explode/").status_code == 404
    assert support.post(f"{JOBS}999/act/pause/").status_code == 404
    assert finance.post(f"{JOBS}{job.pk}/act/pause/").status_code == 403
    assert finance.get(MATCHING).status_code == 403
    assert "Resend all that match" not in text(finance.get(OUTBOX))
    job.refresh_from_db()
    assert job.status == "running"


def test_a_callback_names_the_jobs_that_resent_it(support: Client, job: ResendJob) -> None:
    callback = Callback.objects.all()[0]
    assert f"{JOBS}{job.pk}/change/" in text(support.get(f"{OUTBOX}{callback.pk}/change/"))
