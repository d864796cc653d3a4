"""The documents, public and read-only: an index, a page for people, the OpenAPI document itself."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders.api.docs import crossingpay, itrx, page, tronzap, webhooks
from orders.api.docs.parts import Json

DOCUMENTS: dict[str, Json] = {
    "itrx": itrx.DOCUMENT,
    "tronzap": tronzap.DOCUMENT,
    "crossingpay": crossingpay.DOCUMENT,
    "webhooks": webhooks.DOCUMENT,
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    found = [
        {
            "dialect": dialect,
            "title": document["info"]["title"],
            "description": page.prose(document["info"]["description"].split("\n\n")[0]),
            "operations": page.operations(document),
            "callbacks": page.callbacks(document),
        }
        for dialect, document in DOCUMENTS.items()
    ]
    return render(request, "docs/index.html", {"documents": found})


@require_safe
def viewer(request: HttpRequest, dialect: str) -> HttpResponse:
    document = _document(dialect)
    context = {
        "dialect": dialect,
        "dialects": {name: each["info"]["title"] for name, each in DOCUMENTS.items()},
        "title": document["info"]["title"],
        "description": page.prose(document["info"]["description"]),
        "base_url": request.build_absolute_uri("/").rstrip("/"),
        "operations": page.operations(document),
        "callbacks": page.callbacks(document),
    }
    return render(request, "docs/dialect.html", context)


@require_safe
def openapi(_request: HttpRequest, dialect: str) -> HttpResponse:
    return JsonResponse(_document(dialect), json_dumps_params={"ensure_ascii": False, "indent": 2})


def _document(dialect: str) -> Json:
    if dialect not in DOCUMENTS:
        raise Http404
    return DOCUMENTS[dialect]
