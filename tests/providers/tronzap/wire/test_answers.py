from typing import Any

import pytest

from providers import strict_json
from providers.base import Balance
from providers.tronzap.wire import (
    AddressInfo,
    EnergyEstimate,
    PriceList,
    Tier,
    Unreadable,
    read_address_info,
    read_balance,
    read_calculation,
    read_energy_estimate,
    read_price_list,
)


def parsed(text: str) -> Any:
    return strict_json.loads(text.encode())


def test_price_list() -> None:
    result = parsed(
        '{"energy":[{"duration":1,"min_amount":50000,"max_amount":131000,"min_energy":50000,"max_energy":131000,'
        '"price":0.0523,"price_32k":1.67,"price_65k":3.4,"price_131k":6.85}],'
        '"bandwidth":[{"duration":1,"min_amount":1000,"max_amount":50000,"price":1}],'
        '"activate_address":{"price":1.4}}'
    )
    assert read_price_list(result) == PriceList(
        energy=(Tier(duration_hours=1, min_amount=50_000, max_amount=131_000, price_sun=52_300),),
        bandwidth=(Tier(duration_hours=1, min_amount=1_000, max_amount=50_000, price_sun=1_000_000),),
        activation_sun=1_400_000,
    )


def test_price_list_of_an_older_server() -> None:
    result = parsed('{"energy":[{"duration":"24","min_energy":32000,"max_energy":131000.0,"price":"0.13"}]}')
    assert read_price_list(result) == PriceList(
        energy=(Tier(duration_hours=24, min_amount=32_000, max_amount=131_000, price_sun=130_000),),
        bandwidth=(),
        activation_sun=None,
    )


@pytest.mark.parametrize(
    "text", ['{"energy":"x"}', '{"energy":[{}]}', '{"energy":[5]}', '{"activate_address":{"price":"x"}}', "5"]
)
def test_price_lists_of_wrong_types(text: str) -> None:
    with pytest.raises(Unreadable):
        read_price_list(parsed(text))


@pytest.mark.parametrize("balance", ['"12.345678"', "12.345678"])
def test_balance(balance: str) -> None:
    result = parsed('{"balance":' + balance + ',"address":"TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"}')
    assert read_balance(result) == Balance(
        balance_sun=12_345_678, top_up_address="TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"
    )


@pytest.mark.parametrize("text", ["{}", '{"balance":null}', '{"balance":1,"address":5}', '{"amount":5}'])
def test_balances_of_wrong_types(text: str) -> None:
    with pytest.raises(Unreadable):
        read_balance(parsed(text))


def test_address_info() -> None:
    result = parsed('{"resources":{"energy":65000,"bandwidth":"345"},"balances":{"TRX":1.5,"USDT":"100.29"}}')
    assert read_address_info(result) == AddressInfo(
        energy=65_000, bandwidth=345, balance_sun=1_500_000, usdt_micro=100_290_000
    )


def test_a_balance_that_is_not_named_is_unknown() -> None:
    info = read_address_info(parsed('{"resources":{"energy":0,"bandwidth":0},"balances":[]}'))
    assert (info.balance_sun, info.usdt_micro) == (None, None)


@pytest.mark.parametrize("text", ["{}", '{"resources":[]}', '{"resources":{"energy":-1,"bandwidth":0}}'])
def test_address_infos_of_wrong_types(text: str) -> None:
    with pytest.raises(Unreadable):
        read_address_info(parsed(text))


@pytest.mark.parametrize("energy", ['"amount":65000,"energy":1', '"energy":65000'])
def test_energy_estimate(energy: str) -> None:
    result = parsed("{" + energy + ',"duration":1,"price":"3.4","activation_fee":1.4,"total":4.8}')
    assert read_energy_estimate(result) == EnergyEstimate(
        energy=65_000, price_sun=3_400_000, activation_sun=1_400_000
    )


@pytest.mark.parametrize(
    "text", ["{}", '{"amount":0,"price":1}', '{"amount":65000}', '{"amount":"x","price":1}']
)
def test_estimates_of_wrong_types(text: str) -> None:
    with pytest.raises(Unreadable):
        read_energy_estimate(parsed(text))


def test_calculation_without_an_activation_fee() -> None:
    assert read_calculation(parsed('{"price":5.47,"total":5.47}')) == (5_470_000, 0)
