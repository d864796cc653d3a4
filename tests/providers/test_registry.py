import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from providers import keyring, registry
from providers.base import Kind
from providers.crossingpay.client import CrossingPayClient
from providers.errors import CallbackRefused, ProviderError, TargetRefused
from providers.itrx.client import ItrxClient
from providers.models import ProviderAccount, ProviderCall, ProviderKind
from providers.tronzap.client import TronZapClient

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLASSES = {
    ProviderKind.ITRX: ItrxClient,
    ProviderKind.TRONZAP: TronZapClient,
    ProviderKind.CROSSINGPAY: CrossingPayClient,
}


class Upstream(ThreadingHTTPServer):
    """Answers each POST and GET with an empty object; remembers who connected and with which key."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.clients: list[tuple[str, int]] = []
        self.keys: list[str] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        assert isinstance(self.server, Upstream)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.clients.append(self.client_address)
        self.server.keys.append(self.headers.get("Authorization", ""))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(30)


@pytest.fixture
def make_account(db: None) -> Callable[..., ProviderAccount]:
    def make(kind: str, **fields: Any) -> ProviderAccount:
        given = {"label": kind, "base_url": "http://127.0.0.1:65535", "sealed_key": keyring.seal("key-1f2e")}
        return ProviderAccount.objects.create(
            kind=kind, sealed_secret=keyring.seal("secret-3d4c"), **(given | fields)
        )

    return make


@pytest.fixture
def account(make_account: Callable[..., ProviderAccount], upstream: Upstream) -> ProviderAccount:
    return make_account("tronzap", base_url=f"http://127.0.0.1:{upstream.server_port}")


def call(account: ProviderAccount) -> None:
    """One read; the empty object means nothing to the client, which is not the point here."""
    with pytest.raises(ProviderError):
        registry.client_for(account, now=NOW).balance()


def test_a_closed_address_is_not_called(
    account: ProviderAccount, upstream: Upstream, settings: Settings
) -> None:
    call(account)
    assert len(upstream.clients) == 1
    settings.PROVIDER_ALLOWED_NETWORKS = []
    settings.CALLBACK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]  # meant for others
    settings.DEBUG = True
    with pytest.raises(TargetRefused):
        registry.client_for(account, now=NOW).balance()
    assert len(upstream.clients) == 1
    assert ProviderCall.objects.filter(sent=False, error__contains="may not be called").count() == 1


@pytest.mark.parametrize("kind", list(ProviderKind))
def test_each_kind_has_its_client(make_account: Callable[..., ProviderAccount], kind: ProviderKind) -> None:
    client = registry.client_for(make_account(kind), now=NOW)
    assert type(client) is CLASSES[kind]
    assert client.kinds == registry.KINDS_SUPPORTED[kind]


def test_every_kind_of_order_has_an_upstream() -> None:
    assert set(registry.KINDS_SUPPORTED) == set(ProviderKind)
    assert frozenset().union(*registry.KINDS_SUPPORTED.values()) == frozenset(Kind)


@pytest.mark.parametrize("has_query", [False, True])
def test_a_crossingpay_account_looks_up_only_where_there_is_a_query(
    make_account: Callable[..., ProviderAccount], has_query: bool
) -> None:
    account = make_account("crossingpay", has_query=has_query)
    assert registry.client_for(account, now=NOW).can_look_up is has_query


def test_calls_of_one_thread_share_a_connection_and_are_recorded(
    account: ProviderAccount, upstream: Upstream
) -> None:
    call(account)
    call(ProviderAccount.objects.get(pk=account.pk))
    assert len(set(upstream.clients)) == 1
    assert ProviderCall.objects.filter(account=account, status=200).count() == 2
    assert "key-1f2e" not in str(list(ProviderCall.objects.values()))


def test_a_replaced_key_is_used_and_masked_at_once(account: ProviderAccount, upstream: Upstream) -> None:
    call(account)
    account.sealed_key = keyring.seal("key-9a8b")
    account.sealed_secret = keyring.seal("secret-7c6d")
    account.save()
    call(account)
    assert upstream.keys == ["Bearer key-1f2e", "Bearer key-9a8b"]
    assert "key-9a8b" not in str(list(ProviderCall.objects.values()))


def test_the_end_of_a_grace_is_noticed(account: ProviderAccount) -> None:
    account.previous_sealed_key = keyring.seal("key-old")
    account.previous_sealed_secret = keyring.seal("secret-old")
    account.previous_until = NOW + timedelta(hours=1)
    during = registry._transport(account, account.credentials(now=NOW))
    still = registry._transport(account, account.credentials(now=NOW + timedelta(minutes=59)))
    after = registry._transport(account, account.credentials(now=NOW + timedelta(hours=1)))
    assert during is still
    assert during is not after


def test_a_forked_process_opens_connections_of_its_own(
    account: ProviderAccount, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(account)
    monkeypatch.setattr("os.getpid", lambda: -1)
    call(account)
    assert len(set(upstream.clients)) == 2


@pytest.mark.django_db(transaction=True)
def test_threads_have_connections_of_their_own(account: ProviderAccount, upstream: Upstream) -> None:
    credentials = account.credentials(now=NOW)
    transports: list[object] = []

    def build() -> None:
        transports.append(registry._transport(account, credentials))

    for target in (build, build):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join(30)
    build()
    build()
    assert len({id(transport) for transport in transports}) == 3
    assert transports[2] is transports[3]


def test_a_value_sealed_by_a_lost_ring_says_so(make_account: Callable[..., ProviderAccount]) -> None:
    account = make_account("itrx", sealed_key="gAAAA-not-a-token")
    with pytest.raises(keyring.SecretUnreadable):
        registry.client_for(account, now=NOW)


def test_a_client_without_callbacks_refuses_them(account: ProviderAccount) -> None:
    with pytest.raises(CallbackRefused):
        registry.client_for(account, now=NOW).parse_callback({}, b"{}", now=NOW)
