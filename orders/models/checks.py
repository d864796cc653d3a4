"""Checks of text that strangers and staff give us, for model fields and forms. Each raises ValidationError."""

import unicodedata
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

# Control, format (bidi overrides among them), surrogate and private characters; line and paragraph separators.
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
NOT_IN_A_URL = frozenset('<>"\\^`{|}')


def check_printable(text: str) -> None:
    if any(unicodedata.category(character) in UNPRINTABLE for character in text):
        raise ValidationError("Control characters are not allowed.")


def check_callback_url(text: str) -> None:
    """http(s) with a host, no credentials; what the host resolves to is judged when it is called."""
    check_printable(text)
    try:
        parts = urlsplit(text)
        (parts.hostname or "").encode("idna")  # an empty or overlong label is no host
        port = parts.port
    except ValueError as error:
        raise ValidationError("Enter a valid URL.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or not text.isascii():
        raise ValidationError("Enter a valid http or https URL.")
    if "@" in parts.netloc:
        raise ValidationError("A URL with a user name or password is not allowed.")
    if any(character.isspace() or character in NOT_IN_A_URL for character in text):
        raise ValidationError("Enter a valid http or https URL.")
