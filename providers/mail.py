"""The one place e-mail leaves from, by the server of the settings (EMAIL_*)."""

import smtplib
from collections.abc import Sequence

from django.core.mail import EmailMessage


class MailFailed(Exception):
    """The mail server did not take it, or was not reached."""


def send(*, sender: str, to: Sequence[str], subject: str, body: str, message_id: str) -> None:
    """`message_id` stays the same in a repeat, so that a mail box can drop it. Raises MailFailed."""
    host = sender.rpartition("@")[2].rstrip(">") or "localhost"
    line = " ".join(subject.split())[:200]
    headers = {"Message-ID": f"<{message_id}@{host}>"}
    try:
        EmailMessage(line, body, sender, list(to), headers=headers).send()
    except (smtplib.SMTPException, OSError) as error:
        raise MailFailed(f"{type(error).__name__} of the mail server") from error
