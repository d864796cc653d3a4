"""What an HTTP answer of TronZap means for a caller (spec section 4, decision for clients).

The SDKs' rule (the body's code decides, whatever the HTTP status) holds for answers below 500. On a call that
spends, only a documented refusal is a no; whatever else is not a success leaves the outcome unknown.
"""

from typing import Any

from providers.errors import OutcomeUnknown, ProviderMisconfigured, ProviderRejected, ProviderUnavailable
from providers.http import Answer
from providers.tronzap.wire import ERRORS, Envelope, Meaning, Unreadable, meaning_of, read_envelope


def read_result(answer: Answer, *, spending: bool) -> Any:
    """The `result` of a success. Raises Unreadable and every error of a provider call."""
    lost = OutcomeUnknown if spending else ProviderUnavailable
    if not (200 <= answer.status < 300 or 400 <= answer.status < 500):
        raise lost(f"TronZap answered HTTP {answer.status}")
    try:
        envelope = read_envelope(answer.body)
    except Unreadable as error:
        raise lost(f"TronZap answered HTTP {answer.status}, unreadable: {error}") from error
    if envelope.code:
        raise _refusal(envelope, spending=spending)
    if answer.status >= 400:
        raise lost(f"TronZap answered HTTP {answer.status}")
    if envelope.result is None:
        raise Unreadable("no result")
    return envelope.result


def _refusal(envelope: Envelope, *, spending: bool) -> Exception:
    code, meaning = str(envelope.code), meaning_of(envelope.code)
    message = _sentence(envelope)
    match meaning:
        case Meaning.MISCONFIGURED:
            return ProviderMisconfigured(message, code=code)
        case Meaning.REJECTED | Meaning.NO_FUNDS:
            return ProviderRejected(message, code=code, no_funds=meaning is Meaning.NO_FUNDS)
        case Meaning.UNAVAILABLE if spending:
            return ProviderRejected(message, code=code)
        case Meaning.NOT_FOUND if not spending:
            return ProviderRejected(message, code=code)
        case _:
            # "Not found" is no documented answer to a purchase, so there it is as good as none.
            return (OutcomeUnknown if spending else ProviderUnavailable)(message, code=code)


def _sentence(envelope: Envelope) -> str:
    kind = ERRORS.get(envelope.code)
    text = kind.text if kind else "undocumented refusal"
    return f"TronZap: {text} (code {envelope.code}{', ' + envelope.key if envelope.key else ''})"
