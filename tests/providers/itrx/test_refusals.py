from typing import Any

import pytest

from providers.itrx.wire import Cause, Refusal, read_refusal


@pytest.mark.parametrize(
    ("status", "answer", "refusal"),
    [
        (400, {"detail": "API not found"}, Refusal(Cause.BAD_CREDENTIALS, "API not found", "detail")),
        (
            400,
            {"detail": "Signature verification failed"},
            Refusal(Cause.BAD_CREDENTIALS, "Signature verification failed", "detail"),
        ),
        (400, {"detail": "Timestamp expired"}, Refusal(Cause.BAD_CREDENTIALS, "Timestamp expired", "detail")),
        (
            400,
            {"detail": "Oops. Insufficient funds, sir"},
            Refusal(Cause.NO_FUNDS, "Oops. Insufficient funds, sir", "detail"),
        ),
        (
            400,
            {"detail": "TExW is the inactive address."},
            Refusal(Cause.REJECTED, "TExW is the inactive address.", "detail"),
        ),
        (
            400,
            {"energy_amount": ["Too small.", "Really."], "period": ["'1X' is not a legal option."]},
            Refusal(
                Cause.REJECTED,
                "energy_amount: Too small. Really.; period: '1X' is not a legal option.",
                "energy_amount,period",
            ),
        ),
        (200, {"errno": 1, "message": "XXXX"}, Refusal(Cause.REJECTED, "XXXX", "1")),
        (
            200,
            {"errno": 1, "message": "Insufficient funds"},
            Refusal(Cause.NO_FUNDS, "Insufficient funds", "1"),
        ),
        (200, {"errno": 7}, Refusal(Cause.REJECTED, "", "7")),
        (
            200,
            {"errno": 404, "message": "找不到订单"},
            Refusal(Cause.NOT_FOUND, "找不到订单", "404"),
        ),
        (400, {"detail": "two\nlines\x00"}, Refusal(Cause.REJECTED, "two lines ", "detail")),
    ],
)
def test_documented_refusals(status: int, answer: dict[str, Any], refusal: Refusal) -> None:
    assert read_refusal(status, answer) == refusal


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"errno": 0}),
        (200, {"serial": "x"}),
        (200, {"errno": True, "message": "no"}),
        (200, {"errno": "1", "message": "no"}),
        (200, {"errno": 1, "message": "no", "serial": "7297a8a2a9e39b86fc5bad0d2e9edda2"}),
        (200, {"errno": 404, "order_no": "7297a8a2a9e39b86fc5bad0d2e9edda2"}),
        (200, {"detail": "API not found"}),
        (400, {}),
        (400, {"detail": 5}),
        (400, {"period": []}),
        (400, {"period": [1]}),
        (400, {"period": "text"}),
        (400, {"errno": 1, "message": "no"}),
        (403, {"detail": "no"}),
        (404, {"errno": 404, "message": "Order not found"}),
        (500, {"detail": "API not found"}),
    ],
)
def test_anything_else_is_no_refusal(status: int, answer: dict[str, Any]) -> None:
    assert read_refusal(status, answer) is None


def test_a_message_is_cut() -> None:
    refusal = read_refusal(400, {"detail": "x" * 100_000})
    assert refusal
    assert len(refusal.message) == 300
