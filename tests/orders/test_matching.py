from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.matching import Arrived, Candidate, Expected, rank, settles, why_not

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


# --- transfers on chain and many orders --------------------------------------------------------------------------

ARRIVED = Arrived(address=EXPECTED.address, asset="USDT", amount=100_290_000, paid_at=START)
ELSEWHERE = "TNfdtE7p8pEfTTbfRb88gikf2tt5ENc86b"


def candidate(key: int = 1, closed: str = "", **fields: object) -> Candidate:
    return Candidate(key=key, expected=replace(EXPECTED, **fields), closed=closed)  # type: ignore[arg-type]


def arrived(**fields: object) -> Arrived:
    return replace(ARRIVED, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("paid_at", [START, END])
def test_exactly_one_settles_and_the_bounds_are_within(paid_at: datetime) -> None:
    others = [candidate(2, amount_micro=100_290_001), candidate(3, address=ELSEWHERE)]
    assert settles([candidate(1), *others], arrived(paid_at=paid_at)) == [1]


def test_two_that_match_are_both_named_and_none_is_chosen() -> None:
    assert settles([candidate(1), candidate(2)], ARRIVED) == [1, 2]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": 100_280_000}, "0.01 USDT short: 100.28 was paid"),
        ({"amount": 100_290_001}, "0.000001 USDT over: 100.290001 was paid"),
        ({"paid_at": END + timedelta(minutes=3)}, "3 min after the order's window"),
        ({"paid_at": START - timedelta(days=1, hours=2, seconds=4)}, "1 d 2 h before the order's window"),
        ({"paid_at": END + timedelta(microseconds=1)}, "less than a second after the order's window"),
        ({"asset": "TRX"}, "paid in TRX, the order waits for USDT"),
        ({"address": ELSEWHERE}, f"paid to {ELSEWHERE}, the order waits at {EXPECTED.address}"),
    ],
)
def test_each_reason_is_told_exactly(fields: dict[str, object], words: str) -> None:
    assert settles([candidate()], arrived(**fields)) == []
    assert rank([candidate()], arrived(**fields))[0].reasons == (words,)


def test_an_order_that_another_payment_took_says_so() -> None:
    closed = candidate(closed="another payment settled it")
    assert settles([closed], ARRIVED) == []
    assert rank([closed], ARRIVED)[0].reasons == ("another payment settled it",)


def test_the_likeliest_comes_first() -> None:
    late = candidate(1, end_at=START - timedelta(minutes=3), start_at=START - timedelta(hours=1))
    later = candidate(2, end_at=START - timedelta(minutes=9), start_at=START - timedelta(hours=1))
    near = candidate(3, amount_micro=100_290_001)
    far = candidate(4, amount_micro=1)
    both = candidate(5, amount_micro=1, closed="it has failed")
    ranked = rank([both, far, later, near, late], ARRIVED)
    assert [each.key for each in ranked] == [3, 4, 1, 2, 5]


AMOUNTS = st.integers(1, 10**12)


@given(AMOUNTS, AMOUNTS, st.integers(-(10**5), 10**5))
def test_whatever_settles_has_no_reason_and_the_reverse(expects: int, pays: int, seconds: int) -> None:
    paid_at = START + timedelta(seconds=seconds)
    one = candidate(1, amount_micro=expects)
    told = arrived(amount=pays, paid_at=paid_at)
    matches = expects == pays and START <= paid_at <= END
    assert settles([one], told) == ([1] if matches else [])
    assert (rank([one], told)[0].reasons == ()) is matches
    reason = why_not(one.expected, address=told.address, amount_micro=pays, paid_at=paid_at)
    assert (reason == "") is matches
