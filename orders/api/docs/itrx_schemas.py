"""What travels in the iTRX dialect, as JSON Schemas (specs/itrx.md section 3)."""

from orders.api.docs.parts import (
    SAMPLE_ADDRESS,
    SAMPLE_SERIAL,
    SAMPLE_TXID,
    Json,
    address,
    number,
    record,
    several,
    text,
    whole,
)

SUN = "In sun."
SERIAL = text("Our order number.", pattern="^[0-9a-f]{32}$")
WHOLE = {"type": ["integer", "string"], "pattern": "^[0-9]+$"}  # clients send both
CALLER_OWN: Json = {
    "callback_url": text("http(s) URL that is told of the end; wins over your default one.", maxLength=2048),
    "out_trade_no": text("Your own order number, echoed in the callback."),
}
PLACED: Json = {
    "serial": SERIAL,
    "amount": whole("Charged, in sun."),
    "balance": whole("Left, in sun."),
}
DELEGATION = record(
    {
        "delegate_hash": text("Transaction on the chain."),
        "delegate_time": text("UTC.", format="date-time"),
        "reclaim_hash": {"type": "null", "description": "Not known here."},
        "reclaim_time": text("Planned end, UTC.", format="date-time"),
        "reclaim_time_real": {"type": ["string", "null"], "format": "date-time"},
        "status": whole("20 delegated, 30 reclaimed.", enum=[20, 30]),
    }
)
USAGE: Json = {
    f"{when}_{what}": whole(SUN if what == "sum_trx" else "")
    for when in ("total", "today", "yesterday")
    for what in ("count", "sum_energy", "sum_trx")
}

SCHEMAS: Json = {
    "Detail": record({"detail": text()}),
    "FieldErrors": {
        "type": "object",
        "description": "By name of the parameter.",
        "minProperties": 1,
        "properties": {"detail": False},
        "additionalProperties": several(text()),
    },
    "Failure": record(
        {"errno": whole("1, or 404 for an order that there is not.", minimum=1), "message": text()}
    ),
    "IndexData": record(
        {
            "platform_avail_energy": whole(),
            "platform_max_energy": whole("Of one order."),
            "minimum_order_energy": whole(),
            "maximum_order_energy": whole(),
            "small_amount": whole("Below this an order pays `small_addition`."),
            "small_addition": number("In TRX."),
            "usdt_energy_need_old": whole("Of a USDT transfer to one who holds USDT."),
            "usdt_energy_need_new": whole("To one who holds none."),
            "tiered_pricing": several(
                record(
                    {
                        "period": whole("0 one hour, else days."),
                        "price": whole("Sun per unit of energy, and per day."),
                    }
                )
            ),
            "balance": whole("In sun, with a good key only."),
        },
        optional=["balance"],
    ),
    "Price": record(
        {
            "period": text("As asked."),
            "energy_amount": whole(),
            "price": whole("Sun per unit, and per day."),
            "total_price": whole("In sun, `addition` included."),
            "addition": whole("Surcharge of a small order, in sun."),
        }
    ),
    "EnergyOrder": record(
        {
            "energy_amount": WHOLE | {"description": "At least 10,000.", "minimum": 10_000},
            "period": text("`1H`, or days: `1D`, `3D`, `30D`.", pattern="^[0-9]+[HD]$"),
            "receive_address": address("Who gets the energy."),
            "active": WHOLE | {"description": "Above 0: activate the address first if need be, at a charge."},
            "exclusive": WHOLE | {"description": "1: end small delegations first, where the upstream can."},
            **CALLER_OWN,
        },
        optional=["active", "exclusive", *CALLER_OWN],
        is_open=True,
    ),
    "CollectOrder": record(
        {
            "scene": WHOLE
            | {
                "description": "0 automatic, 1 energy, 2 bandwidth and energy, 3 activation too.",
                "maximum": 3,
            },
            "receive_address": address("Who will send USDT and gets the energy."),
            "to_address": address("Whom the USDT goes to."),
            **CALLER_OWN,
        },
        optional=["to_address", *CALLER_OWN],
        is_open=True,
    ),
    "Reclaim": record({"serial": SERIAL}, is_open=True),
    "Placed": record({"errno": {"const": 0}, **PLACED}),
    "CollectPlaced": record(
        {"errno": {"const": 0}, "scene": whole("The one executed.", enum=[1, 2, 3]), **PLACED}
    ),
    "Accepted": record({"errno": {"const": 0}, "message": text()}),
    "Order": record(
        {
            "errno": {"const": 0},
            "receive_address": address(),
            "order_no": SERIAL,
            "energy_amount": whole("Ordered."),
            "pay_amount": number("Delegated."),
            "amount": whole("Charged, in sun."),
            "details": several(DELEGATION),
            "create_time": text("+08:00.", format="date-time"),
            "api_name": text("Which key placed it, by its last characters."),
            "period": whole("0 one hour, else days."),
            "status": whole(enum=[20, 30, 31, 32, 40, 41]),
            "refund_amount": whole(SUN),
        }
    ),
    "Summary": record(
        {"name": text(), "create_time": text("+08:00, without a zone."), **USAGE, "balance": whole(SUN)}
    ),
    "Callback": record(
        {
            "active_hash": {"type": ["string", "null"], "description": "Transaction of the activation."},
            "amount": whole("Charged, in sun."),
            "bandwidth_hash": {"type": ["string", "null"], "description": "Transaction of the bandwidth."},
            "energy_amount": whole("Ordered."),
            "out_trade_no": {"type": ["string", "null"]},
            "pay_amount": number("Delegated."),
            "period": text(),
            "receive_address": address(),
            "serial": SERIAL,
            "source": text(),
            "status": whole("40 done, 41 failed and paid back.", enum=[40, 41]),
            "txid": {"type": ["string", "null"], "description": "Transaction of the energy."},
            "type": {"const": "energy"},
        }
    ),
}

SAMPLE_ORDER: Json = {
    "errno": 0,
    "receive_address": SAMPLE_ADDRESS,
    "order_no": SAMPLE_SERIAL,
    "energy_amount": 65_000,
    "pay_amount": 65_000.0,
    "amount": 6_500_000,
    "details": [
        {
            "delegate_hash": SAMPLE_TXID,
            "delegate_time": "2026-03-01T12:00:09.000000Z",
            "reclaim_hash": None,
            "reclaim_time": "2026-03-01T13:00:09.000000Z",
            "reclaim_time_real": None,
            "status": 20,
        }
    ],
    "create_time": "2026-03-01T20:00:00.000000+08:00",
    "api_name": "API x7Qz",
    "period": 0,
    "status": 40,
    "refund_amount": 0,
}
SAMPLE_CALLBACK: Json = {
    "active_hash": "",
    "amount": 6_500_000,
    "bandwidth_hash": None,
    "energy_amount": 65_000,
    "out_trade_no": "S202302320004",
    "pay_amount": 65_000,
    "period": "1H",
    "receive_address": SAMPLE_ADDRESS,
    "serial": SAMPLE_SERIAL,
    "source": "api",
    "status": 40,
    "txid": SAMPLE_TXID,
    "type": "energy",
}
