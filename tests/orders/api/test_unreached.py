"""What fails before a view is reached is told in the dialect, and so is a path that is no proper text."""

import json
import logging

import pytest
from django.test import Client, RequestFactory
from django.urls import get_resolver

PATHS = ["/api/v1/frontend/order", "/v1/balance", "/api/orders/monitor"]
KEYS = {
    "/api/v1/frontend/order": ["detail"],
    "/v1/balance": ["code", "key", "request_id", "error"],
    "/api/orders/monitor": ["message", "code"],
}
JSON_TYPES = {"application/json", "application/json; charset=utf-8"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["evil.example", "a b", "x" * 300, "[::1", "\xe9"])
def test_another_host(path: str, host: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    response = Client().post(path, b"{}", "application/json", headers={"host": host})
    assert (response.status_code, list(response.json())) == (400, KEYS[path])
    assert response.headers["Content-Type"] in JSON_TYPES
    assert not any(record.exc_info for record in caplog.records)
    assert [record.name for record in caplog.records] == ["backoffice.failures"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("status", [400, 500])
def test_handlers(path: str, status: int) -> None:
    """By path alone."""
    handler = get_resolver().resolve_error_handler(status)
    extra = [Exception()] if status == 400 else []
    prefix = path.rpartition("/")[0]
    for known in (prefix, f"{prefix}/", f"{prefix}x", path):
        answer = handler(RequestFactory().get(known), *extra)
        assert (answer.status_code, list(json.loads(answer.content))) == (status, KEYS[path])
    assert handler(RequestFactory().get("/adminx"), *extra).headers["Content-Type"].startswith("text/html")


NEAR = {
    "/api/v1/frontend/order": [
        *(
            "/api",
            "/api/",
            "/api/v1",
            "/api/v1/",
            "/api/v2/frontend/order",
            "/api/v1/frontendx",
            "/api/nothing",
        ),
        *("//api/v1/frontend/nothing", "//api//v1/frontend/order"),
    ],
    "/v1/balance": [
        "/v1",
        "/v1/",
        "/v1x",
        "/v2",
        "/v2/services",
        "/v12/balance",
        "//v1/nothing",
        "//v1//balance",
    ],
    "/api/orders/monitor": [
        "/api/orders",
        "/api/ordersx",
        "//api/orders",
        "//api/orders/nothing",
        "/api//orders",
    ],
}


@pytest.mark.parametrize(("path", "near"), [(path, near) for path in NEAR for near in NEAR[path]])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_near_an_api_is_told_in_its_dialect(path: str, near: str, method: str) -> None:
    response = Client().generic(method, f"http://testserver{near}", b"{}", "application/json")
    assert (response.status_code, list(response.json())) == (404, KEYS[path])
    assert response.headers["Content-Type"] in JSON_TYPES


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("slashes", ["/", "///"])
def test_slashes_before_a_path_are_served(path: str, slashes: str) -> None:
    plain, more = (
        Client().generic("POST", f"http://testserver{each}", b"{}", "application/json")
        for each in (path, slashes + path)
    )
    told = [response.json() | {"request_id": ""} for response in (plain, more)]
    assert (plain.status_code, told[0]) == (more.status_code, told[1])
    assert plain.status_code != 404


def test_other_paths_keep_their_page() -> None:
    response = Client().get("/nothing")
    assert (response.status_code, response.headers["Content-Type"].split(";")[0]) == (404, "text/html")


def test_staff_pages_keep_their_own_answer() -> None:
    response = Client().get("/admin/", headers={"host": "evil.example"})
    assert (response.status_code, response.headers["Content-Type"].split(";")[0]) == (400, "text/html")


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("odd", ["%", "%zz", "%00", "%ff%fe", "%0d%0a", "%ED%A0%80", "%2e%2e/", "?%zz=%00"])
def test_odd_percent_signs(path: str, odd: str) -> None:
    """As a server hands it over: bytes decoded as latin-1 (PEP 3333)."""
    response = Client().post(f"{path}{odd}", b"{}", "application/json")
    assert response.status_code in {200, 400, 401, 404}
    assert list(response.json())[:1] == KEYS[path][:1]
