from django.urls import path

from orders.api.docs import views

urlpatterns = [
    path("docs/", views.index, name="api-docs"),
    path("docs/<slug:dialect>/", views.viewer, name="api-docs-dialect"),
    path("docs/<slug:dialect>/openapi.json", views.openapi, name="api-docs-openapi"),
]
