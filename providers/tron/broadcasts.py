"""What a node's answer to a broadcast means (specs/tron.md section 8.2). Pure.

`result: true` means pooled and no more. A refusal speaks of this one call: whether it is the last word on the bytes
also depends on earlier calls whose answers were lost, which only the caller knows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

HEX = re.compile("(?:[0-9a-fA-F]{2})+")
SHOWN_CHARACTERS = 200


class Verdict(StrEnum):
    POOLED = "pooled"
    KNOWN = "known"  # it has these bytes already: look for the txid
    LATER = "later"  # the same bytes again
    OUTDATED = "outdated"  # expired, or its reference block is unknown there: these bytes are useless there
    NO_BANDWIDTH = "no bandwidth"
    REFUSED = "refused"
    UNKNOWN = "unknown"


VERDICTS: Mapping[str, Verdict] = {
    "SUCCESS": Verdict.POOLED,
    "DUP_TRANSACTION_ERROR": Verdict.KNOWN,
    "SERVER_BUSY": Verdict.LATER,
    "NO_CONNECTION": Verdict.LATER,
    "NOT_ENOUGH_EFFECTIVE_CONNECTION": Verdict.LATER,
    "BLOCK_UNSOLIDIFIED": Verdict.LATER,
    "TAPOS_ERROR": Verdict.OUTDATED,
    "TRANSACTION_EXPIRATION_ERROR": Verdict.OUTDATED,
    "BANDWITH_ERROR": Verdict.NO_BANDWIDTH,  # as nodes spell it
    "CONTRACT_VALIDATE_ERROR": Verdict.REFUSED,
    "CONTRACT_EXE_ERROR": Verdict.REFUSED,
    "SIGERROR": Verdict.REFUSED,
    "TOO_BIG_TRANSACTION_ERROR": Verdict.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Broadcast:
    """`text`: one printable line for staff; strangers may have chosen its words."""

    verdict: Verdict
    text: str = ""


def read(answer: object, txid: str) -> Broadcast:
    """Anything that is not plainly one of the documented answers about this very txid is UNKNOWN."""
    if not isinstance(answer, dict):
        return Broadcast(Verdict.UNKNOWN, "the answer is no object")
    told = answer.get("txid", txid)
    if told != txid:
        return Broadcast(Verdict.UNKNOWN, "the answer is about another transaction")
    code = str(answer.get("code", "SUCCESS" if answer.get("result") is True else ""))
    verdict = VERDICTS.get(code, Verdict.UNKNOWN)
    if (verdict is Verdict.POOLED) != (answer.get("result") is True):
        verdict = Verdict.UNKNOWN
    return Broadcast(verdict, f"{_line(code)} {message(answer.get('message'))}".strip())


def message(value: object) -> str:
    """Hex of UTF-8 as a rule, plain text from some calls."""
    text = value if isinstance(value, str) else ""
    if HEX.fullmatch(text):
        text = bytes.fromhex(text).decode("utf-8", "replace")
    return _line(text)


def _line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text[:SHOWN_CHARACTERS]).strip()
