"""WSGI entry point: `granian --interface wsgi backoffice.wsgi:application`."""

import os
from contextlib import suppress
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


class Request(WSGIRequest):
    """Django's own, mended in two places where strangers reach it before any view does."""

    def __init__(self, environ: dict[str, Any]) -> None:
        # A body without a length is taken for none by Django; where the server ends it, it can be read to its end.
        is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if is_chunked and environ.get("wsgi.input_terminated") and not environ.get("CONTENT_LENGTH"):
            environ["CONTENT_LENGTH"] = str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        super().__init__(environ)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        """A Content-Type that cannot be read is none, and its charset changes nothing: Django answers either with a
        bare 500, or reads the query in a codec of the sender's choice."""
        self.content_type, self.content_params = "", {}
        with suppress(ValueError, LookupError):
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Handler(WSGIHandler):
    request_class = Request


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
django.setup(set_prefix=False)
if settings.WALLET_KEYS:  # no system check runs on this way in
    raise ImproperlyConfigured("a web server must not hold WALLET_KEYS: they are the signer's alone")
application = Handler()
