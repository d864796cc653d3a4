"""Which handler answers which method and path; every dialect has its own words for a path it does not have."""

import logging
import uuid
from collections.abc import Callable

from providers.crossingpay import wire as crossingpay_wire
from providers.itrx import wire as itrx_wire
from providers.sandbox import control
from providers.sandbox.crossingpay import ordering
from providers.sandbox.exchange import Refusal, Reply, Request, error_page, json_reply
from providers.sandbox.itrx import buying as itrx_buying
from providers.sandbox.itrx import reading as itrx_reading
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.tron import control as chain_control
from providers.sandbox.tron import node
from providers.sandbox.tron import page as chain_page
from providers.sandbox.tronzap import buying as tronzap_buying
from providers.sandbox.tronzap import reading as tronzap_reading
from providers.tronzap import wire as tronzap_wire

logger = logging.getLogger(__name__)

Handler = Callable[[Sandbox, Request], Reply]

TRONZAP_PREFIX = "/v1/"
CROSSINGPAY_PREFIX = "/api/orders"

ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", itrx_wire.INDEX_DATA): itrx_reading.index_data,
    ("GET", itrx_wire.ORDER_PRICE): itrx_reading.price,
    ("GET", itrx_wire.ORDER_QUERY): itrx_reading.query,
    ("GET", itrx_wire.SUMMARY): itrx_reading.summary,
    ("POST", itrx_wire.ORDER): itrx_buying.order,
    ("POST", itrx_wire.COLLECT): itrx_buying.collect,
    ("POST", itrx_wire.RECLAIM): itrx_reading.reclaim,
    ("POST", "/v1/services"): tronzap_reading.services,
    ("POST", "/v1/balance"): tronzap_reading.balance,
    ("POST", "/v1/address-info"): tronzap_reading.address_info,
    ("POST", "/v1/estimate-energy"): tronzap_reading.estimate_energy,
    ("POST", "/v1/calculate"): tronzap_reading.calculate,
    ("POST", "/v1/direct-recharge-info"): tronzap_reading.direct_recharge_info,
    ("POST", "/v1/transaction/new"): tronzap_buying.transaction_new,
    ("POST", "/v1/transaction/check"): tronzap_buying.transaction_check,
    ("POST", "/api/orders/monitor"): ordering.monitor,
    ("POST", "/api/orders/deposit"): ordering.deposit,
    ("POST", "/api/orders/query"): ordering.query,
    ("GET", "/api/orders/query"): ordering.query,
    ("GET", "/healthz"): lambda sandbox, request: json_reply({"status": "ok"}),
    ("GET", "/"): control.page,
    ("GET", "/control"): control.page,
    ("POST", "/control"): control.submitted,
    ("GET", chain_page.PATH): chain_page.show,
    ("POST", chain_page.PATH): chain_page.submitted,
    ("POST", "/control/accounts"): control.add_account,
    ("POST", "/control/rules"): control.add_rule,
    ("POST", "/control/settings"): control.change_settings,
    ("POST", "/control/pay"): control.pay,
    ("POST", "/control/reset"): control.reset,
    ("POST", "/control/inbox-keys"): control.add_inbox_keys,
    ("POST", "/control/inbox"): control.script_inbox,
    ("GET", "/control/purchases"): control.purchases_made,
    ("GET", "/control/requests"): control.requests_seen,
}


def answer(sandbox: Sandbox, request: Request) -> Reply:
    """Never raises: bad input and our own faults are told in the dialect's shape."""
    try:
        return _handler(request)(sandbox, request)
    except Refusal as refusal:
        return refusal.reply
    except crossingpay_wire.RequestRefused as refusal:
        return Reply(status=refusal.status, body=refusal.body, content_type=ordering.JSON_UTF8)
    except ValueError as error:  # bad input; a dialect words its own refusals
        return json_reply({"error": str(error)}, 400)
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        return _error(request.path, 500, "Internal server error.")


def _handler(request: Request) -> Handler:
    path = request.path.rstrip("/") or "/"
    if node.is_path(path):
        return node.answer
    if chain_control.is_path(path):
        return chain_control.answer
    if path.startswith("/inbox/"):
        return control.receive if request.method == "POST" else control.show_inbox
    handler = ROUTES.get((request.method, path))
    if handler is None:
        raise Refusal(_missing(path))
    return handler


def _missing(path: str) -> Reply:
    known = {route for _, route in ROUTES}
    status = 405 if path in known else 404
    return _error(path, status, "Not found." if status == 404 else "Method not allowed.")


def too_large(path: str) -> Reply:
    return _error(path, 413, "The body is too large.")


def _error(path: str, status: int, message: str) -> Reply:
    """What has no documented body, in the shape of the dialect to which the path belongs."""
    if path.startswith(itrx_wire.PREFIX):
        return json_reply({"detail": message}, status)
    if path.startswith(TRONZAP_PREFIX):
        return Reply(status=status, body=tronzap_wire.error_body(status, str(uuid.uuid4())))
    if path.startswith(CROSSINGPAY_PREFIX):
        code = {413: "too_large", 500: "internal"}.get(status, "not_found")
        body = crossingpay_wire.error_body(code, message)
        return Reply(status=status, body=body, content_type=ordering.JSON_UTF8)
    return error_page(message, status)
