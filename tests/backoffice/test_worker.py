"""`manage.py work` as a real process on the test database."""

import os
import signal
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest
from django_q.models import Success
from django_q.tasks import async_task

from tests.backoffice.conftest import Start
from tests.processes import children, descendants, is_alive, manage
from tests.waiting import wait_until


@pytest.fixture
def environment(process_environment: Mapping[str, str]) -> dict[str, str]:
    return {**process_environment, "Q_WORKERS": "1"}


def test_it_runs_tasks_and_ends_when_asked(start: Start, environment: dict[str, str]) -> None:
    worker = start(manage("work"), environment)
    async_task("math.gcd", 12, 18, save=True)
    assert wait_until(lambda: Success.objects.filter(func="math.gcd").first()).result == 6
    family = descendants(worker.process.pid)
    assert worker.exit_code(after=signal.SIGTERM) == 0
    assert [pid for pid in family if is_alive(pid)] == []


def test_it_fails_when_the_queue_has_lost_its_guard(start: Start, environment: dict[str, str]) -> None:
    worker = start(manage("work"), environment)
    async_task("math.gcd", 12, 18, save=True)
    wait_until(Success.objects.filter(func="math.gcd").exists)
    orphans = descendants(worker.process.pid)
    os.kill(children(worker.process.pid)[0], signal.SIGKILL)
    try:
        assert worker.exit_code() == 1
        assert "guard process died with exit code -9" in worker.err
    finally:
        for pid in filter(is_alive, orphans):
            os.kill(pid, signal.SIGKILL)


def test_it_outlasts_a_database_without_tables(
    start: Start, environment: dict[str, str], tmp_path: Path
) -> None:
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    worker = start(manage("work"), environment)
    worker.wait_for_err("could not enqueue what is due; next try in 2 s")
    assert worker.exit_code(after=signal.SIGINT) == 0


@pytest.mark.django_db(transaction=True)
def test_it_runs_tasks_from_redis(start: Start, environment: dict[str, str], redis_url: str) -> None:
    environment |= {"Q_BROKER": "redis", "REDIS_URL": redis_url, "Q_NAME": f"test-{uuid.uuid4()}"}
    worker = start(manage("work"), environment)
    enqueue = "from django_q.tasks import async_task; async_task('math.gcd', 12, 18, save=True)"
    assert start(manage("shell", "-c", enqueue), environment).exit_code() == 0
    assert wait_until(lambda: Success.objects.filter(func="math.gcd").first()).result == 6
    assert worker.exit_code(after=signal.SIGTERM) == 0
