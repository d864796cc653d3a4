"""The chain's page: pay somebody, see where the payment is, and make the node fail."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

from providers.money import format_units, parse_units
from providers.sandbox.exchange import Reply, Request
from providers.sandbox.fields import text
from providers.sandbox.pages import badge, mono, page, section, table
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.tron import blocks, control, faults, paying, settings
from providers.sandbox.tron.faults import Fault
from providers.sandbox.tron.paying import Kind, Payment
from providers.tron import addresses

PATH = "/chain"
SHOWN_PAYMENTS, SHOWN_BLOCKS = 20, 6
CENT = 10_000  # micro-USDT or sun: what "short" and "over" differ by
PARTS = {"exact": 0, "short": -CENT, "over": CENT}
REFRESH_SECONDS = 2


def show(sandbox: Sandbox, request: Request) -> Reply:
    """?address= and ?amount= fill the form in, so that other pages can link to it."""
    query = request.query
    with sandbox.store.transaction() as db:
        told = [(each, paying.progress(db, each)) for each in paying.newest(db, SHOWN_PAYMENTS)]
        parts = [
            f'<p class="note">{escape(query["note"])}</p>' if query.get("note") else "",
            f'<p class="note bad">{escape(query["problem"])}</p>' if query.get("problem") else "",
            section(
                "Pay", _pay_form(query.get("address", ""), query.get("amount", ""), query.get("kind", ""))
            ),
            section("Payments", _payment_table(told)),
            section("Blocks", _chain_figures(db) + _chain_forms(db)),
            section("Make the node fail", _fault_form() + _fault_table(db)),
        ]
    lead = "A TRON node with a chain of its own. Everything here is play money."
    reply = page("Sandbox chain", lead, parts)
    moving = query.get("watch") and any(_is_moving(progress) for _, progress in told)
    return replace(reply, headers={"Refresh": str(REFRESH_SECONDS)}) if moving else reply


def submitted(sandbox: Sandbox, request: Request) -> Reply:
    """The page's forms: `act` is one of the control API's. What is wrong with them is told on the page."""
    given = dict(request.fields())
    act = text(given, "act")
    if act not in control.ACTS:
        raise ValueError("unknown act")
    shown = {name: str(given.get(name, "")) for name in ("address", "amount", "kind")} if act == "pay" else {}
    try:
        if act == "pay":
            given["amount"] = _amount(given)
        with sandbox.store.transaction() as db:
            control.ACTS[act](db, given, request)
    except ValueError as error:
        shown |= {"problem": str(error)}
    else:
        shown |= {"watch": "1"} if act == "pay" else {"note": "Done."}
    return Reply(status=303, headers={"Location": f"{PATH}?{urlencode(shown)}"})


def _amount(given: Mapping[str, Any]) -> str:
    wanted = parse_units(text(given, "amount").strip()) + PARTS.get(text(given, "part", "exact"), 0)
    return format_units(max(wanted, 0))


def _is_moving(progress: str) -> bool:
    return progress.startswith(("waiting", "to come")) or " in " in progress


def _pay_form(address: str, amount: str, kind: str) -> str:
    kinds = "".join(
        f'<option value="{one}"{" selected" if one == kind else ""}>{escape(words)}</option>'
        for one, words in paying.TEXTS.items()
    )
    return (
        f'<form method="post" action="{PATH}"><input type="hidden" name="act" value="pay">'
        f'<label>to <input name="address" value="{escape(address)}" size="38" required spellcheck="false"></label>'
        f'<label>amount <input name="amount" value="{escape(amount)}" size="10" required inputmode="decimal"></label>'
        f'<label>as <select name="kind">{kinds}</select></label>'
        '<label>in <input name="after_seconds" value="0" size="4" inputmode="numeric"> seconds</label>'
        '<span class="buttons"><button name="part" value="exact">Pay exactly</button>'
        '<button name="part" value="short">0.01 short</button>'
        '<button name="part" value="over">0.01 over</button></span></form>'
    )


def _payment_table(told: Iterable[tuple[Payment, str]]) -> str:
    rows = [
        [
            mono(_clock(payment.due_at)),
            badge(_tone(progress), progress),
            mono(addresses.from_hex(payment.receiver)) + f"<br><small>{mono(payment.txid)}</small>",
            f'<span class="amount">{format_units(payment.amount)} {_unit(payment.kind)}</span>'
            f"<br><small>{escape(paying.TEXTS[payment.kind])}</small>",
        ]
        for payment, progress in told
    ]
    heads = ("at, UTC", "is", "to, and the txid", "amount")
    return table(heads, rows) if rows else "<p>Nobody has paid anything yet.</p>"


def _chain_figures(db: sqlite3.Connection) -> str:
    head, solid = settings.get(db, settings.HEAD), settings.get(db, settings.SOLID)
    newest = [blocks.by_number(db, head - back) for back in range(SHOWN_BLOCKS)]
    rows = [
        [
            mono(str(block.number)),
            mono(_clock(block.timestamp)),
            str(len(blocks.transaction_rows(db, block.number))),
            badge("success", "solid") if block.number <= solid else badge("", "head"),
            mono(block.id),
        ]
        for block in newest
        if block
    ]
    lead = f"<p>The head is block <b>{head}</b>, the solid block is <b>{solid}</b>.</p>"
    return lead + table(("block", "at, UTC", "transactions", "is", "id"), rows)


def _chain_forms(db: sqlite3.Connection) -> str:
    seconds = f"{settings.get(db, settings.BLOCK_MS) / 1000:g}"
    lag = settings.get(db, settings.LAG_BLOCKS)
    return (
        '<div class="forms">'
        + "".join(
            [
                _form("settings", f"a block every {_field('block_seconds', seconds)} seconds", "Set"),
                _form("settings", f"solid after {_field('lag_blocks', str(lag))} blocks", "Set"),
                _form("produce", f"{_field('blocks', '1')} blocks now", "Produce"),
                _form("clock", f"clock {_field('seconds', '1800')} seconds ahead", "Advance"),
                _form("reorganise", f"newest {_field('depth', '1')} blocks", "Replace"),
                _form("stall", f"no block for {_field('seconds', '60')} seconds", "Stall"),
            ]
        )
        + "</div>"
    )


def _fault_form() -> str:
    options = "".join(f'<option value="{one}">{one}: {escape(faults.TEXTS[one])}</option>' for one in Fault)
    return _form(
        "faults",
        f'<select name="fault" aria-label="fault">{options}</select></span>'
        f"<span>N = {_field('value', '0')}</span><span>for the next {_field('count', '1')} requests</span>"
        f"<span>or of all {_field('percent', '0')} percent",
        "Set",
    )


def _fault_table(db: sqlite3.Connection) -> str:
    rows = [
        [
            badge(knob.fault),
            str(knob.value),
            f"{knob.percent} percent" if knob.remaining is None else f"{knob.remaining} left",
            escape(knob.path) or "any path",
        ]
        for knob in faults.pending(db)
    ]
    return (
        table(("fault", "N", "how often", "for"), rows) + _form("faults/clear", "", "Clear all")
        if rows
        else ""
    )


def _form(act: str, fields: str, button: str) -> str:
    """`fields` is HTML already."""
    return (
        f'<form method="post" action="{PATH}"><input type="hidden" name="act" value="{act}">'
        + (f"<span>{fields}</span>" if fields else "")
        + f"<button>{button}</button></form>"
    )


def _field(name: str, value: str) -> str:
    return f'<input name="{name}" value="{value}" size="5" inputmode="decimal" aria-label="{name}">'


def _tone(progress: str) -> str:
    """A word that the badge has a colour for."""
    if progress == "solid":
        return "success"
    return "" if _is_moving(progress) and "," not in progress else "failed"


def _unit(kind: Kind) -> str:
    return "TRX" if kind in (Kind.TRX, Kind.TRX_THROUGH_CONTRACT) else "USDT"


def _clock(milliseconds: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return f"{at:%m-%d %H:%M:%S}"
