"""The pages: control and inbox. Everything that came from outside is escaped."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from providers.money import format_units
from providers.sandbox.accounts import Account, Dialect
from providers.sandbox.exchange import Reply, html_reply
from providers.sandbox.outcomes import ADDRESSES, FACTS, PURCHASE_OUTCOMES, SCRIPTS, Outcome
from providers.sandbox.purchases import Purchase
from providers.sandbox.rules import Rule

PAGE = Template(files("providers.sandbox").joinpath("templates/page.html").read_text(encoding="utf-8"))
STYLE = PAGE.template.partition("<style>")[2].partition("</style>")[0]
# Forms and that one style sheet; whatever a stranger's text may smuggle in loads and runs nothing.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
GOOD = {"40", "success", "1", "valid"}
BAD = {"41", "43", "failed", "0", "bad_signature", "stale", "malformed", "no_key"}
WORDS = {"20": "paid", "30": "preparing", "31": "partial", "40": "done", "41": "refunded", "43": "abnormal"}
PAYMENT_WORDS = {"0": "failed", "1": "paid", "2": "waiting"}


def control(
    *,
    accounts: Sequence[Account],
    purchases: Sequence[Purchase],
    rules: Sequence[Rule],
    delay_ms: int,
    inboxes: Sequence[tuple[str, int]],
    note: str,
) -> Reply:
    labels = {account.id: account.label for account in accounts}
    parts = [
        '<p class="note">Done.</p>' if note == "done" else "",
        '<p><a href="/chain">The TRON chain</a>: pay somebody, watch the blocks, make the node fail.</p>',
        section("Script the next requests", _rule_form(rules) + _delay_form(delay_ms)),
        section("Addresses that act out an outcome", _address_table()),
        section("Orders", _purchase_table(purchases, labels)),
        section("Merchants' inboxes", _links(inboxes)),
        section("Accounts", _account_table(accounts)),
    ]
    return page(
        "Sandbox", "It stands in for iTRX, TronZap, CrossingPay, a TRON node, and the merchants.", parts
    )


def inbox(name: str, received: Sequence[dict[str, Any]]) -> Reply:
    rows = [
        [
            mono(entry["at"][:19].replace("T", " ")),
            escape(entry["dialect"]),
            badge(entry["verdict"]),
            mono(entry["identity"]) + (" <small>again</small>" if entry["duplicate_of"] else ""),
            str(entry["answered"]),
            _details(entry),
        ]
        for entry in received
    ]
    received_table = table(("received, UTC", "dialect", "signature", "event", "answered", "bytes"), rows)
    lead = f"Callbacks that the merchant server “{name}” has received, the newest first."
    return page(f"Inbox {name}", lead, [section(f"{len(received)} callbacks", received_table)])


def _details(entry: dict[str, Any]) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in entry["headers"].items())
    return (
        f"<details><summary>show</summary><pre>{escape(headers)}\n\n{escape(entry['body'])}</pre></details>"
    )


def _rule_form(rules: Sequence[Rule]) -> str:
    dialects = "".join(f"<option>{dialect}</option>" for dialect in Dialect)
    outcomes = "".join(
        f'<option value="{one}">{one}: {escape(SCRIPTS[one].text)}</option>' for one in Outcome
    )
    pending = [
        [one.dialect, escape(one.account) or "all", badge(one.outcome), str(one.remaining)] for one in rules
    ]
    return (
        '<form method="post" action="/control"><input type="hidden" name="act" value="rule">'
        f'<label>upstream <select name="dialect">{dialects}</select></label>'
        f'<label>outcome <select name="outcome">{outcomes}</select></label>'
        '<label>for the next <input name="count" value="1" size="3" inputmode="numeric"> requests</label>'
        "<button>Set</button></form>"
        + (table(("upstream", "account", "outcome", "left"), pending) if pending else "")
    )


def _delay_form(delay_ms: int) -> str:
    return (
        '<form method="post" action="/control"><input type="hidden" name="act" value="settings">'
        f'<label>an order takes <input name="delay_seconds" value="{delay_ms / 1000:g}" size="4"> seconds</label>'
        "<button>Set</button></form>"
    )


def _address_table() -> str:
    rows = []
    for outcome, address in ADDRESSES.items():
        who = ", ".join(dialect for dialect in Dialect if outcome in PURCHASE_OUTCOMES[dialect])
        rows.append([badge(outcome), mono(address), escape(SCRIPTS[outcome].text), who])
    rows += [["", mono(address), escape(text), ""] for text, address in FACTS.items()]
    lead = "<p>An order for one of these comes out like this; any other address succeeds.</p>"
    return lead + table(("outcome", "address", "what happens", "at"), rows)


def _purchase_table(purchases: Sequence[Purchase], labels: dict[int, str]) -> str:
    if not purchases:
        return "<p>None yet.</p>"
    rows = [
        [
            mono(f"{one.created_at:%Y-%m-%d %H:%M:%S}"),
            f"{one.dialect} <small>{escape(labels[one.account_id][:12])}</small>",
            escape(one.kind),
            mono(one.address),
            _amount(one),
            badge(one.status, _word(one)),
            _pay_form(one),
        ]
        for one in purchases
    ]
    return table(("at, UTC", "upstream", "kind", "address", "amount", "status", ""), rows)


def _amount(purchase: Purchase) -> str:
    unit = "USDT" if purchase.dialect is Dialect.CROSSINGPAY else "TRX"
    return f'<span class="amount">{format_units(purchase.amount)} {unit}</span>'


def _word(purchase: Purchase) -> str:
    words = PAYMENT_WORDS if purchase.dialect is Dialect.CROSSINGPAY else WORDS
    return words.get(purchase.status, purchase.status)


def _pay_form(purchase: Purchase) -> str:
    if purchase.dialect is not Dialect.CROSSINGPAY or purchase.status != "2":
        return ""
    return (
        '<form method="post" action="/control" class="inline"><input type="hidden" name="act" value="pay">'
        f'<input type="hidden" name="id" value="{escape(purchase.id)}">'
        f'<input name="amount" value="{format_units(purchase.amount)}" size="9" aria-label="amount in USDT">'
        "<button>Pay</button></form>"
    )


def _account_table(accounts: Sequence[Account]) -> str:
    rows = [
        [
            one.dialect,
            escape(one.name),
            mono(one.key or "(the apikey is its secret)"),
            f'<span class="amount">{format_units(one.balance_sun)} TRX</span>',
        ]
        for one in accounts
    ]
    return table(("upstream", "name", "key", "balance"), rows)


def _links(inboxes: Iterable[tuple[str, int]]) -> str:
    items = "".join(
        f'<li><a href="/inbox/{escape(name)}">{escape(name)}</a>: {count} callbacks</li>'
        for name, count in inboxes
    )
    return f"<ul>{items}</ul>" if items else "<p>No merchant is known yet.</p>"


def page(title: str, lead: str, parts: Iterable[str]) -> Reply:
    reply = html_reply(PAGE.substitute(title=escape(title), lead=escape(lead), content="".join(parts)))
    return replace(reply, headers={"Content-Security-Policy": POLICY})


def section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML already."""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def mono(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def badge(word: str, shown: str = "") -> str:
    tone = "good" if word in GOOD else "bad" if word in BAD else ""
    return f'<span class="badge {tone}">{escape(shown or word)}</span>'
