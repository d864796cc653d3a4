"""Every page of the back office that an administrator may open, with a row of each kind behind it."""

from collections.abc import Iterator
from typing import Any

from tests.backoffice.permissions_of import VISITORS, addresses, filled, written

ADMINISTRATORS = 2 + VISITORS.index("Administrator")  # after address and method
# Fragments and data.
NOT_PAGES = ("/jsi18n/", "/autocomplete/", "/live/", "/status/", "/progress/", "/admin/search/")


def paths(ids: dict[str, Any]) -> Iterator[str]:
    """`ids`: of a row by its kind, as `one_of_each` makes them."""
    known = addresses()
    for row in written():
        template, method, *_ = cells = row.split()
        is_page = template.startswith("/admin/") and not template.endswith(NOT_PAGES)
        if is_page and method == "GET" and cells[ADMINISTRATORS] == "200":
            yield filled(known[template], ids)
