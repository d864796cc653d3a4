"""Baselines of the merchant APIs.

`bare`: the least that an order's view could do: find the key by its digest, check one HMAC of the body, insert one row.
`rows`: as bare, but the rows that placing an order means here, in one transaction and with nothing decided: the order,
its event, its task, two balances, one transfer.
"""

import hashlib
import hmac
import json
import uuid

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django_q.tasks import async_task

from orders.models import ApiCredential, LedgerAccount, Order, OrderEvent, OrderKind, SpentToken, Transfer
from orders.services import rotation
from providers import keyring

PRICE_SUN = 1_000


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    if _authenticated(request) is None:
        return JsonResponse({}, status=401)
    row = SpentToken.objects.create(token=uuid.uuid4().hex, spent_at=timezone.now())
    return JsonResponse({"token": row.token})


@csrf_exempt
def rows(request: HttpRequest) -> HttpResponse:
    credential = _authenticated(request)
    if credential is None:
        return JsonResponse({}, status=401)
    now = timezone.now()
    with transaction.atomic():
        order = Order.objects.create(
            merchant_id=credential.merchant_id,
            kind=OrderKind.ENERGY,
            dialect=credential.dialect,
            source="api",
            serial=uuid.uuid4().hex,
            address=json.loads(request.body)["receive_address"],
            energy=65_000,
            duration_hours=1,
            price_sun=PRICE_SUN,
            deadline_at=now,
            created_at=now,
        )
        OrderEvent.objects.create(order=order, code="placed", text="order placed", created_at=now)
        async_task("math.gcd", order.pk, order.pk)
        accounts = [f"{kind}:TRX:m{credential.merchant_id}" for kind in ("available", "held")]
        for key, change in zip(accounts, (-PRICE_SUN, PRICE_SUN), strict=True):
            LedgerAccount.objects.filter(key=key).update(balance=F("balance") + change)
        debit, credit = (
            LedgerAccount.objects.filter(key__in=accounts).order_by("key").values_list("pk", flat=True)
        )
        Transfer.objects.create(
            debit_id=debit, credit_id=credit, amount=PRICE_SUN, code="hold", order=order, created_at=now
        )
    return JsonResponse({"serial": order.serial})


def _authenticated(request: HttpRequest) -> ApiCredential | None:
    credential = ApiCredential.objects.get(key_digest__in=keyring.digests(request.headers["API-KEY"]))
    secret = rotation.open_pair(credential).secret.encode()
    expected = hmac.new(secret, request.body, hashlib.sha256).hexdigest()
    return credential if hmac.compare_digest(expected, request.headers["SIGNATURE"]) else None


urlpatterns = [path("bare", bare), path("rows", rows), path("", include("backoffice.urls"))]
