"""The home page: figures that are right, and links that lead to what they count."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success, Task

from backoffice import dashboard, roles
from orders.models import (
    ApiCredential,
    Approval,
    Callback,
    CallbackHost,
    CallbackLog,
    GoneUrl,
    Merchant,
    Order,
    Payment,
    ResendJob,
)
from orders.services import approvals, merchants, placing, rotation, timeline
from orders.services.chain_facts import UNKNOWN
from orders.states import OrderStatus
from providers.base import Kind
from providers.models import Health, ProviderAccount

ADDRESS = "TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw"


@pytest.fixture
def administrator(db: None) -> Client:
    roles.create_roles()
    user = User.objects.create_user("sample", is_staff=True)
    user.groups.add(Group.objects.get(name=roles.ADMINISTRATOR))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def merchant(db: None) -> Merchant:
    now = timezone.now()
    merchant = merchants.create_merchant(name="Sample merchant", time_zone="UTC", now=now)
    merchants.top_up(merchant, amount_sun=50_000_000, reason="", now=now)
    return merchant


def place(merchant: Merchant) -> Order:
    spec = placing.OrderSpec(kind=Kind.ENERGY, address=ADDRESS, energy=65_000, duration_hours=1)
    return placing.place_order(merchant, spec, UNKNOWN, now=timezone.now())[0]


def figures(client: Client, part: str) -> dict[str, Any]:
    return {figure.name: figure for figure in client.get("/admin/").context[part]}


def test_a_calm_house_says_so(administrator: Client) -> None:
    response = administrator.get("/admin/")
    assert response.context["calm"]
    assert "Nothing waits for a person" in response.content.decode()


def test_what_needs_a_person_is_counted_and_linked(administrator: Client, merchant: Merchant) -> None:
    now = timezone.now()
    order = place(merchant)
    timeline.move_order(order, OrderStatus.SENDING, "", now=now)
    timeline.move_order(order, OrderStatus.UNKNOWN, "", now=now, next_action_at=now)
    asker = User.objects.create_user("asker")
    approvals.propose_top_up(merchant, amount_sun=1, reason="x", user=asker, now=now)
    old = approvals.propose_top_up(merchant, amount_sun=2, reason="x", user=asker, now=now)
    Approval.objects.filter(pk=old.pk).update(expires_at=now - timedelta(seconds=1))
    Payment.objects.create(
        txid="a" * 64, log_index=0, address=ADDRESS, amount_micro=1, paid_at=now, received_at=now
    )
    for number, (health, balance_sun) in enumerate(
        [(Health.FAILING, 9), (Health.MISCONFIGURED, 11), (Health.HEALTHY, None)]
    ):
        ProviderAccount.objects.create(
            kind="itrx",
            label=str(number),
            base_url="http://127.0.0.1:65535",
            sealed_secret="x",
            health=health,
            balance_sun=balance_sun,
            low_balance_sun=10,
        )
    needs = figures(administrator, "needs")
    alarms = {name: figure.value for name, figure in needs.items() if figure.is_alarm}
    assert alarms == {
        "Unknown outcomes": 1,
        "Unmatched payments": 1,
        "Approvals to decide": 1,
        "Accounts misconfigured": 1,
        "Accounts failing": 1,
        "Accounts low": 1,
    }
    listed = {name: administrator.get(needs[name].url).context["cl"].result_list for name in alarms}
    assert list(listed["Unknown outcomes"]) == [order]
    assert [account.label for account in listed["Accounts low"]] == ["0"]
    assert [account.label for account in listed["Accounts misconfigured"]] == ["1"]
    assert len(listed["Unmatched payments"]) == 1


def test_endpoints_callbacks_and_jobs_that_need_a_person_are_counted_and_linked(
    administrator: Client, merchant: Merchant
) -> None:
    now = timezone.now()
    credential = rotation.issue(merchant, "itrx", now=now).credential
    for minutes in (9, 1, -9):
        at = now - timedelta(minutes=minutes)
        callback = Callback.objects.create(
            merchant=merchant,
            is_test=True,
            format="itrx",
            credential=credential,
            payload={},
            created_at=at,
            next_attempt_at=at,
            claimable_at=at,
        )
    for number, circuit in enumerate(("closed", "open", "probing")):
        CallbackHost.objects.create(host=f"{number}.test", circuit=circuit)
    gone = CallbackHost.objects.create(host="gone.test")
    GoneUrl.objects.create(host=gone, url="https://gone.test/cb", callback=callback, flagged_at=now)
    asker = User.objects.create_user("asker")
    ResendJob.objects.create(status="paused", reason="x", total=1, pace=1, created_by=asker, created_at=now)
    needs = figures(administrator, "needs")
    names = ("Callbacks waiting", "Endpoints paused", "URLs that said 410", "Resend jobs paused")
    assert [(needs[name].value, needs[name].is_alarm) for name in names] == [
        *((2, True), (2, True), (1, True), (1, True))
    ]
    assert needs["Callbacks waiting"].hint == "oldest: 9\xa0minutes"
    listed = [len(administrator.get(needs[name].url).context["cl"].result_list) for name in names]
    assert listed == [2, 2, 1, 1]


def test_what_waits_is_not_counted_to_its_end(
    administrator: Client, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "MOST_COUNTED", 2)
    now = timezone.now()
    waiting = {"paid_at": now, "received_at": now, "amount_micro": 1, "address": ADDRESS, "log_index": 0}
    for number in range(2):
        Payment.objects.create(txid=f"{number}" * 64, **waiting)
    found = figures(administrator, "needs")["Unmatched payments"]
    assert (found.value, found.is_least) == (2, False)
    Payment.objects.create(txid="2" * 64, **waiting)
    found = figures(administrator, "needs")["Unmatched payments"]
    assert (found.value, found.is_least) == (2, True)
    assert ">2+<" in administrator.get("/admin/").content.decode()


@pytest.mark.django_db
def test_postgresql_compiles_no_query() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's own")
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


def test_the_orders_of_today_are_counted_by_status(administrator: Client, merchant: Merchant) -> None:
    place(merchant)
    yesterday = place(merchant)
    Order.objects.filter(pk=yesterday.pk).update(created_at=timezone.now() - timedelta(days=1))
    today = figures(administrator, "today")
    assert {name: figure.value for name, figure in today.items() if figure.value} == {"All": 1, "New": 1}
    assert len(administrator.get(today["New"].url).context["cl"].result_list) == 1


def test_a_queue_that_stands_still_is_an_alarm(administrator: Client, merchant: Merchant) -> None:
    place(merchant)
    waiting = figures(administrator, "queue")["Tasks waiting"]
    assert (waiting.value, waiting.is_alarm) == (1, False)
    OrmQ.objects.update(lock=timezone.now() - timedelta(minutes=20))
    waiting = figures(administrator, "queue")["Tasks waiting"]
    assert (waiting.is_alarm, waiting.hint) == (True, "oldest: 20\xa0minutes")
    OrmQ.objects.update(lock=timezone.now() + timedelta(minutes=2))  # a worker has it
    assert figures(administrator, "queue")["Tasks waiting"].value == 0


def test_the_queue_pages_show_tasks(administrator: Client, merchant: Merchant) -> None:
    order = place(merchant)
    now = timezone.now()
    times = {"started": now, "stopped": now, "func": "orders.tasks.advance", "args": (order.pk,)}
    Task.objects.create(id="a" * 32, name="done", success=True, **times)
    Task.objects.create(id="b" * 32, name="broken", success=False, result="Traceback <b>", **times)
    assert figures(administrator, "queue")["Tasks failed in 24 h"].value == 1
    for row in (OrmQ.objects.get(), Success.objects.get(), Failure.objects.get(), Schedule.objects.all()[0]):
        page = f"/admin/django_q/{row._meta.model_name}/"
        func = row.func() if callable(row.func) else row.func
        assert func in administrator.get(page).content.decode()
        assert administrator.get(f"{page}{row.pk}/change/").status_code == 200
        assert administrator.post(f"{page}{row.pk}/change/", {}).status_code == 403
    assert "<b>" not in administrator.get(f"/admin/django_q/failure/{'b' * 32}/change/").content.decode()


def test_a_person_without_a_group_sees_an_empty_home(merchant: Merchant) -> None:
    client = Client()
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    response = client.get("/admin/")
    assert "You are in no group yet" in response.content.decode()
    assert "Sample merchant" not in response.content.decode()


def links_with_counts(response: Any) -> list[tuple[int, str]]:
    """Every figure of the page with where it leads to."""
    boxes = [
        (figure.value, figure.url)
        for part in ("needs", "today", "queue")
        for figure in response.context[part]
        if "oldest" not in figure.hint or figure.value
    ]
    cells = re.findall(r'data-count="(\d+)" href="([^"]+)"', response.content.decode())
    return boxes + [(int(count), unescape(url)) for count, url in cells]


def test_every_figure_equals_the_list_behind_it(
    administrator: Client, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With rows on both sides of every condition."""
    now = timezone.now()
    dues = [now - timedelta(minutes=9), now + timedelta(hours=1)]
    for number, due in enumerate(dues):
        order = place(merchant)
        timeline.move_order(order, OrderStatus.SENDING, "", now=now, next_action_at=due)
        credential = rotation.issue(merchant, ("itrx", "tronzap")[number], now=now).credential
        ApiCredential.objects.filter(pk=credential.pk).update(
            retires_at=now + timedelta(days=1 + 20 * number)
        )
        Callback.objects.create(
            merchant=merchant, is_test=True, format="itrx", credential=credential, payload={}, created_at=now,
            next_attempt_at=due, claimable_at=due, host=f"{number}.test",
        )  # fmt: skip
        CallbackHost.objects.create(host=f"{number}.test", circuit=("open", "closed")[number])
        for verdict in ("delivered", "refused"):
            CallbackLog.objects.create(
                direction="out",
                verdict=verdict,
                status=200,
                merchant=merchant,
                created_at=now - timedelta(days=2 * number),
            )
        ProviderAccount.objects.create(
            kind="itrx",
            label=f"{number}",
            base_url="http://127.0.0.1:65535",
            sealed_secret="x",
            enabled=not number,
            health=Health.FAILING,
            balance_sun=1,
            low_balance_sun=10,
        )
        times = {"started": now - timedelta(hours=30 * number), "stopped": now, "func": "math.gcd"}
        Task.objects.create(id=f"{number:032}", name=f"{number}", success=False, **times)
        Schedule.objects.create(func="math.gcd", name=f"{number}", next_run=due)
    failed = place(merchant)
    timeline.move_order(failed, OrderStatus.FAILED, "", now=now)
    asker = User.objects.create_user("asker")
    for hours in (0, -48):
        approvals.propose_top_up(
            merchant, amount_sun=1, reason="x", user=asker, now=now + timedelta(hours=hours * 10)
        )
    response = administrator.get("/admin/")
    found = links_with_counts(response)
    assert len([count for count, _ in found if count]) > 15
    for count, url in found:
        listed = administrator.get(url).context["cl"]
        assert (len(listed.result_list), url) == (count, url)
    assert "<svg" in response.content.decode()
    rows = response.context["hours"].rows
    assert [sum(row[place] for row in rows) for place in (1, 2, 3)] == [0, 1, 2]


def test_money_and_callbacks_of_today(administrator: Client, merchant: Merchant) -> None:
    now = timezone.now()
    for days, duration in ((0, 10), (0, 30), (1, 1000)):
        CallbackLog.objects.create(
            direction="out", verdict="delivered", duration_ms=duration, created_at=now - timedelta(days=days)
        )
    context = administrator.get("/admin/").context
    [row] = context["money"]
    assert (row.what, row.transfers.count) == ("Top-up", 1)
    assert "50.00" in row.amount
    tries = context["tries"]
    assert (tries.delivered.count, tries.failed.count, tries.percent) == (2, 0, "100.0 %")
    assert (tries.median_ms, tries.slow_ms) == (30, 903)
