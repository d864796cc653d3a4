"""The product's settings, with one more view beside its own (tests/bench/bare_urls.py)."""

from backoffice.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.bare_urls"
