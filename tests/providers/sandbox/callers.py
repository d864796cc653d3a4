"""Clients of the three dialects written from the specs alone: they sign by themselves, so that the sandbox and the
product cannot agree on the same mistake unnoticed."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import requests

from providers.sandbox.accounts import NewAccount

TIMEOUT_SECONDS = 30
PREFIX = "/api/v1/frontend"
CHINA = timezone(timedelta(hours=8))


def session() -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    return made


@dataclass(frozen=True)
class ItrxCaller:
    url: str
    account: NewAccount
    timeout_seconds: float = TIMEOUT_SECONDS

    def post(
        self, path: str, params: dict[str, Any], *, age_seconds: int = 0, secret: str = ""
    ) -> requests.Response:
        body = json.dumps(params, sort_keys=True, separators=(",", ":"))
        timestamp = str(int(time.time()) - age_seconds)
        key = (secret or self.account.secret).encode()
        signature = hmac.new(key, f"{timestamp}&{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"API-KEY": self.account.key, "TIMESTAMP": timestamp, "SIGNATURE": signature}
        headers["Content-Type"] = "application/json"
        url = f"{self.url}{PREFIX}{path}"
        return session().post(url, data=body, headers=headers, timeout=self.timeout_seconds)

    def get(self, path: str, **query: Any) -> requests.Response:
        headers = {"API-KEY": self.account.key}
        url = f"{self.url}{PREFIX}{path}"
        return session().get(url, params=query, headers=headers, timeout=TIMEOUT_SECONDS)

    def collect(self, address: str, request_id: str, **more: Any) -> requests.Response:
        params = {"receive_address": address, "scene": 0, "out_trade_no": request_id}
        return self.post("/order/collect-manual", params | more)

    def order(self, address: str, request_id: str, **more: Any) -> requests.Response:
        params = {
            "receive_address": address,
            "energy_amount": 65_000,
            "period": "1H",
            "out_trade_no": request_id,
        }
        return self.post("/order", params | more)

    def query(self, request_id: str) -> Any:
        return self.get("/order/query", out_trade_no=request_id).json()


@dataclass(frozen=True)
class TronzapCaller:
    url: str
    account: NewAccount

    def post_raw(self, path: str, body: bytes, signature: str) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self.account.key}",
            "X-Signature": signature,
            "Content-Type": "application/json",
        }
        return session().post(f"{self.url}/v1{path}", data=body, headers=headers, timeout=TIMEOUT_SECONDS)

    def post(self, path: str, params: dict[str, Any], *, secret: str = "") -> requests.Response:
        body = json.dumps(params).encode()
        signature = hashlib.sha256(body + (secret or self.account.secret).encode()).hexdigest()
        return self.post_raw(path, body, signature)

    def new(self, address: str, request_id: str, service: str = "energy", **params: Any) -> requests.Response:
        wanted: dict[str, Any] = {"address": address} | params
        if service == "energy":
            wanted = {"amounts": {"energy": 65_000}, "duration": 1} | wanted
        return self.post(
            "/transaction/new", {"service": service, "params": wanted, "external_id": request_id}
        )

    def check(self, request_id: str) -> Any:
        return self.post("/transaction/check", {"external_id": request_id}).json()


@dataclass(frozen=True)
class CrossingpayCaller:
    url: str
    account: NewAccount

    def post(self, path: str, fields: dict[str, Any]) -> requests.Response:
        url = f"{self.url}/api/orders{path}"
        return session().post(url, json={"apikey": self.account.secret} | fields, timeout=TIMEOUT_SECONDS)

    def deposit(self, address: str, order_id: str, amount: str, callback: str) -> requests.Response:
        fields = {"order_id": order_id, "address": address, "amount": amount, "callback": callback}
        return self.post("/deposit", fields)

    def monitor(
        self, address: str, order_id: str, amount: str, callback: str, *, start: datetime, end: datetime
    ) -> requests.Response:
        fields = {"order_id": order_id, "address": address, "amount": amount, "callback": callback}
        times = {"start_time": china(start), "end_time": china(end)}
        return self.post("/monitor", fields | times)

    def query(self, order_id: str) -> requests.Response:
        return self.post("/query", {"order_id": order_id})


def china(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
