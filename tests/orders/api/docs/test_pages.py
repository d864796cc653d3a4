"""The documents as they are served: public, read-only, all from our own host."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from orders.api.docs.views import DOCUMENTS

PAGES = ["/docs/", *(f"/docs/{dialect}/" for dialect in DOCUMENTS)]


@pytest.mark.parametrize("dialect", DOCUMENTS)
def test_the_document(dialect: str) -> None:
    response = Client().get(f"/docs/{dialect}/openapi.json")
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == DOCUMENTS[dialect]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_no_other_host_and_runs_nothing(page: str) -> None:
    response = Client().get(page)
    html = response.content.decode()
    assert response.status_code == 200
    assert "<script" not in html
    assert " style=" not in html
    loaded = re.findall(r'<link [^>]*href="([^"]+)"', html)
    assert loaded
    assert all(each.startswith("/static/") for each in loaded)
    assert all(finders.find(each.removeprefix("/static/")) for each in loaded)


@pytest.mark.parametrize("dialect", DOCUMENTS)
def test_a_page_shows_every_operation(dialect: str) -> None:
    html = Client().get(f"/docs/{dialect}/").content.decode()
    anchors = re.findall(r'<section class="operation" id="([^"]+)"', html)
    paths = DOCUMENTS[dialect]["paths"].values()
    count = sum(len({"get", "post"} & set(item)) for item in paths)
    assert len(set(anchors)) == count + len(DOCUMENTS[dialect].get("webhooks", {}))
    assert set(re.findall(r'href="#([^"]+)"', html)) == set(anchors)
    for path in DOCUMENTS[dialect]["paths"]:
        assert f'<code class="path">{path}</code>' in html


@pytest.mark.parametrize("page", [*PAGES, "/docs/itrx/openapi.json"])
def test_nothing_but_reading(page: str) -> None:
    assert Client().head(page).status_code == 200
    for method in ("post", "put", "delete"):
        assert getattr(Client(), method)(page).status_code == 405


@pytest.mark.parametrize("page", ["/docs/nothing/", "/docs/nothing/openapi.json"])
def test_a_dialect_that_there_is_not(page: str) -> None:
    assert Client().get(page).status_code == 404
