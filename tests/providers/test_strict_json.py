import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers import strict_json
from providers.strict_json import MAX_BYTES, MAX_DEPTH, BadJSON, loads

plain_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**39), 10**39) | plain_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain_text, inner, max_size=4),
    max_leaves=15,
)


@given(documents, st.booleans())
def test_ordinary_json_is_read_like_the_standard_library_does(document: Any, ascii_only: bool) -> None:
    assert loads(json.dumps(document, ensure_ascii=ascii_only).encode()) == document


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"5.47", Decimal("5.47")),
        (b"0.1000000000000000055", Decimal("0.1000000000000000055")),
        (b"1e3", Decimal("1000")),
        (b"-0", 0),
        (b' {"a" : [1, "x"]} \n', {"a": [1, "x"]}),
        (b'"\\ud83d\\ude00"', "😀"),
    ],
)
def test_numbers_are_exact_and_never_float(raw: bytes, value: object) -> None:
    read = loads(raw)
    assert read == value
    assert isinstance(read, type(value))


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", "not JSON"),
        (b"<html>500</html>", "not JSON"),
        (b"{}{}", "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b'"a\x00b"', "not JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'{"a":1,"a":1}', "duplicate"),
        (b'{"a":1,"\\u0061":2}', "duplicate"),
        (b'[{"x":{"a":1,"b":2,"a":3}}]', "duplicate"),
        (b"NaN", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b'{"a":-Infinity}', "-Infinity"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udfff":1}', "surrogate"),
        (b'["\\ude00\\ud83d"]', "surrogate"),
        (b"1" + b"0" * 40, "too long"),
        (b"1" * 50_000, "too long"),
        (b"0." + b"1" * 60, "too long"),
        (b"1e99999999999999999999", "out of range"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "deep"),
        (b"[" * 30_000 + b"]" * 30_000, "deep"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "deep"),
        (b"[" * 30_000, "deep|not JSON"),
        (b'"' + b"a" * MAX_BYTES + b'"', "too large"),
    ],
    ids=lambda value: str(value[:20]),
)
def test_everything_ambiguous_or_unbounded_is_refused(raw: bytes, fault: str) -> None:
    with pytest.raises(BadJSON, match=fault) as raised:
        loads(raw)
    assert len(str(raised.value)) < 100


def test_the_deepest_allowed_nesting_is_read() -> None:
    assert loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_the_size_limit_is_the_callers_to_choose() -> None:
    assert loads(b"[1]", max_bytes=3) == [1]
    with pytest.raises(BadJSON, match="too large"):
        loads(b"[12]", max_bytes=3)


@given(st.binary(max_size=100))
def test_only_bad_json_leaves(raw: bytes) -> None:
    try:
        strict_json.loads(raw)
    except BadJSON:
        return
    json.loads(raw.decode())


@given(st.text('[]{}",:0123456789.eE+-\\untrfasl NI', max_size=40))
def test_only_bad_json_leaves_for_text_that_looks_like_json(text: str) -> None:
    try:
        strict_json.loads(text.encode())
    except BadJSON:
        return
    json.loads(text)
