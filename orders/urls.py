from django.urls import path

from orders.api import provider_callbacks

urlpatterns = [
    path(
        "callbacks/<str:account_token>/<str:attempt_token>",
        provider_callbacks.receive,
        name="provider-callback",
    ),
]
