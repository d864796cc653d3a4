from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from orders.api.edge import edge
from orders.api.tronzap import reading, transactions
from orders.api.tronzap.gate import refusal
from providers.tronzap.wire import paths

ENDPOINTS = {
    paths.SERVICES: reading.services,
    paths.BALANCE: reading.balance,
    paths.ADDRESS_INFO: reading.address_info,
    paths.ESTIMATE_ENERGY: reading.estimate_energy,
    paths.CALCULATE: reading.calculate,
    paths.TRANSACTION_NEW: transactions.create,
    paths.TRANSACTION_CHECK: transactions.check,
    paths.DIRECT_RECHARGE_INFO: reading.direct_recharge_info,
}
NOT_OFFERED = (
    *("/v1/aml-checks", "/v1/aml-checks/new", "/v1/aml-checks/check", "/v1/aml-checks/history"),
    *("/v1/subscriptions", "/v1/subscriptions/history"),
    *("/v1/subscription/start", "/v1/subscription/check", "/v1/subscription/stop"),
)


@edge(lambda: refusal(500))
def unknown(_request: HttpRequest) -> HttpResponse:
    return refusal(404)


urlpatterns = [
    *(path(each.removeprefix("/"), view) for each, view in ENDPOINTS.items()),
    *(path(each.removeprefix("/"), reading.not_offered) for each in NOT_OFFERED),
    # Everything below the prefix, whatever characters it has.
    re_path(r"^v1(?:/|$)", unknown),
]
