"""URLs that want no more events: they are flagged to staff, each for itself; other URLs of the host go on."""

from collections.abc import Sequence

from orders.models import CallbackHost, GoneUrl
from orders.services.dispatching import schedule
from orders.services.dispatching.outcomes import Outcome


def record(outcomes: Sequence[Outcome]) -> None:
    """Within the transaction that records the tries, after their hosts. In one order, as circuits.record."""
    gone = {
        each.job.callback.url: each
        for each in outcomes
        if schedule.ends_the_event(each.job.callback.format, each.status)
    }
    if not gone:
        return
    names = {each.job.callback.host for each in gone.values()}
    hosts = dict(CallbackHost.objects.filter(host__in=names).values_list("host", "pk"))
    rows = [
        GoneUrl(
            host_id=hosts[each.job.callback.host],
            url=url,
            callback_id=each.job.callback.id,
            flagged_at=each.at,
        )
        for url, each in sorted(gone.items())
    ]
    GoneUrl.objects.bulk_create(rows, ignore_conflicts=True)
