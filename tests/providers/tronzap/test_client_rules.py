"""Beyond the plain matrix of test_client: look-ups, sums of quotes, refusals before anything is sent."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from providers.base import Balance, Kind, ProviderClient, Quote, ResourceRequest, State, WatchRequest
from providers.errors import CallbackRefused, OutcomeUnknown, ProviderRejected, ProviderUnavailable
from providers.tronzap.client import TronZapClient
from providers.tronzap.wire import error_body

if TYPE_CHECKING:
    from tests.upstream import Upstream

ADDRESS = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
REQUEST_ID = "0123456789abcdef0123456789abcdef"
UUID = "99d8b507-0bca-4d5a-9542-cc2a2f2e3639"


def wanted(kind: Kind = Kind.ENERGY, **fields: Any) -> ResourceRequest:
    amounts: dict[str, Any] = {"energy": 65000} if kind is Kind.ENERGY else {}
    return ResourceRequest(request_id=REQUEST_ID, kind=kind, address=ADDRESS, **(amounts | fields))


def success(result: object) -> bytes:
    return json.dumps({"code": 0, "request_id": UUID, "result": result}).encode()


def transaction(**changes: Any) -> dict[str, Any]:
    params = {"address": ADDRESS, "amounts": {"energy": 65000}, "duration": 1}
    return {
        "id": "t-1",
        "external_id": REQUEST_ID,
        "params": params,
        "status": "new",
        "amount": 3.4,
    } | changes


@pytest.mark.parametrize("status", [200, 404])
def test_only_the_documented_not_found_means_not_found(
    status: int, client: TronZapClient, upstream: "Upstream"
) -> None:
    upstream.answer(error_body(20, UUID, sub_key="transaction"), status)
    assert client.look_up(REQUEST_ID) is None


@pytest.mark.parametrize("code", [2, 30, 35, 500])
def test_no_other_code_means_not_found(code: int, client: TronZapClient, upstream: "Upstream") -> None:
    upstream.answer(error_body(code, UUID))
    with pytest.raises(ProviderUnavailable):
        client.look_up(REQUEST_ID)


def test_not_found_from_a_failing_server_is_not_believed(client: TronZapClient, upstream: "Upstream") -> None:
    upstream.answer(error_body(20, UUID), 500)
    with pytest.raises(ProviderUnavailable):
        client.look_up(REQUEST_ID)


def test_the_transaction_of_another_request_is_not_ours(client: TronZapClient, upstream: "Upstream") -> None:
    upstream.answer(success(transaction(external_id="f" * 32)))
    with pytest.raises(ProviderUnavailable, match="another request"):
        client.look_up(REQUEST_ID)
    upstream.answer(success(transaction(external_id="f" * 32)))
    with pytest.raises(OutcomeUnknown, match="another request"):
        client.purchase(wanted())


def test_a_transaction_without_external_id_is_read(client: TronZapClient, upstream: "Upstream") -> None:
    upstream.answer(success(transaction(external_id=None)))
    progress = client.look_up(REQUEST_ID, upstream_id="t-1")
    assert progress is not None
    assert progress.state is State.PENDING


@pytest.mark.parametrize(
    "changes", [{"id": None}, {"id": 5}, {"status": {}}, {"amount": "many"}, {"amount": -1}, {"params": "x"}]
)
def test_a_purchase_whose_answer_has_wrong_types_may_have_happened(
    changes: dict[str, Any], client: TronZapClient, upstream: "Upstream"
) -> None:
    upstream.answer(success(transaction(**changes)))
    with pytest.raises(OutcomeUnknown):
        client.purchase(wanted())


def test_a_bundle_is_quoted_as_the_sum_of_both_and_activated_once(
    client: TronZapClient, upstream: "Upstream"
) -> None:
    upstream.answer(success({"price": 5.47, "activation_fee": 1.4, "total": 6.87}))
    upstream.answer(success({"price": 0.345, "activation_fee": 1.4, "total": 1.745}))
    quote = client.quote(wanted(Kind.BUNDLE, energy=65000, bandwidth=345, activate=True))
    assert quote == Quote(total_sun=7_215_000, energy=65_000)
    assert [json.loads(received.body)["amount"] for received in upstream.received] == [65000, 345]


def test_an_activation_that_is_not_sold(client: TronZapClient, upstream: "Upstream") -> None:
    upstream.answer(success({"energy": [], "bandwidth": []}))
    with pytest.raises(ProviderRejected):
        client.quote(wanted(Kind.ACTIVATION))


def test_what_is_not_sold_is_refused_before_sending(client: TronZapClient, upstream: "Upstream") -> None:
    watch = WatchRequest(
        request_id=REQUEST_ID,
        kind=Kind.DEPOSIT,
        address=ADDRESS,
        amount_micro=1,
        start_at=datetime(2026, 8, 7, tzinfo=UTC),
        end_at=datetime(2026, 8, 8, tzinfo=UTC),
        callback_url="",
    )
    for request in (watch, wanted(Kind.ENERGY, energy=0), wanted(Kind.BUNDLE, energy=65000)):
        with pytest.raises(ProviderRejected):
            client.purchase(request)
    with pytest.raises(ProviderRejected):
        client.quote(wanted(Kind.BANDWIDTH))
    assert upstream.received == []


@pytest.mark.parametrize("address", ["", "TAddress", "TKuV4gsNRCqEZwS8zRuHJHnCgvNBce7MPe"])
def test_a_top_up_address_with_a_typing_error_is_not_shown(
    address: str, client: TronZapClient, upstream: "Upstream"
) -> None:
    upstream.answer(success({"balance": 1, "address": address}))
    assert client.balance() == Balance(balance_sun=1_000_000)


def test_a_base_url_with_a_trailing_slash(slashed_client: TronZapClient, upstream: "Upstream") -> None:
    upstream.answer(success({"balance": 1}))
    slashed_client.balance()
    assert upstream.received[0].path == "/v1/balance"


def test_no_callbacks_exist(client: TronZapClient) -> None:
    provider: ProviderClient = client
    with pytest.raises(CallbackRefused) as caught:
        provider.parse_callback({}, b"{}", now=datetime(2026, 8, 7, tzinfo=UTC))
    assert caught.value.reason == "unsupported"
    assert not provider.repeats_safely


def test_errors_never_repeat_what_the_upstream_wrote(client: TronZapClient, upstream: "Upstream") -> None:
    upstream.answer(json.dumps({"code": 2, "key": "sec-test", "error": "bad sec-test of tok-test"}).encode())
    with pytest.raises(ProviderRejected) as caught:
        client.purchase(wanted())
    assert "test" not in str(caught.value)
