from datetime import UTC, datetime, timedelta

import pytest

from orders.matching import Expected, why_not

START = datetime(2026, 3, 1, 6, tzinfo=UTC)
END = START + timedelta(hours=1)
EXPECTED = Expected(
    address="TExWKszFWYTKZH8LYiovAPKzS3L9MLZ4kw", amount_micro=100_290_000, start_at=START, end_at=END
)


@pytest.mark.parametrize("paid_at", [None, START, END, START + timedelta(minutes=30)])
def test_the_exact_amount_within_the_window_settles(paid_at: datetime | None) -> None:
    assert why_not(EXPECTED, address=EXPECTED.address, amount_micro=100_290_000, paid_at=paid_at) == ""


@pytest.mark.parametrize(
    ("amount_micro", "words"),
    [
        (100_280_000, "0.01 USDT short: 100.28 was paid"),
        (100_290_001, "0.000001 USDT over: 100.290001 was paid"),
    ],
)
def test_another_amount_is_named_to_the_last_digit(amount_micro: int, words: str) -> None:
    assert why_not(EXPECTED, address=EXPECTED.address, amount_micro=amount_micro) == words


@pytest.mark.parametrize("paid_at", [START - timedelta(seconds=1), END + timedelta(seconds=1)])
def test_outside_the_window_settles_nothing(paid_at: datetime) -> None:
    assert "window" in why_not(EXPECTED, address=EXPECTED.address, amount_micro=100_290_000, paid_at=paid_at)


def test_another_address_settles_nothing() -> None:
    other = "TNfdtE7p8pEfTTbfRb88gikf2tt5ENc86b"
    assert other in why_not(EXPECTED, address=other, amount_micro=100_290_000)
