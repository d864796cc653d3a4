"""What keeps django-q2 from running a task twice, or for ever."""

from django.conf import settings

Q = settings.Q_CLUSTER


def test_a_task_in_work_or_waiting_in_a_worker_is_never_handed_out_again() -> None:
    assert Q["retry"] > Q["timeout"] * (1 + Q["queue_limit"] / Q["workers"])


def test_the_longest_task_ends_by_itself_before_it_is_killed() -> None:
    one_call = settings.PROVIDER_CONNECT_SECONDS + settings.PROVIDER_TOTAL_SECONDS
    assert Q["timeout"] > 2 * one_call


def test_tasks_do_not_run_for_ever_and_history_is_not_pruned_on_each_save() -> None:
    assert Q["max_attempts"] == 3
    assert Q["save_limit"] == -1
