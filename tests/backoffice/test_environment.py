import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from backoffice.environment import (
    create_private,
    flag,
    kept,
    networks,
    nodes,
    private_file,
    secret,
    text,
    whole,
    words,
)

NAME = "AN_EXAMPLE_VARIABLE"
KEEP = """
import secrets, sys
from pathlib import Path
from backoffice.environment import kept
sys.stdin.readline()
sys.stdout.write(kept(Path(sys.argv[1]), lambda: secrets.token_urlsafe(4000)))
"""


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", True), (" TRUE ", True), ("1", True), ("on", True), ("no", False), ("0", False), ("", True)],
)
def test_flags_are_read(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv(NAME, value)
    assert flag(NAME, True) is expected


@pytest.mark.parametrize("value", ["ture", "2", "y es", "None", "truе"])
def test_a_mistyped_flag_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be true or false"):
        flag(NAME, False)


@pytest.mark.parametrize("value", ["-1", "1.5", "1e3", "NaN", "٣", "0", "101", "9" * 5000, "1 0", "0x10"])
def test_a_number_out_of_shape_or_range_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be a whole number from 1 to 100"):
        whole(NAME, 5, least=1, most=100)


@pytest.mark.parametrize(("value", "expected"), [("", 5), (" 7 ", 7), ("100", 100), ("1", 1)])
def test_numbers_are_read(monkeypatch: pytest.MonkeyPatch, value: str, expected: int) -> None:
    monkeypatch.setenv(NAME, value)
    assert whole(NAME, 5, least=1, most=100) == expected


def test_a_value_is_taken_literally(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, " $HOME, b,,")
    assert text(NAME, "") == "$HOME, b,,"
    assert words(NAME) == ["$HOME", "b"]


def test_networks_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert networks(NAME) == []
    monkeypatch.setenv(NAME, " 10.1.2.0/24, 127.0.0.1,,fd00::/8 ")
    assert [str(network) for network in networks(NAME)] == ["10.1.2.0/24", "127.0.0.1/32", "fd00::/8"]


@pytest.mark.parametrize(
    "value", ["10.0.0.1/8", "10.0.0.0/33", "localhost", "*", "10.0.0.0-10.0.0.9", "127.1"]
)
def test_what_is_no_network_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME}: "):
        networks(NAME)


@pytest.mark.parametrize("value", ["", " \n"])
def test_a_secret_is_never_empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} is set but empty"):
        secret(NAME, tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_a_secret_from_the_environment_writes_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(NAME, "from the environment\n")
    assert secret(NAME, tmp_path / "file") == "from the environment"
    assert list(tmp_path.iterdir()) == []


def test_a_generated_secret_is_private_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    value = secret(NAME, path)
    assert len(value) >= 50
    assert secret(NAME, path) == value
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_an_emptied_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("\n")
    with pytest.raises(ImproperlyConfigured, match="is empty"):
        secret(NAME, tmp_path / "file")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "occupied").touch()
    with pytest.raises(ImproperlyConfigured, match=r"cannot create or read .*occupied/file"):
        kept(tmp_path / "occupied" / "file", lambda: "x")


def test_the_loser_of_a_race_keeps_the_file_of_the_winner(tmp_path: Path) -> None:
    create_private(tmp_path / "file", "winner")
    create_private(tmp_path / "file", "loser")
    assert (tmp_path / "file").read_text() == "winner"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KEEP, str(tmp_path / "file")]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    values = {process.communicate(timeout=60)[0] for process in processes}
    assert values == {(tmp_path / "file").read_text()}


def test_a_private_file_is_for_its_owner_and_keeps_what_it_holds(tmp_path: Path) -> None:
    path = private_file(tmp_path / "new" / "file")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    path.write_text("kept")
    assert private_file(path).read_text() == "kept"


def test_nodes_are_named_by_host_and_share_one_key() -> None:
    found = nodes("https://one.example/secret, https://two.example,https://two.example/b", "", "key")
    assert [node["name"] for node in found] == ["one.example", "two.example", "two.example #3"]
    assert {node["api_key"] for node in found} == {"key"}
    assert nodes("", "", "") == []


def test_each_node_may_have_its_own_solidity_address_and_key() -> None:
    found = nodes("http://a:8090,http://b", "http://a:8091,", ",key")
    assert [(node["solidity_url"], node["api_key"]) for node in found] == [("http://a:8091", ""), ("", "key")]


@pytest.mark.parametrize(
    ("urls", "solidity", "keys"),
    [("http://a,http://b", "http://a", ""), ("http://a", "", "one,two"), ("ftp://a", "", ""), ("a", "", "")],
)
def test_lists_of_nodes_that_do_not_match_are_refused(urls: str, solidity: str, keys: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="TRON_NODE_URL"):
        nodes(urls, solidity, keys)
