import pytest

from providers.tronzap.wire import ERRORS, Meaning, meaning_of


@pytest.mark.parametrize(
    ("code", "key", "meaning"),
    [
        (1, "auth", Meaning.MISCONFIGURED),
        (2, "invalid_service_or_params", Meaning.REJECTED),
        (5, "wallet_not_found", Meaning.REJECTED),
        (6, "insufficient_funds", Meaning.NO_FUNDS),
        (10, "invalid_tron_address", Meaning.REJECTED),
        (11, "invalid_energy_amount", Meaning.REJECTED),
        (12, "invalid_duration", Meaning.REJECTED),
        (13, "", Meaning.NO_FUNDS),
        (20, "subscription_not_found", Meaning.NOT_FOUND),
        (21, "cannot_stop_subscription", Meaning.REJECTED),
        (24, "address_not_activated", Meaning.REJECTED),
        (25, "address_already_activated", Meaning.REJECTED),
        (30, "aml_check_not_found", Meaning.NOT_FOUND),
        (35, "service_unavailable", Meaning.UNAVAILABLE),
        (50, "invalid_bandwidth_amount", Meaning.REJECTED),
        (500, "internal_server_error", Meaning.UNKNOWN),
    ],
)
def test_documented_codes(code: int, key: str, meaning: Meaning) -> None:
    assert ERRORS[code].key == key
    assert meaning_of(code) is meaning


@pytest.mark.parametrize("code", [-1, 3, 60, 404, 429, 999])
def test_an_undocumented_code_means_nothing(code: int) -> None:
    assert meaning_of(code) is Meaning.UNKNOWN
