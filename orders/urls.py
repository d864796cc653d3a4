from django.urls import include, path, re_path

from orders.api import provider_callbacks

MERCHANT_APIS = [
    path("", include("orders.api.itrx.urls")),
    path("", include("orders.api.tronzap.urls")),
    path("", include("orders.api.crossingpay.urls")),
]

urlpatterns = [
    path(
        "callbacks/<slug:account_token>/<slug:attempt_token>",
        provider_callbacks.receive,
        name="provider-callback",
    ),
    *MERCHANT_APIS,
    # A client that was given a base URL with a slash at its end asks for //v1/services.
    re_path(r"^[/]+", include(MERCHANT_APIS)),
    path("", include("orders.api.docs.urls")),
]
