"""Migrations that rewrite rows, on rows as older versions left them."""

from importlib import import_module

import pytest
from django.apps import apps

from orders.models import ApiCredential, Callback, CallbackHost, CallbackLog
from tests.orders.conftest import NOW


@pytest.mark.parametrize(
    ("url", "old", "new"),
    [
        ("https://Shop.Example/cb", "Shop.Example", "shop.example"),
        ("https://shop.example:443/cb", "shop.example:443", "shop.example"),
        ("http://SHOP.example:80/cb", "SHOP.example:80", "shop.example"),
        ("http://shop.example:443/cb", "shop.example:443", "shop.example:443"),
        ("https://shop.example:8080/cb", "shop.example:8080", "shop.example:8080"),
    ],
)
def test_endpoints_get_their_one_name(credential: ApiCredential, url: str, old: str, new: str) -> None:
    callback = Callback.objects.create(
        merchant=credential.merchant,
        is_test=True,
        url=url,
        host=old,
        format="itrx",
        credential=credential,
        payload={},
        created_at=NOW,
        next_attempt_at=NOW,
        claimable_at=NOW,
    )
    log = CallbackLog.objects.create(
        direction="out", callback=callback, url=url, host=old, verdict="refused", created_at=NOW
    )
    CallbackHost.objects.create(host=old)
    import_module("orders.migrations.0030_host_names").rename(apps, None)
    callback.refresh_from_db()
    log.refresh_from_db()
    assert (callback.host, log.host) == (new, new)
    assert CallbackHost.objects.filter(host=old).exists() is (old == new)


def test_promised_retries(credential: ApiCredential) -> None:
    common = {"merchant": credential.merchant, "is_test": True, "credential": credential, "payload": {}}
    moments = {"created_at": NOW, "next_attempt_at": NOW, "claimable_at": NOW}
    ping = Callback.objects.create(format="itrx", is_retried=False, **common, **moments)
    import_module("orders.migrations.0031_promised_retries").promise(apps, None)
    ping.refresh_from_db()
    assert not ping.is_retried, "a test is tried once"
