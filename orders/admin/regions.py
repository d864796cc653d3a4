"""Parts of a page that keep themselves up to date, each with a version (backoffice/live.js)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string


@dataclass(frozen=True, slots=True)
class Region:
    name: str
    html: str

    @property
    def version(self) -> str:
        return hashlib.sha256(self.html.encode()).hexdigest()[:16]


def regions(request: HttpRequest, folder: str, names: Iterable[str], facts: dict[str, Any]) -> list[Region]:
    """Each from the template of its name in `folder`."""
    return [Region(name, render_to_string(f"{folder}/{name}.html", facts, request)) for name in names]
