"""What is not there, in the dialect's shape all the same."""

import json

import pytest

from orders.models import Order
from tests.orders.api.itrx.conftest import ORDER, Caller, told
from tests.orders.conftest import ADDRESS

NOT_OFFERED = [
    ("POST", "/order/transfer", {"amount": 100_000, "receive_address": ADDRESS}),
    ("POST", "/count-delegate-policy", {"times": 5, "receive_address": ADDRESS}),
    ("GET", "/count-delegate-policy", {"receive_address": ADDRESS}),
    ("POST", "/count-delegate-policy/edit-address", {"receive_address": ADDRESS, "pause": True}),
    ("POST", "/auto-delegate-policy", {"period": 1, "receive_address": ADDRESS}),
    ("GET", "/auto-delegate-policy", {}),
    ("POST", "/auto-delegate-policy/7/change-status", {"status": 1}),
]
GETS = ["/index-data", "/order/price", "/order/query", "/userapi/summary"]
POSTS = ["/order", "/order/collect-manual", "/order/reclaim", "/order/transfer"]


@pytest.mark.parametrize(("method", "path", "parameters"), NOT_OFFERED)
def test_what_is_not_offered(caller: Caller, method: str, path: str, parameters: dict[str, object]) -> None:
    answer = caller.get(path, parameters) if method == "GET" else caller.post(path, parameters)
    assert told(answer) == {"errno": 1, "message": "This service is not offered."}


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/",
            "/nothing",
            "/order/",
            "/order/query/",
            "/index-data/",
            "/order//query",
            "/order/collect-manual/x",
        ),
        *(
            "/auto-delegate-policy/7",
            "/auto-delegate-policy/7/8/change-status",
            "/%0A",
            "/%00",
            "/%FF",
            "/../x",
        ),
        *("/<script>", "/заказ", "/" + "x" * 5000),
    ],
)
def test_unknown_paths(caller: Caller, path: str) -> None:
    for answer in (caller.get(path), caller.post(path, ORDER)):
        assert (answer.status_code, answer.content) == (404, b'{"detail":"Not found."}')
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X" * 99]
)
@pytest.mark.parametrize("path", [*GETS, *POSTS])
def test_wrong_methods(caller: Caller, path: str, method: str) -> None:
    allowed = "GET" if path in GETS else "POST"
    if method == allowed:
        return
    answer = caller.http.generic(method, f"/api/v1/frontend{path}", b"{}", "application/json")
    assert (answer.status_code, answer["Allow"]) == (405, allowed)
    assert json.loads(answer.content) == {"detail": f'Method "{method[:16]}" not allowed.'}


@pytest.mark.parametrize("path", GETS)
def test_head_is_no_method_either(caller: Caller, path: str) -> None:
    answer = caller.http.head(f"/api/v1/frontend{path}")
    assert (answer.status_code, answer["Allow"]) == (405, "GET")


def test_a_policy_path_knows_both_methods(caller: Caller) -> None:
    answer = caller.http.put("/api/v1/frontend/count-delegate-policy")
    assert answer["Allow"] == "GET, POST"
