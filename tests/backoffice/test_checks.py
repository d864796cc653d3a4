from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from backoffice import checks
from backoffice.checks import check_deployment, check_keys, check_wallet_keys


@pytest.fixture(autouse=True)
def sound(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOWED_HOSTS = ["backoffice.example"]
    settings.PUBLIC_URL = "https://backoffice.example"
    settings.DEMO_PASSWORD = ""
    settings.REQUIRE_TWO_FACTOR = True
    settings.KEYS_FROM_FILES = []
    settings.PROVIDER_ALLOWED_NETWORKS = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    settings.CALLBACK_ALLOWED_NETWORKS = []
    monkeypatch.setattr(checks, "connection", SimpleNamespace(vendor="postgresql"))


def test_a_sound_installation_has_no_findings() -> None:
    assert check_keys(None) == []
    assert check_deployment(None) == []


@pytest.mark.parametrize(
    ("name", "value", "identifier"),
    [
        ("ALLOWED_HOSTS", ["backoffice.example", "*"], "W001"),
        ("KEYS_FROM_FILES", ["SECRET_KEY"], "W002"),
        ("PUBLIC_URL", "http://127.0.0.1:8000", "W003"),
        ("DEMO_PASSWORD", "x", "W004"),
        ("REQUIRE_TWO_FACTOR", False, "W006"),
        ("PROVIDER_ALLOWED_NETWORKS", [ip_network("127.0.0.1")], "W005"),
        ("CALLBACK_ALLOWED_NETWORKS", [ip_network("10.0.0.0/8"), ip_network("0.0.0.0/0")], "W005"),
        ("CALLBACK_ALLOWED_NETWORKS", [ip_network("::/0")], "W005"),
    ],
)
def test_each_trap_is_found(settings: Settings, name: str, value: Any, identifier: str) -> None:
    setattr(settings, name, value)
    assert [finding.id for finding in check_deployment(None)] == [f"backoffice.{identifier}"]


def test_generated_keys_suit_a_database_on_the_same_host(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEYS_FROM_FILES = ["SECRET_KEY"]
    monkeypatch.setattr(checks, "connection", SimpleNamespace(vendor="sqlite"))
    assert check_deployment(None) == []


@pytest.mark.parametrize("broken", ["short", "", "é" * 44, "!" * 44])
def test_a_broken_ring_is_found_and_not_repeated(settings: Settings, broken: str) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), broken]
    (finding,) = check_keys(None)
    assert finding.id == "backoffice.E001"
    assert not broken or broken not in str(finding)


def test_an_empty_digest_key_is_found(settings: Settings) -> None:
    settings.DIGEST_KEYS = ["one", " "]
    assert [finding.id for finding in check_keys(None)] == ["backoffice.E002"]


@pytest.mark.parametrize(
    ("argv", "is_allowed"),
    [
        (["manage.py", "sign_sweeps"], True),
        (["manage.py", "reseal_wallets"], True),
        (["manage.py", "work"], False),
        (["manage.py", "deliver_callbacks"], False),
        (["manage.py"], False),
        (["manage.py", "work", "sign_sweeps"], False),
    ],
)
def test_only_the_signer_may_hold_wallet_keys(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, argv: list[str], is_allowed: bool
) -> None:
    settings.WALLET_KEYS = ["a key"]
    monkeypatch.setattr("sys.argv", argv)
    found = check_wallet_keys(None)
    assert [finding.id for finding in found] == ([] if is_allowed else ["backoffice.E004"])
    assert "a key" not in str(found)
