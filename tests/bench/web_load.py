"""Merchants' requests, as a process beside the web server, JSON out: `python -m tests.bench.web_load PORT COUNT
CONNECTIONS`.

Every request is made up before the clock starts; a connection is kept for all that go over it.
"""

import hashlib
import hmac
import http.client
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median

import django

django.setup()

from django.utils import timezone  # noqa: E402 - needs the settings

from orders.models import ApiCredential, Dialect, Merchant  # noqa: E402
from orders.services import rotation  # noqa: E402
from providers.base import KeyPair  # noqa: E402
from providers.crossingpay.wire import MONITOR_PATH  # noqa: E402
from providers.itrx import wire as itrx  # noqa: E402
from providers.sandbox.outcomes import ADDRESSES, Outcome, published  # noqa: E402
from tests.bench.load import merchant  # noqa: E402

ROUNDS = 3
WARM_UP = 40
ADDRESS = ADDRESSES[Outcome.SUCCESS]
OTHER_ADDRESS = published("wallet-1-1")

Request = tuple[str, bytes, dict[str, str]]


def pair_of(payer: Merchant, dialect: str) -> KeyPair:
    return rotation.open_pair(ApiCredential.objects.get(merchant=payer, dialect=dialect))


def bare(pair: KeyPair, number: int, path: str = "/bare") -> Request:
    body = json.dumps({"out_trade_no": str(number), "receive_address": ADDRESS}).encode()
    signature = hmac.new(pair.secret.encode(), body, hashlib.sha256).hexdigest()
    return path, body, {"API-KEY": pair.key, "SIGNATURE": signature}


def rows(pair: KeyPair, number: int) -> Request:
    return bare(pair, number, "/rows")


def collect(pair: KeyPair, number: int) -> Request:
    stamp = str(int(time.time()))
    fields = {"scene": 0, "receive_address": ADDRESS, "to_address": OTHER_ADDRESS}
    body = json.dumps(fields | {"out_trade_no": str(number)}, sort_keys=True, separators=(",", ":")).encode()
    signature = itrx.sign(pair.secret, stamp, body)
    return itrx.COLLECT, body, {"API-KEY": pair.key, "TIMESTAMP": stamp, "SIGNATURE": signature}


def monitor(pair: KeyPair, number: int) -> Request:
    """Each for an amount of its own: no window overlaps."""
    now = timezone.now()
    fields = {
        "apikey": pair.key,
        "order_id": str(number),
        "address": ADDRESS,
        "amount": f"{1 + number // 10**6}.{number % 10**6:06}",
        "callback": "https://m.example/cb",
        "start_time": now.isoformat(),
        "end_time": (now + timedelta(hours=1)).isoformat(),
    }
    return MONITOR_PATH, json.dumps(fields).encode(), {}


def send(port: int, requests: list[Request]) -> None:
    """Raises RuntimeError for an answer other than 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for path, body, headers in requests:
        connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status} {answer.decode()}")
    connection.close()


def rate(port: int, requests: list[Request], connections: int) -> float:
    shares = [requests[first::connections] for first in range(connections)]
    with ThreadPoolExecutor(connections) as threads:
        start = time.perf_counter()
        for sent in [threads.submit(send, port, share) for share in shares]:
            sent.result()
        return len(requests) / (time.perf_counter() - start)


def rates(port: int, count: int, connections: int) -> dict[str, float]:
    """Requests a second: the median of rounds in which each has its turn, so that all see the same machine."""
    payer = merchant()
    makers: dict[str, tuple[Callable[[KeyPair, int], Request], KeyPair]] = {
        "bare": (bare, pair_of(payer, Dialect.ITRX)),
        "rows": (rows, pair_of(payer, Dialect.ITRX)),
        "collect": (collect, pair_of(payer, Dialect.ITRX)),
        "monitor": (monitor, pair_of(payer, Dialect.CROSSINGPAY)),
    }
    seen: dict[str, list[float]] = {name: [] for name in makers}
    for turn in range(ROUNDS + 1):
        for name, (make, pair) in makers.items():
            size = count if turn else WARM_UP
            requests = [make(pair, turn * 10**6 + number) for number in range(size)]
            seen[name].append(rate(port, requests, connections))
    return {name: median(values[1:]) for name, values in seen.items()}


if __name__ == "__main__":
    json.dump(rates(*map(int, sys.argv[1:])), sys.stdout)
