"""Every address that the URLconf knows, as a template such as `/admin/orders/order/{pk}/change/`."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

# The merchant APIs again for a base URL with a slash at its end; and what the admin answers where nothing else does.
TWICE = {"^[/]+", "(?P<url>.*)$"}
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


class Url(NamedTuple):
    """`kind`: the model of an admin page, such as `order`; "" of others."""

    template: str
    name: str
    kind: str


def urls() -> list[Url]:
    """Without patterns that match what no other does, and without the doubled slash of careless clients."""
    return sorted(set(_walk(get_resolver().url_patterns, "/")))


def _walk(patterns: list[Any], prefix: str) -> Iterator[Url]:
    for each in patterns:
        if str(each.pattern) in TWICE:
            continue
        text = str(each.pattern)
        route = text if isinstance(each.pattern, RoutePattern) else simplify_regex(text).lstrip("/")
        template = prefix + CONVERTER.sub(r"{\1}", route)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, template)
        elif isinstance(each, URLPattern):
            yield Url(template, each.name or "", _kind(template))


def _kind(template: str) -> str:
    parts = template.split("/")
    return parts[3] if template.startswith("/admin/") and len(parts) > 4 else ""
