"""What a provider call can raise, classed by what the caller may do next (DESIGN section 6).

ProviderError
├── ProviderUnavailable     nothing was sent, or a read-only call failed: retry later, or the next account
│   └── TargetRefused       nothing was sent, for the host's name leads where we may not call
├── ProviderRejected        a definite, documented no: record it; next account, or fail and release
└── OutcomeUnknown          a spending call that may have been executed: look it up, never buy again until known
ProviderMisconfigured       bad key or bad URL: stop using the account and tell a person; apart from the family,
                            so that no retry loop swallows it
CallbackRefused             an inbound callback that must change nothing; `reason` is the verdict for the log
"""


class ProviderError(Exception):
    """Message: one sentence for staff, without secrets. `code`: the upstream's own error code or key, "" if none."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class ProviderUnavailable(ProviderError):
    pass


class TargetRefused(ProviderUnavailable):
    """The message names no address: what a name resolves to in here is not for everybody to read."""


class ProviderRejected(ProviderError):
    """`no_funds`: our balance at the upstream is too low, which says nothing against the order itself."""

    def __init__(self, message: str, *, code: str = "", no_funds: bool = False) -> None:
        super().__init__(message, code=code)
        self.no_funds = no_funds


class OutcomeUnknown(ProviderError):
    pass


class ProviderMisconfigured(Exception):
    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class CallbackRefused(Exception):
    """`reason` is one of: malformed, bad_signature, stale, unsupported."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason
