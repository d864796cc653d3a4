"""`/healthz` is answered before any of these, see backoffice/health.py."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from backoffice import viewer_language

handler400 = "backoffice.failures.bad_request"
handler404 = "backoffice.failures.not_found"
handler429 = "backoffice.failures.too_many_requests"  # django-allauth's
handler500 = "backoffice.failures.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include("backoffice.login.urls")),
    path("admin/language/", viewer_language.choose, name="language"),
    path("admin/", admin.site.urls),
    path("", include("orders.urls")),
]
