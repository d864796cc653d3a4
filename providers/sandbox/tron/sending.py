"""broadcasttransaction, broadcasthex and getsignweight."""

import json
from typing import Any

from providers.sandbox.tron import broadcast as broadcasting
from providers.sandbox.tron import faults
from providers.sandbox.tron.execution import Refused
from providers.sandbox.tron.faults import Fault
from providers.sandbox.tron.parameters import BadParameter, Values, hex_bytes
from providers.sandbox.tron.printing import dumped
from providers.sandbox.tron.view import View
from providers.tron import encoding, transaction_json
from providers.tron.encoding import Signed

WRONG_TXID = "ee" * 32


def broadcast(view: View, values: Values) -> bytes:
    return dumped(_submit(view, _read(values), hexadecimal=True))


def broadcast_hex(view: View, values: Values) -> bytes:
    try:
        signed = encoding.decode_signed(hex_bytes(values, "transaction"))
        shown = transaction_json.printed(signed)
    except ValueError as error:
        raise BadParameter(f"class com.google.protobuf.InvalidProtocolBufferException : {error}") from error
    answer = {"result": False, **_submit(view, signed, hexadecimal=False)}
    return dumped(answer | {"transaction": json.dumps({"visible": False, **shown})})


def sign_weight(view: View, values: Values) -> bytes:
    """What a signing client may ask for the id; one that signs what it is told here is lost."""
    signed = _read(values)
    wrong = faults.take(view.db, Fault.WRONG_TXID) is not None
    txid = WRONG_TXID if wrong else encoding.txid(signed.raw).hex()
    transaction = {"txid": txid, "transaction": transaction_json.printed(signed) | {"txID": txid}}
    return dumped({"result": {"code": "ENOUGH_PERMISSION"}, "transaction": transaction})


def _read(values: Values) -> Signed:
    try:
        return transaction_json.read_signed(values)
    except ValueError as error:
        raise BadParameter(f"class java.lang.IllegalArgumentException : {error}") from error


def _submit(view: View, signed: Signed, *, hexadecimal: bool) -> dict[str, Any]:
    txid = encoding.txid(signed.raw).hex()
    if faults.take(view.db, Fault.BUSY) is not None:
        busy = Refused("SERVER_BUSY", "Server is busy.")
        return broadcasting.refused(busy, txid, hexadecimal=hexadecimal)
    answer = broadcasting.answer(view.db, signed, view.now_ms, hexadecimal=hexadecimal)
    if not answer.get("result"):
        return answer
    if faults.take(view.db, Fault.LOST) is not None:
        view.db.execute("DELETE FROM chain_transactions WHERE txid = ?", (txid,))
    if faults.take(view.db, Fault.OTHER_ERROR) is not None:
        other = Refused("OTHER_ERROR", "Other error: the node was interrupted")
        return broadcasting.refused(other, txid, hexadecimal=hexadecimal)
    return answer
