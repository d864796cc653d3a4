"""Answers to requests that fail outside a view: an API's in its dialect, else Django's own pages."""

import logging

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

from backoffice.login import trail
from orders.api import unreached

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    # Django's own line about it would come with a traceback, and anybody can send such a request.
    if isinstance(exception, SuspiciousOperation):
        logger.warning("%s %.200r refused: %.200s", request.method, request.path, exception)
    return unreached.answer(request, 400) or defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return unreached.answer(request, 404) or defaults.page_not_found(request, exception)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    trail.throttled(request)
    return render(request, "429.html", status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    return unreached.answer(request, 500) or defaults.server_error(request)
