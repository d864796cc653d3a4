"""What a node's words become before anybody reads them."""

import json

import pytest

from providers.http import Answer
from providers.tron import answers
from providers.tron.answers import NodeFault, NodeLimited

NASTY = "<script>\r\n\x1b[2J\u202e" + "x" * 500


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, json.dumps({"Error": NASTY}).encode(), NodeFault),
        (200, NASTY.encode(), NodeFault),
        (500, b"\xff\xfe" + NASTY.encode(), NodeFault),
        (429, NASTY.encode(), NodeLimited),
    ],
)
def test_trap_20_what_a_node_says_is_one_short_printable_line(
    status: int, body: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        answers.read(Answer(status=status, headers={}, body=body))
    told = str(caught.value)
    assert told.isprintable()
    assert len(told) < 200
