"""Traps that others fell into (specs/tron.md section 12, specs/crossingpay.md section 10), and what keeps us out.

A row names its tests by function. Left out are rows of which nothing of ours could fail: 22 (nothing reads a memo) and
24 (there is no payment page) of the first table; its 2 and 3 are answered by never reading the indexer.
"""

import re

import pytest

from tests.source_tree import ROOT

TRON = {
    1: ("trap_1_an_empty_answer_is_no_empty_block", "no_fault_of_a_node_loses_a_payment_or_expires_an_order"),
    2: ("a_block_takes_two_requests_at_the_solidified_state",),
    3: ("a_block_takes_two_requests_at_the_solidified_state",),
    4: (
        "trap_transfers_made_by_contracts_are_seen",
        "trap_4_what_calldata_claims_is_nothing",
        "41_left_in_the_padding_of_an_address",
    ),
    5: (
        "trap_5_the_cursor_never_jumps_repeats_or_goes_back",
        "a_failure_within_a_block_takes_all_of_it_back",
        "blocks_are_kept_and_follow_each_other",
        "kills_at_seeded_moments_lose_and_double_nothing",
    ),
    6: (
        "trap_6_one_poison_transaction_does_not_stop_the_block",
        "a_transfer_of_usdt_that_cannot_be_read_is_named_and_stops_no_other",
        "whatever_a_foreign_contract_emits_is_nothing",
    ),
    7: ("amounts_are_numbers_or_texts_and_never_floats", "another_amount_is_named_to_the_last_digit"),
    8: ("trap_released_amount_a_late_payment_never_settles_the_next_order",),
    9: ("trap_9_expiry_goes_by_the_chain_and_not_by_the_clock",),
    10: (
        "trap_the_same_transaction_twice_is_one_payment",
        "two_equal_logs_are_two_payments",
        "trap_two_transfers_in_one_transaction_settle_two_orders",
    ),
    11: ("a_fake_usdt_is_nothing",),
    12: ("trap_12_dust_is_kept_and_shown_to_nobody", "nothing_is_no_payment"),
    13: ("a_failed_call_is_nothing_even_with_a_log", "a_failed_transfer_of_trx_is_nothing"),
    14: ("trap_14_what_we_send_ourselves_is_no_payment", "an_approval_moves_nothing"),
    15: ("a_block_takes_two_requests_at_the_solidified_state",),
    16: ("tethers_fee_lessens_what_arrives", "the_task_reads_what_is_due_and_the_terms"),
    17: (
        "a_frozen_wallet_buys_nothing_and_calls_a_person",
        "a_halted_contract_is_waited_for",
        "trap_17_what_tether_destroys_is_a_discrepancy",
    ),
    18: ("a_success_is_one_although_the_contract_returns_false",),
    19: ("trap_19_a_limit_stops_everything_for_as_long_as_it_names",),
    20: (
        "trap_20_what_a_node_says_is_one_short_printable_line",
        "the_message_is_one_printable_line_of_hex_or_text",
    ),
    21: ("windows_are_read_in_the_merchants_zone_or_by_their_own_offset", "times_are_stored_in_utc"),
    23: (
        "energy_that_does_not_arrive_stops_the_sweep",
        "energy_that_only_shows_is_not_trusted",
        "energy_that_is_gone_again_is_bought_again_and_not_for_ever",
    ),
    25: ("an_imported_key_is_nowhere_in_clear", "the_tree_has_no_seed_in_clear"),
}
CROSSINGPAY = {
    "payment in time, scanned late": ("trap_payment_in_time_scanned_late",),
    "payment really late": ("trap_payment_really_late_is_kept_and_may_be_attached",),
    "released address or amount": ("trap_released_amount_a_late_payment_never_settles_the_next_order",),
    "same address + same amount": (
        "two_orders_never_wait_for_the_same_payment",
        "two_that_match_are_left_to_a_person",
    ),
    "under- and over-payment": ("trap_under_and_over_payment_settle_nothing",),
    "same transaction twice": ("trap_the_same_transaction_twice_is_one_payment",),
    "two transfers in one transaction": ("trap_two_transfers_in_one_transaction_settle_two_orders",),
    "fake tokens, zero values": (
        "a_fake_usdt_is_nothing",
        "nothing_is_no_payment",
        "a_look_alike_of_a_known_address_is_stopped_as_a_target",
    ),
    "transfers made by contracts": ("trap_transfers_made_by_contracts_are_seen",),
    "reverted transaction": ("a_failed_call_is_nothing_even_with_a_log",),
    "reorganisation": (
        "a_block_takes_two_requests_at_the_solidified_state",
        "a_block_of_another_chain_or_clock_stops_everything",
        "blocks_are_kept_and_follow_each_other",
    ),
    "scanner gaps": (
        "trap_5_the_cursor_never_jumps_repeats_or_goes_back",
        "kills_at_seeded_moments_lose_and_double_nothing",
        "it_tells_what_is_wrong",
        "a_range_is_read_again_and_finds_what_was_missed",
    ),
    "scan cost": ("backfills_of_many_orders_read_each_block_once",),
    "clock and zone": ("windows_are_read_in_the_merchants_zone_or_by_their_own_offset",),
    "crash between detection and callback": (
        "dying_at_any_statement_leaves_nothing_half_done",
        "no_kill_loses_or_doubles_a_payment_a_callback_or_a_sweep",
    ),
    "acknowledgement": (
        "200_alone_is_success_in_the_seeds_dialects",
        "any_other_status_is_a_failure_and_no_redirect_is_followed",
    ),
    "retries": (
        "the_schedule_is_that_of_the_dialect",
        "a_hanging_host_holds_few",
        "a_merchant_without_automatic_retry_has_one_try",
    ),
    "resend": ("a_resend_starts_a_new_round_of_the_same_event",),
    "evidence": (
        "each_try_is_kept",
        "an_itrx_callback_over_the_wire",
        "the_log_holds_no_key_and_no_secret_and_the_signature_as_it_went",
    ),
    "manual mark paid": (
        "executed_needs_the_hash_as_evidence",
        "finance_attaches_it_with_a_reason",
        "it_is_taken_back_before_anybody_was_told",
        "what_the_merchant_may_know_takes_two_persons",
        "above_the_limit_another_person_grants_it",
    ),
    "repeated create": (
        "the_same_again_gets_its_first_answer_whatever_the_time",
        "the_same_number_with_other_content",
    ),
    "number types": ("amounts_are_numbers_or_texts_and_never_floats",),
    "request forgery by the server": (
        "the_judged_address_is_used_and_the_name_not_looked_up_again",
        "each_new_call_is_judged_anew",
    ),
    "one secret for everything": ("both_sign_until_the_overlap_ends",),
    "forged success": ("it_is_marked_on_the_wire_and_in_the_log",),
    "non-success callback": ("crossingpay_tells_of_a_failure_only_who_asked_for_it",),
    "export": ("too_many_rows_are_refused_and_never_cut",),
    "bad address registered": (
        "an_address_that_is_no_wallet_is_refused",
        "one_that_was_never_used_is_told_of",
        "a_frozen_wallet_can_take_no_deposits_but_be_a_target",
        "a_contract_is_neither_wallet_nor_target",
    ),
}
NAMED = sorted({name for table in (TRON, CROSSINGPAY) for names in table.values() for name in names})


def all_tests() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for file in files for name in re.findall(r"^def test_(\w+)", file.read_text(), re.MULTILINE)}


@pytest.fixture(scope="module")
def known() -> set[str]:
    return all_tests()


@pytest.mark.parametrize("name", NAMED)
def test_the_test_of_a_trap_exists(name: str, known: set[str]) -> None:
    assert name in known
