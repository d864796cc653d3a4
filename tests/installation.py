"""One installation for flows and browser: real processes on the test's database, which no test of theirs flushes.

Loaded by tests/conftest.py; a run starts it once, when the first test asks for it.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone
from django_q.models import Schedule
from pytest_django import DjangoDbBlocker

from tests.conftest import environment_of_test_database
from tests.flows.stack import TIMING, Stack
from tests.flows.upstreams import Upstreams
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def upstreams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstreams]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp("sandbox")).start()
    try:
        upstreams = Upstreams(sandbox)
        upstreams.set_timing(delay=timedelta(seconds=0.5), slow=timedelta(seconds=5))
        yield upstreams
    finally:
        sandbox.stop()


@pytest.fixture(scope="session")
def database(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Open to every test of the run, and committed to: the processes must see it."""
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
        yield
        end_stragglers()
        teardown_databases(made, verbosity=0)


def end_stragglers() -> None:
    """A killed process's session lives on in PostgreSQL for a moment, and a database in use is not dropped."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session")
def stack(upstreams: Upstreams, database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web, worker and dispatcher; a test that ends one of them starts it again."""
    with override_settings(**TIMING):
        # The five-minute look at balances would find out about a bad key before the order that is to find it.
        Schedule.objects.filter(name="refresh_accounts").update(next_run=timezone.now() + timedelta(days=1))
        stack = Stack(tmp_path_factory.mktemp("programs"), environment_of_test_database())
        try:
            stack.start_all()
            yield stack
        finally:
            stack.close()
