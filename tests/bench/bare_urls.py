"""The least that an order's view could do: find the key by its digest, check one HMAC of the body, insert one row."""

import hashlib
import hmac
import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from orders.models import ApiCredential, SpentToken
from orders.services import rotation
from providers import keyring


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    key = request.headers["API-KEY"]
    credential = ApiCredential.objects.get(key_digest__in=keyring.digests(key))
    secret = rotation.open_pair(credential).secret.encode()
    expected = hmac.new(secret, request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers["SIGNATURE"]):
        return JsonResponse({}, status=401)
    row = SpentToken.objects.create(token=uuid.uuid4().hex, spent_at=timezone.now())
    return JsonResponse({"token": row.token})


urlpatterns = [path("bare", bare), path("", include("backoffice.urls"))]
