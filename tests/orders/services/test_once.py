import pytest
from django.utils import timezone

from orders.models import SpentToken
from orders.services import once


@pytest.mark.django_db
def test_a_token_acts_once() -> None:
    token, acts = once.new_token(), list[int]()
    once.do(token, lambda: acts.append(1), now=timezone.now())
    with pytest.raises(once.AlreadyDone):
        once.do(token, lambda: acts.append(2), now=timezone.now())
    assert acts == [1]


@pytest.mark.django_db
def test_a_refused_act_keeps_the_token() -> None:
    """A person corrects the form and sends it again."""

    def refuse() -> None:
        raise ValueError

    token = once.new_token()
    with pytest.raises(ValueError):  # noqa: PT011 - our own
        once.do(token, refuse, now=timezone.now())
    assert not SpentToken.objects.exists()
    assert once.do(token, lambda: "done", now=timezone.now()) == "done"
