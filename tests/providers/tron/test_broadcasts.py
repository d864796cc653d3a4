import pytest

from providers.tron import broadcasts
from providers.tron.broadcasts import Broadcast, Verdict

TXID = "ab" * 32
HEX_TEXT = b"Dup transaction.".hex()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({"result": True, "code": "SUCCESS", "txid": TXID}, Verdict.POOLED),
        ({"result": True, "txid": TXID}, Verdict.POOLED),
        ({"code": "DUP_TRANSACTION_ERROR", "txid": TXID}, Verdict.KNOWN),
        ({"result": False, "code": "SERVER_BUSY"}, Verdict.LATER),
        ({"code": "NO_CONNECTION"}, Verdict.LATER),
        ({"code": "NOT_ENOUGH_EFFECTIVE_CONNECTION"}, Verdict.LATER),
        ({"code": "BLOCK_UNSOLIDIFIED"}, Verdict.LATER),
        ({"code": "TAPOS_ERROR"}, Verdict.OUTDATED),
        ({"code": "TRANSACTION_EXPIRATION_ERROR"}, Verdict.OUTDATED),
        ({"code": "BANDWITH_ERROR"}, Verdict.NO_BANDWIDTH),
        ({"code": "CONTRACT_VALIDATE_ERROR"}, Verdict.REFUSED),
        ({"code": "CONTRACT_EXE_ERROR"}, Verdict.REFUSED),
        ({"code": "SIGERROR"}, Verdict.REFUSED),
        ({"code": "TOO_BIG_TRANSACTION_ERROR"}, Verdict.REFUSED),
        ({"code": "OTHER_ERROR"}, Verdict.UNKNOWN),
        ({"code": "A_CODE_OF_TOMORROW"}, Verdict.UNKNOWN),
        ({"code": "SUCCESS", "result": False}, Verdict.UNKNOWN),
        ({"code": "SIGERROR", "result": True}, Verdict.UNKNOWN),
        ({"result": True, "txid": "ee" * 32}, Verdict.UNKNOWN),
        ({"result": 1}, Verdict.UNKNOWN),
        ({}, Verdict.UNKNOWN),
        ([], Verdict.UNKNOWN),
        (None, Verdict.UNKNOWN),
    ],
)
def test_what_a_node_says_to_a_broadcast(answer: object, verdict: Verdict) -> None:
    assert broadcasts.read(answer, TXID).verdict is verdict


@pytest.mark.parametrize("text", [HEX_TEXT, "Dup transaction.", "Dup\u202e\n transaction.".encode().hex()])
def test_the_message_is_one_printable_line_of_hex_or_text(text: str) -> None:
    told = broadcasts.read({"code": "DUP_TRANSACTION_ERROR", "message": text}, TXID).text
    assert told.startswith("DUP_TRANSACTION_ERROR Dup")
    assert told.isprintable()


def test_a_message_that_is_no_text_is_left_out() -> None:
    assert broadcasts.read({"code": "SIGERROR", "message": {"a": 1}}, TXID) == Broadcast(
        Verdict.REFUSED, "SIGERROR"
    )
