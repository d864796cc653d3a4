import pytest

from orders import states
from orders.states import AttemptStatus, CallbackStatus, IllegalTransition, OrderStatus, ResendStatus


@pytest.mark.parametrize(
    ("table", "statuses"),
    [
        (states.RESOURCE_ORDER, set(OrderStatus) - {OrderStatus.WAITING}),
        (states.PAYMENT_ORDER, set(OrderStatus) - {OrderStatus.ACCEPTED}),
        (states.ATTEMPT, set(AttemptStatus)),
        (states.CALLBACK, set(CallbackStatus)),
        (states.RESEND_JOB, set(ResendStatus)),
    ],
)
def test_every_status_is_a_key_and_every_target_too(table: states.Table, statuses: set[str]) -> None:
    assert set(table) == statuses
    assert {target for targets in table.values() for target in targets} <= statuses


@pytest.mark.parametrize("table", [states.RESOURCE_ORDER, states.PAYMENT_ORDER])
def test_final_orders_go_nowhere_and_every_open_one_can_end(table: states.Table) -> None:
    by_hand = {OrderStatus.FAILED: {OrderStatus.SUCCEEDED}, OrderStatus.SUCCEEDED: {OrderStatus.FAILED}}
    for status, targets in table.items():
        if status in by_hand and table is states.PAYMENT_ORDER:
            assert targets == by_hand[OrderStatus(status)], "a payment attached by a person, or taken back"
        elif status in states.FINAL_ORDER:
            assert targets == frozenset()
        else:
            assert OrderStatus.FAILED in targets


@pytest.mark.parametrize("table", [states.RESOURCE_ORDER, states.PAYMENT_ORDER])
def test_every_status_is_reachable(table: states.Table) -> None:
    reached, frontier = {str(OrderStatus.NEW)}, {str(OrderStatus.NEW)}
    while frontier:
        frontier = {str(t) for status in frontier for t in table[status]} - reached
        reached |= frontier
    assert reached == {str(status) for status in table}


@pytest.mark.parametrize("act", states.OrderAct)
def test_where_an_act_leads_is_a_legal_move_from_wherever_it_is_offered(act: states.OrderAct) -> None:
    for table in (states.RESOURCE_ORDER, states.PAYMENT_ORDER):
        for status in states.OFFERS[act] & table.keys():
            assert states.LEADS_TO[act] <= table[status]


def test_a_sent_order_is_never_failed_as_if_nothing_was_sent() -> None:
    with pytest.raises(IllegalTransition):
        states.check(states.RESOURCE_ORDER, OrderStatus.SUCCEEDED, OrderStatus.NEW)
    with pytest.raises(IllegalTransition):
        states.check(states.ATTEMPT, AttemptStatus.UNKNOWN, AttemptStatus.SENDING)
    with pytest.raises(IllegalTransition):
        states.check(states.ATTEMPT, "no such status", AttemptStatus.SENDING)
