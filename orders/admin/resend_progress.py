"""How far a resend job is: what its page shows at first and then asks for again and again."""

from collections import Counter
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from orders import notation
from orders.admin import badges
from orders.models import CallbackHost, Circuit, ItemState, ResendJob
from orders.sentences import read
from orders.services import resending
from orders.states import RESEND_JOB, ResendStatus

MOST_HOSTS = 50
ACTS = {
    ResendStatus.PAUSED: ("pause", _("Pause")),
    ResendStatus.RUNNING: ("resume", _("Resume")),
    ResendStatus.CANCELLED: ("cancel", _("Cancel the rest")),
}


def of(job: ResendJob) -> dict[str, Any]:
    """JSON-ready. `done`: items that have an end; `hosts`: the largest, with the sum of the others."""
    hosts = resending.counts(job)
    total = sum(hosts.values(), Counter[str]())
    done = sum(total[state] for state in (ItemState.DELIVERED, ItemState.FAILED, ItemState.SKIPPED))
    largest = sorted(hosts, key=lambda host: (-hosts[host].total(), host))[:MOST_HOSTS]
    rest = sum((hosts[host] for host in hosts.keys() - set(largest)), Counter[str]())
    paused = CallbackHost.objects.filter(host__in=largest).exclude(circuit=Circuit.CLOSED)
    states = dict(paused.values_list("host", "circuit"))
    rows = [
        _row(host, hosts[host], badges.CIRCUITS[Circuit(states[host])][0] if host in states else "")
        for host in largest
    ]
    if rest:
        more = len(hosts) - len(largest)
        words = ngettext("%(count)s more host", "%(count)s more hosts", more) % {
            "count": notation.number(more)
        }
        rows.append(_row(words, rest, ""))
    return {
        "status": job.status,
        "label": job.get_status_display(),
        "note": read(job.note),
        "total": job.total,
        "done": done,
        "percent": 100 * done // job.total if job.total else 100,
        "counts": {state: total[state] for state in ItemState},
        "hosts": rows,
        "acts": [ACTS[ResendStatus(to)][0] for to in RESEND_JOB[job.status] if to in ACTS],
        "moving": job.due_at is not None,
    }


def _row(host: str, counts: Counter[str], circuit: str | Promise) -> dict[str, Any]:
    return {"host": host, "circuit": circuit, "total": counts.total()} | {
        str(state): counts[state] for state in ItemState
    }
