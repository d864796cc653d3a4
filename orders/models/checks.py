"""Checks of text that strangers and staff give us, for model fields and forms. Each raises ValidationError."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from providers.targets import BadTarget, parse_target

# Control, format (bidi overrides among them), surrogate and private characters; line and paragraph separators.
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def check_printable(text: str) -> None:
    if any(unicodedata.category(character) in UNPRINTABLE for character in text):
        raise ValidationError(_("Control characters are not allowed."))


def check_not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError(_("Spaces alone are not allowed."), code="blank")


def check_callback_url(text: str) -> None:
    """The form of it; what the host resolves to is judged when it is called."""
    check_printable(text)
    try:
        parse_target(text)
    except BadTarget as error:
        raise ValidationError(str(error)) from error
