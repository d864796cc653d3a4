import pytest

from providers.errors import OutcomeUnknown, ProviderMisconfigured, ProviderRejected, ProviderUnavailable
from providers.http import Answer
from providers.tronzap.verdicts import read_result
from providers.tronzap.wire import ERRORS, error_body, success_body

UUID = "99d8b507-0bca-4d5a-9542-cc2a2f2e3639"
REFUSALS = {2, 5, 6, 10, 11, 12, 13, 21, 24, 25, 50}


def read(body: bytes, *, spending: bool, status: int = 200) -> object:
    return read_result(Answer(status=status, headers={}, body=body), spending=spending)


@pytest.mark.parametrize("spending", [True, False])
@pytest.mark.parametrize("status", [200, 201])
def test_success(spending: bool, status: int) -> None:
    assert read(success_body({"a": 1}, UUID), spending=spending, status=status) == {"a": 1}


@pytest.mark.parametrize("spending", [True, False])
@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_definite_refusals(code: int, spending: bool) -> None:
    with pytest.raises(ProviderRejected) as caught:
        read(error_body(code, UUID), spending=spending)
    assert caught.value.code == str(code)
    assert caught.value.no_funds is (code in (6, 13))


@pytest.mark.parametrize(
    ("code", "when_spending", "when_reading"),
    [
        (1, ProviderMisconfigured, ProviderMisconfigured),
        (20, OutcomeUnknown, ProviderRejected),  # no documented answer to a purchase
        (30, OutcomeUnknown, ProviderRejected),
        (35, ProviderRejected, ProviderUnavailable),
        (500, OutcomeUnknown, ProviderUnavailable),
        (404, OutcomeUnknown, ProviderUnavailable),
    ],
)
def test_codes_that_depend_on_the_call(
    code: int, when_spending: type[Exception], when_reading: type[Exception]
) -> None:
    with pytest.raises(when_spending):
        read(error_body(code, UUID), spending=True)
    with pytest.raises(when_reading):
        read(error_body(code, UUID), spending=False)


def test_every_documented_code_is_covered_here() -> None:
    assert set(ERRORS) == REFUSALS | {1, 20, 30, 35, 500}
