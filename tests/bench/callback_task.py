"""What one task of django-q2 for each callback would do: the same signing, posting and recording, one at a time."""

from django.conf import settings
from django.utils import timezone

from orders.models import Callback
from orders.services import signing
from orders.services.dispatching import recording
from orders.services.dispatching.claimed import COLUMNS, Claimed
from orders.services.dispatching.jobs import Jobs
from orders.services.dispatching.outcomes import outcome
from providers.http import AddressPolicy, Ending, Exchange, Posted, Transport


def deliver(pk: int) -> None:
    now = timezone.now()
    Callback.objects.filter(pk=pk).update(leased_until=now)
    [job] = Jobs().of([Claimed(*Callback.objects.values_list(*COLUMNS).get(pk=pk))], now=now)
    assert job.keys
    signed = signing.signed(job.callback, job.keys, now=now)
    exchanges: list[Exchange] = []
    transport = Transport(
        connect_seconds=settings.PROVIDER_CONNECT_SECONDS,
        total_seconds=settings.CALLBACK_TIMEOUT_SECONDS,
        policy=AddressPolicy.opening(settings.CALLBACK_ALLOWED_NETWORKS),
        record=exchanges.append,
    )
    transport.call("POST", job.callback.url, headers=signed.headers, body=signed.body, purpose="callback")
    [done] = exchanges
    posted = Posted(
        headers=done.request_headers,
        ending=Ending.ANSWERED,
        status=done.status,
        answer_headers=dict(done.response_headers),
        answer_body=done.response_body,
        duration_ms=done.duration_ms,
    )
    recording.record([outcome(job, signed, posted, now=timezone.now())])
