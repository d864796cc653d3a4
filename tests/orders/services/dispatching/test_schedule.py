"""What an answer means and when the next try is due."""

from datetime import UTC, datetime, timedelta

import pytest

from orders.models import CallbackFormat, CrossingPayFormat
from orders.services.dispatching import schedule

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CASES = [
    ("itrx", (15, 15, 30, 180, 600, 1200, 1800)),
    ("native", (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)),
    *(
        (each, (15, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
        for each in CrossingPayFormat.values
    ),
]


@pytest.mark.parametrize(("format_", "steps"), CASES)
def test_the_steps_are_those_of_the_specs(format_: str, steps: tuple[int, ...]) -> None:
    assert schedule.retry_seconds(format_) == steps
    for number, seconds in enumerate(steps):
        waits = [schedule.retry_wait(format_, number) for _ in range(50)]
        assert len(set(waits)) > 40, "they are spread"
        assert all(wait and 0.9 * seconds <= wait.total_seconds() <= 1.1 * seconds for wait in waits)
    assert schedule.retry_wait(format_, len(steps)) is None
    assert schedule.has_tries_left(format_, len(steps))
    assert not schedule.has_tries_left(format_, len(steps) + 1)


@pytest.mark.parametrize("format_", sorted(set(CallbackFormat.values) - {"none"}))
@pytest.mark.parametrize("status", [None, 100, 199, 200, 201, 204, 299, 300, 301, 400, 410, 429, 500, 503])
def test_200_alone_is_success_in_the_seeds_dialects(format_: str, status: int | None) -> None:
    wanted = status in {200, 201, 204, 299} if format_ == "native" else status == 200
    assert schedule.is_success(format_, status) is wanted
    assert schedule.ends_the_event(format_, status) is (format_ == "native" and status == 410)


@pytest.mark.parametrize(
    ("status", "value", "asked"),
    [
        (429, "120", timedelta(seconds=120)),
        (503, " 0 ", timedelta(0)),
        (503, "Sun, 01 Mar 2026 13:00:00 GMT", HOUR),
        (503, "Sun, 01 Mar 2026 11:00:00 GMT", None),
        (503, "Sun, 01 Mar 2026 13:00:00 -0000", None),
        (429, "99999999999999999999", timedelta(hours=24)),
        (500, "120", None),
        (200, "120", None),
        (None, "120", None),
        *(
            (429, value, None)
            for value in ("", "soon", "-1", "1.5", "²", "٣", "x" * 9000, "99 99 99", "\x00")
        ),
    ],
)
def test_retry_after(status: int | None, value: str, asked: timedelta | None) -> None:
    assert schedule.asked_wait(status, {"retry-after": value}, now=NOW) == asked


@pytest.mark.parametrize(
    "value",
    [
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2026 99999999999999999999:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:00 +99999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 0001 00:00:00 +2359",
    ],
)
def test_no_retry_after_is_a_fault(value: str) -> None:
    asked = schedule.asked_wait(503, {"retry-after": value}, now=NOW)
    assert asked is None or schedule.retry_wait("itrx", 0, asked=asked) == timedelta(hours=24)


def test_what_is_asked_for_lengthens_a_pause_within_bounds() -> None:
    assert schedule.retry_wait("itrx", 0, asked=HOUR) == HOUR
    assert schedule.retry_wait("itrx", 0, asked=timedelta(days=9)) == timedelta(hours=24)
    short = schedule.retry_wait("itrx", 6, asked=timedelta(seconds=1))
    assert short is not None
    assert short > timedelta(seconds=1600)
    assert schedule.retry_wait("itrx", 7, asked=HOUR) is None
