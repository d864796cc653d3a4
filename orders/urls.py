from django.urls import include, path

from orders.api import provider_callbacks

urlpatterns = [
    path(
        "callbacks/<slug:account_token>/<slug:attempt_token>",
        provider_callbacks.receive,
        name="provider-callback",
    ),
    path("", include("orders.api.itrx.urls")),
    path("", include("orders.api.tronzap.urls")),
    path("", include("orders.api.crossingpay.urls")),
    path("", include("orders.api.docs.urls")),
]
