"""The signer's loop as the command runs it, and who may start it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from orders.management.commands import sign_sweeps
from orders.sweeps import SweepStatus
from tests.orders.services.sweeps.conftest import KEY
from tests.orders.services.sweeps.world import World, the_sweep
from tests.processes import ROOT

S = SweepStatus


@pytest.fixture
def keys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the test run keeps its own
    monkeypatch.setattr(sign_sweeps, "close_old_connections", lambda: None)  # it holds the test's transaction
    path = tmp_path / "wallet_keys"
    path.write_text(f"{KEY}\n")
    return str(path)


def test_a_round_moves_what_is_due(world: World, keys_file: str, settings: Settings) -> None:
    settings.TRON_REQUESTS_PER_SECOND = 0
    settings.PROVIDER_ALLOWED_NETWORKS = ["127.0.0.1"]
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = the_sweep(wallet)
    type(sweep).objects.update(next_action_at=timezone.now())
    call_command("sign_sweeps", keys_file=keys_file, once=True)
    assert world.reread(sweep).status == S.ORDERED
    world.run(world.reread(sweep), S.DELIVERED)
    type(sweep).objects.update(next_action_at=timezone.now())
    call_command("sign_sweeps", keys_file=keys_file, once=True)
    assert world.reread(sweep).status == S.SIGNED


def test_a_node_that_is_away_ends_no_round(world: World, keys_file: str, settings: Settings) -> None:
    settings.TRON_NODES = [
        {"name": "nobody", "url": "http://127.0.0.1:65535", "solidity_url": "", "api_key": ""}
    ]
    settings.PROVIDER_ALLOWED_NETWORKS = ["127.0.0.1"]
    wallet = world.wallet()
    world.deposit(wallet)
    sweep = the_sweep(wallet)
    type(sweep).objects.update(next_action_at=timezone.now())
    call_command("sign_sweeps", keys_file=keys_file, once=True)
    assert world.reread(sweep).status == S.DETECTED


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "WALLET_KEYS is empty"), ("not a key", "32 bytes in base64"), (None, "cannot read")],
)
def test_without_a_good_ring_it_does_not_start(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "wallet_keys"
    if text is not None:
        path.write_text(text)
    with pytest.raises((CommandError, ValueError), match=words) as refused:
        call_command("sign_sweeps", keys_file=str(path))
    assert "not a key" not in str(refused.value)


@pytest.mark.parametrize("command", ["work", "deliver_callbacks", "watch_chain"])
def test_no_other_process_starts_with_the_ring(tmp_path: Path, command: str) -> None:
    told = start([str(ROOT / "manage.py"), command], tmp_path)
    assert told.returncode != 0
    assert "backoffice.E004" in told.stderr
    assert KEY not in told.stderr + told.stdout


def test_no_web_server_starts_with_the_ring(tmp_path: Path) -> None:
    told = start(["-c", "import backoffice.wsgi"], tmp_path)
    assert told.returncode != 0
    assert "must not hold WALLET_KEYS" in told.stderr
    assert KEY not in told.stderr


def start(arguments: list[str], data_dir: Path) -> subprocess.CompletedProcess[str]:
    settings = {
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": "",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **settings, "WALLET_KEYS": KEY},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
