"""Who asks, and with what fields: iTRX's authentication and its field errors (specs/itrx.md sections 2 and 4)."""

from collections.abc import Mapping
from typing import Any

from providers.itrx import wire
from providers.sandbox.accounts import Account, Dialect
from providers.sandbox.exchange import Refusal, Reply, Request, json_reply
from providers.sandbox.sandbox import Sandbox
from providers.tron.addresses import is_address

REQUIRED = "This field is required."
LONGEST_TEXT = 2048


def refused(detail: str, status: int = 400) -> Reply:
    return json_reply({"detail": detail}, status)


def account_of(sandbox: Sandbox, request: Request, *, unknown_status: int = 400) -> Account:
    """The account of API-KEY; GET needs no more than that. Raises Refusal."""
    account = sandbox.account(Dialect.ITRX, request.headers.get("api-key", ""))
    if account is None:
        raise Refusal(refused(wire.UNKNOWN_KEY, unknown_status))
    return account


def signed(sandbox: Sandbox, request: Request) -> tuple[Account, dict[str, Any]]:
    """Account and parameters of a POST whose signature holds. Raises Refusal."""
    account = account_of(sandbox, request)
    timestamp = request.headers.get("timestamp", "")
    if not wire.timestamp_ok(timestamp, request.now):
        raise Refusal(refused(wire.STALE_TIMESTAMP))
    signature = request.headers.get("signature", "")
    if not wire.signature_ok(account.secret, timestamp, request.body, signature):
        raise Refusal(refused(wire.BAD_SIGNATURE))
    try:
        return account, wire.read_object(request.body) if request.body else {}
    except wire.Unreadable as error:
        raise Refusal(refused(wire.NOT_JSON)) from error


class Fields:
    """Reads parameters and gathers what is wrong with them; `check` refuses all of it at once."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self.errors: dict[str, list[str]] = {}

    def whole(self, name: str, *, least: int, most: int, default: int | None = None) -> int:
        """A JSON integer or digits, as query strings have; required without a default."""
        value = self._given.get(name)
        if value is None or value == "":
            if default is None:
                self.errors[name] = [REQUIRED]
            return default or 0
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.errors[name] = ["A valid integer is required."]
        elif value < least:
            self.errors[name] = [f"Ensure this value is greater than or equal to {least}."]
        elif value > most:
            self.errors[name] = [f"Ensure this value is less than or equal to {most}."]
        else:
            return value
        return 0

    def address(self, name: str, *, required: bool = True) -> str:
        value = self._given.get(name)
        if value is None or value == "":
            if required:
                self.errors[name] = [REQUIRED]
            return ""
        if not isinstance(value, str) or not is_address(value):
            self.errors[name] = ["Invalid TRON address."]
            return ""
        return value

    def days(self, name: str) -> int:
        """A period as a number of days, 0 for one hour."""
        value = self._given.get(name)
        if value is None:
            self.errors[name] = [REQUIRED]
            return 0
        try:
            return wire.period_number(wire.hours_of_text(value if isinstance(value, str) else ""))
        except ValueError:
            self.errors[name] = [f'"{str(value)[:20]}" is not a valid choice.']
            return 0

    def choice(self, name: str, choices: range) -> int:
        value = self._given.get(name)
        if value is None:
            self.errors[name] = [REQUIRED]
        elif isinstance(value, bool) or value not in choices:
            self.errors[name] = [f'"{str(value)[:20]}" is not a valid choice.']
        else:
            return int(value)
        return 0

    def text(self, name: str) -> str:
        value = self._given.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.isprintable():
            self.errors[name] = ["Not a valid string."]
            return ""
        return value

    def check(self) -> None:
        if self.errors:
            raise Refusal(json_reply(self.errors, 400))
