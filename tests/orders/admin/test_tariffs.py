"""Rates as staff enter them."""

from typing import Any

import pytest
from django.test import Client

from orders.models import TariffRate

ADD = "/admin/orders/tariffrate/add/"
FIELDS = {
    "dialect": "itrx",
    "merchant": "",
    "part": "energy",
    "duration_hours": "48",
    "min_amount": "0",
    "max_amount": "0",
    "price_sun": "150000",
}


def entered(client: Client, path: str = ADD, **fields: str) -> Any:
    return client.post(path, FIELDS | fields)


def test_a_rate_that_can_be_told(administrator: Client) -> None:
    assert entered(administrator).status_code == 302
    assert TariffRate.objects.get(duration_hours=48).price_sun == 150_000


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"duration_hours": "2"}, "not from 2 h"),
        ({"duration_hours": "0"}, "change that one"),
        ({"duration_hours": "24", "min_amount": "65001"}, "change that one"),
        ({"price_sun": "52301"}, "multiple of 1000"),
        ({"part": "small_order", "min_amount": "50000"}, "change that one"),
    ],
)
def test_what_the_public_figures_of_itrx_cannot_tell(
    administrator: Client, fields: dict[str, str], told: str
) -> None:
    before = TariffRate.objects.count()
    response = entered(administrator, **fields)
    assert response.status_code == 200
    assert told in response.content.decode()
    assert TariffRate.objects.count() == before


@pytest.mark.parametrize("fields", [{"dialect": "tronzap", "duration_hours": "2", "price_sun": "52301"}])
def test_other_dialects_tell_more(administrator: Client, fields: dict[str, str]) -> None:
    assert entered(administrator, **fields).status_code == 302


def test_a_rate_may_be_changed_beside_itself(administrator: Client) -> None:
    rate = TariffRate.objects.get(dialect="itrx", part="energy", duration_hours=24)
    path = f"/admin/orders/tariffrate/{rate.pk}/change/"
    assert entered(administrator, path, duration_hours="24", price_sun="190000").status_code == 302
    assert TariffRate.objects.get(pk=rate.pk).price_sun == 190_000
