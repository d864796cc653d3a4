"""The command that repeats a logged request: run by a real bash, it passes exactly what was sent."""

import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.admin import curl
from orders.models import CallbackLog

BASH = shutil.which("bash")
NASTY = [
    "it's",
    '"; touch /tmp/owned; "',
    "$(id) `id` ${HOME} !!",
    "\\' \\\\",
    "two\nlines\r\n",
    "\x1b[201~ end of paste\x07",
    "@/etc/passwd",
    "-o/tmp/owned",
    "{a,b}[1-3]",
    "",
    "汉字 é \u202e \u00a0",
    "*",
    "~",
    "#",
]


def log(**fields: Any) -> CallbackLog:
    usual: dict[str, Any] = {
        "direction": "out",
        "url": "https://merchant.test/in?a=1&b=2",
        "request_headers": {"API-KEY": "****", "Content-Type": "application/json"},
        "request_body": '{"a": 1}',
    }
    return CallbackLog(**usual | fields)


def arguments(command: str) -> list[str]:
    """What bash hands to curl, which is a function here."""
    script = f'curl() {{ printf "%s\\0" "$@"; }}\n{command}\n'
    done = subprocess.run(
        [str(BASH), "--norc"],
        input=script.encode(),
        capture_output=True,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
    )
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def test_the_command_in_full() -> None:
    assert curl.command(log()) == (
        "curl --silent --show-error --include --globoff --request POST"
        " --url 'https://merchant.test/in?a=1&b=2' \\\n"
        "  -H 'API-KEY: ****' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        """  --data-raw '{"a": 1}'"""
    )


@pytest.mark.skipif(BASH is None, reason="bash is not installed")
@pytest.mark.parametrize("text", NASTY)
def test_nothing_a_stranger_sent_leaves_its_quotes(text: str) -> None:
    command = curl.command(
        log(url=f"https://m.test/{text}", request_body=text, request_headers={"X-A": text})
    )
    assert "\x1b" not in command
    assert arguments(command)[5:] == [
        *("POST", "--url", f"https://m.test/{text}", "-H", f"X-A: {text}", "--data-raw", text)
    ]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_only_printable_letters_and_line_ends_are_in_the_command(text: str) -> None:
    quoted = curl.quoted(text)
    assert quoted.isprintable()
    assert quoted[0] in "$'" or quoted == text


def test_what_curl_makes_itself_and_what_is_no_header_is_left_out() -> None:
    headers = {"Host": "x", "Content-Length": "9", "@file": "x", "a b": "c", "X:Y": "z", "X-Ok": "1"}
    assert curl.command(log(request_headers=headers)).count("-H ") == 1


@pytest.mark.parametrize(
    "fields", [{"direction": "in"}, {"request_body": "(pruned)"}, {"request_headers": {}}, {"url": ""}]
)
def test_what_was_not_sent_or_is_gone_has_none(fields: dict[str, Any]) -> None:
    assert curl.command(log(**fields)) == ""
