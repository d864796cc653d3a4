"""Fixtures for every test. Directories below add their own conftest."""

import os
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from tests.surroundings import REDIS_URL, chromium_path, redis_answers

pytest_plugins = ["tests.installation", "tests.fuzz_count"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """SQLite empties its tables between tests by DELETE, which the audit trail's triggers refuse."""
    if connection.vendor != "sqlite":
        return
    empty = connection.ops.sql_flush

    def sql_flush(*args: Any, **kwargs: Any) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        return [
            *(f"DROP TRIGGER {name}" for name, _ in triggers),
            *empty(*args, **kwargs),
            *(made for _, made in triggers),
        ]

    connection.ops.sql_flush = sql_flush  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser's program."""
    path = chromium_path()
    if path is None:
        pytest.skip("Chromium is not installed")
    return path


@pytest.fixture(scope="session")
def redis_url() -> str:
    if not redis_answers():
        pytest.skip("no Redis answers")
    return REDIS_URL


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    return environment_of_test_database()


def environment_of_test_database() -> dict[str, str]:
    """Environment of a real process (`manage.py …`) that shall see the database and keys of the test."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        url = f"sqlite:///{name}"
    else:
        url = urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}").geturl()
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "DATA_DIR": str(settings.DATA_DIR),
        "DATABASE_URL": url,
    }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that commits flushes the database: rows of migrations (tariffs, schedules) come back for the next."""
    for item in items:
        names = getattr(item, "fixturenames", [])
        marker = item.get_closest_marker("django_db")
        commits = bool(marker and marker.kwargs.get("transaction"))
        if commits or {"transactional_db", "live_server"} & set(names):
            names.insert(0, "django_db_serialized_rollback")
