"""Every staff page in the marked language."""

import pytest
from django.utils.translation import trans_real

from tests.translation.marks import Marked

LANGUAGE = "ru"


@pytest.fixture
def in_marks(monkeypatch: pytest.MonkeyPatch) -> Marked:
    """For as long as the test takes, Russian is the marked language."""
    marks = Marked(LANGUAGE)
    monkeypatch.setitem(trans_real._translations, LANGUAGE, marks)  # type: ignore[attr-defined]
    return marks
