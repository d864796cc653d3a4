"""A shell command that repeats a logged request. Safe to paste: whatever a stranger sent stays inside the quotes."""

import re
import shlex

from orders.models import CallbackLog, Direction

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
MADE_BY_CURL = frozenset({"host", "content-length", "connection", "transfer-encoding", "accept-encoding"})
PRUNED = "(pruned)"


def command(log: CallbackLog) -> str:
    """Empty for what was not sent by us, or whose body is gone. Masked values stand as ****."""
    is_whole = log.url and log.request_headers and log.request_body != PRUNED
    if log.direction != Direction.OUT or not is_whole:
        return ""
    headers = [
        f"  -H {quoted(f'{name}: {value}')}"
        for name, value in log.request_headers.items()
        if HEADER_NAME.fullmatch(name) and name.lower() not in MADE_BY_CURL
    ]
    # --data-raw takes an @ for a letter, --globoff brackets and braces.
    first = f"curl --silent --show-error --include --globoff --request POST --url {quoted(log.url)}"
    return " \\\n".join([first, *headers, f"  --data-raw {quoted(log.request_body)}"])


def quoted(text: str) -> str:
    """For bash and zsh. Control characters are escaped: one of them could end a terminal's bracketed paste."""
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(letter: str) -> str:
    if letter in "\\'":
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    return "".join(f"\\x{byte:02x}" for byte in letter.encode())
