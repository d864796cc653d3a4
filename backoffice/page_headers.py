"""Headers of every answer. Settings has the policies and the reasons; frames, sniffing, referrers, openers and HSTS are
Django's own."""

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.cache import add_never_cache_headers


class PageHeaders(CSPMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        if is_staff_page(request):
            add_never_cache_headers(response)
        return super().process_response(request, response)

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and is_staff_page(request):
            parts.config = settings.ADMIN_CONTENT_SECURITY_POLICY
        return parts


def is_staff_page(request: HttpRequest) -> bool:
    return request.path_info.startswith(reverse("admin:index"))
