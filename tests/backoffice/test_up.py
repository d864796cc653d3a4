"""`manage.py up`, the program behind `make run`, from an empty directory."""

import os
import re
import signal
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest
import requests

from tests.backoffice.conftest import Start
from tests.processes import Running, descendants, is_alive, manage

SECRETS = ("demo_password", "digest_keys", "encryption_keys", "secret_key")


@pytest.fixture
def environment(free_ports: tuple[int, int], tmp_path: Path) -> dict[str, str]:
    ambient = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    port, sandbox_port = free_ports
    return ambient | {
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "DATA_DIR": str(tmp_path / "data"),
        "PORT": str(port),
        "SANDBOX_PORT": str(sandbox_port),
        "Q_WORKERS": "1",
        "WEB_WORKERS": "1",
    }


def shown_password(up: Running) -> str:
    up.wait_for_out("Ctrl-C")
    match = re.search(r"\| password +\| (\S+)", up.out)
    assert match, up.out
    return match[1]


def get(environment: Mapping[str, str], path: str) -> requests.Response:
    return requests.get(f"http://127.0.0.1:{environment['PORT']}{path}", timeout=60)


def staff_names(data: Path) -> list[str]:
    with sqlite3.connect(data / "db.sqlite3") as database:
        return [name for (name,) in database.execute("SELECT username FROM auth_user ORDER BY username")]


def test_it_starts_everything_refuses_a_second_and_keeps_the_data(
    start: Start, environment: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    up = start(manage("up"), environment)
    password = shown_password(up)
    assert get(environment, "/healthz").json() == {"status": "ok"}
    assert get(environment, "/").url.endswith("/admin/login/?next=/admin/")
    assert {name: (data / name).stat().st_mode & 0o777 for name in SECRETS} == dict.fromkeys(SECRETS, 0o600)
    assert (data / "demo_password").read_text() == password
    kept = {name: (data / name).read_text() for name in SECRETS}

    second = start(manage("up"), environment)
    assert second.exit_code() == 1
    assert f"process {up.process.pid} already runs everything in {data}" in second.err
    elsewhere = start(manage("up"), environment | {"DATA_DIR": str(tmp_path / "elsewhere")})
    assert elsewhere.exit_code() == 1
    assert (
        f"cannot listen on 127.0.0.1:{environment['PORT']}: Address already in use; set PORT" in elsewhere.err
    )

    family = descendants(up.process.pid)
    assert len(family) >= 4
    assert up.exit_code(after=signal.SIGINT) == 0
    assert [pid for pid in family if is_alive(pid)] == []
    assert "ended with exit code" not in up.err
    names = staff_names(data)

    again = start(manage("up"), environment)
    assert shown_password(again) == password
    assert {name: (data / name).read_text() for name in SECRETS} == kept
    assert again.exit_code(after=signal.SIGTERM) == 0
    assert staff_names(data) == names
