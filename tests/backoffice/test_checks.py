from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from backoffice import checks
from backoffice.checks import check_deployment, check_keys


@pytest.fixture(autouse=True)
def sound(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOWED_HOSTS = ["backoffice.example"]
    settings.PUBLIC_URL = "https://backoffice.example"
    settings.DEMO_PASSWORD = ""
    settings.KEYS_FROM_FILES = []
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
