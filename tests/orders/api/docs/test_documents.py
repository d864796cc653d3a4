"""Each document by itself, and against the routes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, resolve
from openapi_spec_validator import OpenAPIV31SpecValidator

from orders.api.crossingpay import gate as crossingpay_gate
from orders.api.crossingpay import urls as crossingpay_urls
from orders.api.docs.views import DOCUMENTS
from orders.api.itrx import endpoint as itrx_endpoint
from orders.api.itrx import urls as itrx_urls
from orders.api.tronzap import urls as tronzap_urls
from tests.contract import Contract

URLS = {"itrx": itrx_urls, "tronzap": tronzap_urls, "crossingpay": crossingpay_urls}
UNKNOWN = {
    "itrx": itrx_endpoint.unknown_path,
    "tronzap": tronzap_urls.unknown,
    "crossingpay": crossingpay_gate.unknown_path,
}
PATHS = [(dialect, path) for dialect, document in DOCUMENTS.items() for path in document["paths"]]
METHODS = ("get", "post", "put", "patch", "delete")


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", "1", path)


def served(dialect: str) -> set[str]:
    """The paths of all routes but the one that answers to whatever is unknown."""
    patterns: list[URLPattern] = URLS[dialect].urlpatterns
    texts = [str(each.pattern) for each in patterns if each.callback is not UNKNOWN[dialect]]
    return {
        "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", text).removeprefix("^").removesuffix(r"/?\Z") for text in texts
    }


def media_of(found: Any) -> Iterator[dict[str, Any]]:
    """Everything in a document that has a schema and examples."""
    if isinstance(found, dict):
        if "schema" in found and "examples" in found:
            yield found
        for each in found.values():
            yield from media_of(each)
    elif isinstance(found, list):
        for each in found:
            yield from media_of(each)


@pytest.mark.parametrize("dialect", DOCUMENTS)
def test_it_is_openapi_3_1(dialect: str) -> None:
    assert DOCUMENTS[dialect]["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(DOCUMENTS[dialect]).validate()


@pytest.mark.parametrize("dialect", DOCUMENTS)
def test_its_examples_are_what_its_schemas_say(dialect: str, contracts: dict[str, Contract]) -> None:
    found = list(media_of(DOCUMENTS[dialect]))
    assert found
    for media in found:
        for example in media["examples"].values():
            contracts[dialect].valid(example["value"], media["schema"])


@pytest.mark.parametrize("dialect", URLS)
def test_the_paths_are_those_that_are_served(dialect: str) -> None:
    assert set(DOCUMENTS[dialect]["paths"]) == served(dialect)


def test_a_document_without_a_protocol_serves_nothing() -> None:
    assert {dialect for dialect in DOCUMENTS if not DOCUMENTS[dialect]["paths"]} == set(DOCUMENTS) - set(URLS)


@pytest.mark.django_db
@pytest.mark.parametrize(("dialect", "path"), PATHS)
def test_the_methods_are_those_that_are_served(dialect: str, path: str) -> None:
    """Any other is answered 405, in the shape of the dialect's errors."""
    assert resolve(concrete(path)).func is not UNKNOWN[dialect]
    documented = {method for method in METHODS if method in DOCUMENTS[dialect]["paths"][path]}
    answers = {method: Client().generic(method.upper(), concrete(path)) for method in METHODS}
    assert {method for method, answer in answers.items() if answer.status_code != 405} == documented


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("dialect", "root", "schema"),
    [
        ("itrx", "/api/v1/frontend", "Detail"),
        ("tronzap", "/v1", "Error"),
        ("crossingpay", "/api/orders", "Error"),
    ],
)
def test_what_is_unknown_has_the_shape_of_errors(
    dialect: str, root: str, schema: str, contracts: dict[str, Contract]
) -> None:
    path = next(iter(DOCUMENTS[dialect]["paths"]))
    for response in (Client().get(f"{root}/nowhere"), Client().delete(path)):
        assert response.status_code in {404, 405}
        contracts[dialect].valid(response.json(), {"$ref": f"#/components/schemas/{schema}"})
