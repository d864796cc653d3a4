"""The samples printed in the vendor's documentation buy here as they are (tests/peers/tronzap/samples)."""

import re
from pathlib import Path

import pytest

from orders.models import Merchant, Order
from orders.states import OrderStatus
from providers.base import KeyPair
from providers.sandbox.outcomes import ADDRESSES, INACTIVE, Outcome
from tests.flows.stack import Stack
from tests.flows.stories import story, wait_for_end
from tests.flows.upstreams import Upstreams
from tests.peers import programs

SAMPLES = Path(__file__).parent / "samples"
RUN = {"bash": programs.bash, "javascript": programs.javascript, "python": programs.python}
ADDRESS_OF = {"energy": ADDRESSES[Outcome.SUCCESS], "activation": INACTIVE}
PRICE_SUN = {"energy": 1_670_000, "activation": 1_400_000}
NAMES = sorted(path.name for path in SAMPLES.glob("*.txt"))


def filled_in(text: str, replaced: dict[str, str]) -> str:
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    return text


def test_all_samples_are_there() -> None:
    assert [
        *("activation.bash.txt", "activation.javascript.txt"),
        *("energy.bash.txt", "energy.javascript.txt", "energy.python.txt"),
    ] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_buys(
    stack: Stack, upstreams: Upstreams, merchant: Merchant, pair: KeyPair, node: None, name: str
) -> None:
    what, language, _ = name.split(".")
    source = filled_in(
        (SAMPLES / name).read_text(),
        {
            "https://api.tronzap.com": stack.web_url,
            "your_api_token": pair.key,
            "your_api_secret": pair.secret,
            "TRX_ADDRESS": ADDRESS_OF[what],
        },
    )
    printed = RUN[language](source)
    order = Order.objects.get(merchant=merchant)
    assert order.serial in printed, printed
    assert re.search(r"""["']?status["']?: ?["']new["']""", printed), printed
    assert (order.external_id, order.price_sun) == ("my-external-id-123", PRICE_SUN[what])
    wait_for_end(stack, [order])
    order.refresh_from_db()
    assert order.status == OrderStatus.SUCCEEDED, story(order.pk)
    request_id = order.attempts.get().request_id
    assert [each.address for each in upstreams.purchases() if each.request_id == request_id] == [
        order.address
    ]
