"""What travels in the TronZap dialect, as JSON Schemas (specs/tronzap.md sections 2 to 5), with samples."""

from orders.api.docs.parts import (
    OTHER_ADDRESS,
    SAMPLE_ADDRESS,
    SAMPLE_SERIAL,
    SAMPLE_TXID,
    Json,
    address,
    flag,
    number,
    record,
    ref,
    several,
    text,
    whole,
)
from providers.tronzap.wire import SERVICES as SERVICE_NAMES

__all__ = ["SAMPLE_TXID"]

TRX = "In TRX."
# Numbers may come as text, as the dialect's clients send both.
COUNT: Json = {"type": ["integer", "string"]}
HOURS: Json = COUNT | {"description": "Hours, as in the price list; as a rule 1."}
LONGEST_ID = 255
BOUNDS: Json = {
    "duration": whole("Hours."),
    "min_amount": whole("Smallest amount, inclusive."),
    "max_amount": whole("Largest amount, inclusive."),
}
AMOUNTS: Json = record({"energy": COUNT, "bandwidth": COUNT}, optional=["energy", "bandwidth"], is_open=True)
OFFER: Json = {
    "amount": whole("Units."),
    "energy": whole("The same, for old clients."),
    "duration": whole("Hours."),
    "price": number(TRX),
    "activation_fee": number("In TRX; 0 for an address that is active."),
    "total": number("In TRX: both."),
}
PURCHASE_PARAMS: Json = {
    "address": address("Receiver."),
    "amounts": AMOUNTS | {"description": "Needed for a resource_bundle."},
    "amount": COUNT | {"description": "Of what `service` names, where there are no `amounts`."},
    "energy_amount": COUNT | {"description": "The oldest form."},
    "duration": HOURS,
    "activate_address": flag("Activate the receiver too, if it is inactive, at a charge."),
}
IDS: Json = {
    "id": text("Ours.", maxLength=LONGEST_ID),
    "external_id": text("Yours.", maxLength=LONGEST_ID),
}

SCHEMAS: Json = {
    "Nothing": {"type": ["object", "array"], "maxProperties": 0, "maxItems": 0},
    "Error": record(
        {
            "code": whole("Not 0.", minimum=1),
            "key": text("Name of the code; after a dot what it is about."),
            "request_id": text(format="uuid"),
            "error": text("For people."),
        }
    ),
    "Services": record(
        {
            "energy": several(ref("EnergyTier")),
            "bandwidth": several(
                record({**BOUNDS, "price": number("TRX per 1,000 bandwidth.")}), "One entry a tier."
            ),
            "activate_address": record({"price": number(TRX)}),
        },
        optional=["activate_address"],
    ),
    "EnergyTier": record(
        {
            **BOUNDS,
            "min_energy": whole("As min_amount, for old clients."),
            "max_energy": whole("As max_amount, for old clients."),
            "price": number("TRX per 1,000 energy."),
            "price_32k": number("TRX for 32,000."),
            "price_65k": number("TRX for 65,000."),
            "price_131k": number("TRX for 131,000."),
        }
    ),
    "Balance": record({"balance": number(TRX), "address": text()}),
    "AddressOnly": record({"address": address()}, is_open=True),
    "AddressInfo": record(
        {
            "resources": record({"energy": whole("Available now."), "bandwidth": whole("Available now.")}),
            "balances": record({"TRX": number(), "USDT": number()}, optional=["TRX", "USDT"]),
        }
    ),
    "Transfer": record(
        {
            "from_address": address("Sender of the token, who gets the energy."),
            "to_address": address("Recipient of the token."),
            "contract_address": {
                "type": ["string", "null"],
                "description": "USDT where absent, null or empty.",
            },
        },
        optional=["contract_address"],
        is_open=True,
    ),
    "Estimate": record(
        {**OFFER, "from_address": address(), "to_address": address(), "contract_address": address()}
    ),
    "Calculation": record(
        {
            "address": address(),
            "amount": COUNT | {"description": "Units."},
            "energy": COUNT | {"description": "The old name of `amount`."},
            "duration": HOURS,
            "type": text("`energy` where absent.", enum=["energy", "bandwidth"]),
        },
        optional=["amount", "energy", "type"],
        is_open=True,
    ),
    "Quote": record({"address": address(), "type": text(enum=["energy", "bandwidth"]), **OFFER}),
    "Purchase": record(
        {
            "service": text(enum=sorted(set(SERVICE_NAMES.values()))),
            "params": record(
                PURCHASE_PARAMS,
                optional=[name for name in PURCHASE_PARAMS if name != "address"],
                is_open=True,
            ),
            "external_id": IDS["external_id"],
        },
        optional=["external_id"],
        is_open=True,
    ),
    "TransactionCheck": record(IDS, optional=IDS, is_open=True) | {"minProperties": 1},
    "Transaction": record(
        {
            "id": text("Ours.", pattern="^[0-9a-f]{32}$"),
            "external_id": {"type": ["string", "null"], "description": "Yours."},
            "service": text(enum=["energy", "bandwidth", "activate_address"]),
            "params": record(
                PURCHASE_PARAMS, optional=[name for name in PURCHASE_PARAMS if name != "address"]
            ),
            "status": text(enum=["new", "pending", "success", "failed"]),
            "amount": number("Charged, in TRX."),
            "created_at": text(format="date-time"),
            "hash": {"type": ["string", "null"], "description": "Transaction on the chain."},
        }
    ),
}

SERVICES: Json = {
    "energy": [
        {
            "duration": 1,
            "min_amount": 32_000,
            "max_amount": 131_000,
            "min_energy": 32_000,
            "max_energy": 131_000,
            "price": 0.0523,
            "price_32k": 1.67,
            "price_65k": 3.4,
            "price_131k": 6.85,
        }
    ],
    "bandwidth": [{"duration": 1, "min_amount": 300, "max_amount": 50_000, "price": 1}],
    "activate_address": {"price": 1.4},
}
BALANCE: Json = {"balance": 125.38, "address": ""}
ADDRESS_INFO: Json = {
    "resources": {"energy": 65_000, "bandwidth": 600},
    "balances": {"TRX": 25, "USDT": 1000.5},
}
TRANSFER: Json = {"from_address": SAMPLE_ADDRESS, "to_address": OTHER_ADDRESS}
_OFFER: Json = {
    "amount": 65_000,
    "energy": 65_000,
    "duration": 1,
    "price": 3.4,
    "activation_fee": 0,
    "total": 3.4,
}
ESTIMATE: Json = {**_OFFER, **TRANSFER, "contract_address": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"}
CALCULATION: Json = {"address": SAMPLE_ADDRESS, "amount": 65_000, "duration": 1, "type": "energy"}
QUOTE: Json = {"address": SAMPLE_ADDRESS, "type": "energy", **_OFFER}
PURCHASE: Json = {
    "service": "energy",
    "params": {"address": SAMPLE_ADDRESS, "amounts": {"energy": 65_000}, "duration": 1},
    "external_id": "my-external-id-123",
}
TRANSACTION: Json = {
    "id": SAMPLE_SERIAL,
    **PURCHASE,
    "status": "new",
    "amount": 3.4,
    "created_at": "2026-08-07T10:42:12+00:00",
    "hash": None,
}
