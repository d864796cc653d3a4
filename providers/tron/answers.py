"""What a node's HTTP answer is: JSON, or one of the ways in which nodes say no (specs/tron.md sections 2.1 and 4.1).

Most errors arrive with status 200, some as a bare sentence. All are failures of a reading call: another node, or later.
"""

import json
import re
from typing import Any, NoReturn

from providers.errors import ProviderUnavailable
from providers.http import Answer

LIMITED = frozenset({403, 429, 503})
SUSPENSION_SECONDS = 30
MOST_SECONDS = 300
SECONDS = re.compile(r"suspended for (\d{1,6}) ?s")
LIMIT_WORDS = ("lack of computing resources", "exceeds the frequency limit", "exceeded the allowed_rps")
SHOWN_CHARACTERS = 120


class NodeFault(ProviderUnavailable):
    """The node failed, or answers what no node may."""


class NodeLimited(ProviderUnavailable):
    """The key, or the node, takes no request for `seconds`."""

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


def read(answer: Answer) -> Any:
    """The JSON value of a good answer. Raises NodeFault and NodeLimited."""
    text = answer.body[:4096].decode("utf-8", "replace")
    if answer.status in LIMITED:
        _limited(f"HTTP {answer.status}", text, answer.headers.get("retry-after", ""))
    if answer.status != 200:
        raise NodeFault(f"HTTP {answer.status}: {_shown(text)}")
    try:
        value = json.loads(answer.body, parse_constant=_refuse, parse_float=_refuse)
    except (ValueError, RecursionError) as error:
        raise NodeFault(f"not JSON: {_shown(text)}") from error
    if isinstance(value, dict):
        _check(value)
    return value


def _check(value: dict[str, Any]) -> None:
    for name in ("Error", "error"):
        if name in value:
            text = str(value[name])
            if any(words in text for words in LIMIT_WORDS):
                _limited("HTTP 200", text, "")
            raise NodeFault(f"the node says: {_shown(text)}")


def _limited(status: str, text: str, retry_after: str) -> NoReturn:
    told = SECONDS.search(text)
    wait = told[1] if told else retry_after
    seconds = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 7 else SUSPENSION_SECONDS
    raise NodeLimited(f"{status}: {_shown(text)}", seconds=min(max(seconds, 1), MOST_SECONDS))


def _shown(text: str) -> str:
    """Attackers may choose this text (section 12, trap 20): one short printable line of it."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:SHOWN_CHARACTERS]).strip()


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} has no place in a node's answer")
