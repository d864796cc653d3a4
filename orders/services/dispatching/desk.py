"""The claiming side of a dispatcher: one round of short transactions for all it can take. For one thread."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orders.models import Lane
from orders.services.dispatching import circuits, claiming
from orders.services.dispatching.claimed import Claimed
from orders.services.dispatching.jobs import Job, Jobs

LOOK_SECONDS = 0.1  # between two looks at retries and at circuits, which other dispatchers move too
PARK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is room for: `sizes` by lane, and by host with a backlog, for first attempts and retries."""

    sizes: Mapping[Lane, int]
    backlogs: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Taken:
    """`is_more`: there may be more at once. `drained`: hosts whose backlog is at its end."""

    jobs: list[Job] = field(default_factory=list)
    probes: set[int] = field(default_factory=set)
    drained: set[str] = field(default_factory=set)
    is_more: bool = False


class Desk:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._jobs = Jobs()
        self._held: list[Claimed] = []
        self._blocked: set[str] = set()
        self._look_at = self._park_at = 0.0
        self._more_retries = True

    def round(self, plan: Plan) -> Taken:
        """First attempts before retries, and hosts whose circuit is open only for a probe. What a round has claimed
        that failed later on, be it in the commit, is given back by the next one: it was not sent, and must not pass for
        a try cut short."""
        self.give_back()
        taken = Taken()
        looks = time.monotonic() >= self._look_at
        rows = self._probe(taken) if looks else []
        away = self._blocked | plan.backlogs.keys()
        rows += self._lane(Lane.FIRST, plan.sizes[Lane.FIRST], away, taken)
        if looks or self._more_retries:
            found = self._lane(Lane.AGAIN, plan.sizes[Lane.AGAIN], away, taken)
            self._more_retries = bool(found)
            rows += found
        rows += self._backlogs(plan, taken)
        if away and time.monotonic() >= self._park_at:
            claiming.park(away, now=self._clock())
            self._park_at = time.monotonic() + PARK_SECONDS
        taken.jobs = self._jobs.of(rows, now=self._clock())
        self._held = []
        return taken

    def give_back(self, rows: Sequence[Claimed] = ()) -> None:
        """Also what an earlier call could not, for want of the database."""
        self._held = [*self._held, *rows]
        if self._held:
            claiming.put_back(self._held)
        self._held = []

    def _probe(self, taken: Taken) -> list[Claimed]:
        self._look_at = time.monotonic() + LOOK_SECONDS
        self._blocked = circuits.blocked()
        if not self._blocked:
            return []
        now = self._clock()
        probes = dict.fromkeys(circuits.take_probes(now=now), 1)
        rows = self._of_hosts(probes, Lane.FIRST)
        rows += self._of_hosts(dict.fromkeys(probes.keys() - {row.host for row in rows}, 1), Lane.AGAIN)
        taken.probes = {row.id for row in rows}
        if unused := probes.keys() - {row.host for row in rows}:
            circuits.give_back_probes(unused, now=now)
        return rows

    def _lane(self, lane: Lane, size: int, away: set[str], taken: Taken) -> list[Claimed]:
        if not size:
            return []
        rows = claiming.claim(lane, now=self._clock(), size=size, without=away, held=self._held)
        taken.is_more |= len(rows) == size
        return rows

    def _backlogs(self, plan: Plan, taken: Taken) -> list[Claimed]:
        """A host's own rows as far as it has slots, first attempts before retries."""
        first = {
            host: room for host, (room, _) in plan.backlogs.items() if room and host not in self._blocked
        }
        rows = self._of_hosts(first, Lane.FIRST)
        found = Counter(row.host for row in rows)
        left = {host: min(plan.backlogs[host][1], room - found[host]) for host, room in first.items()}
        rows += self._of_hosts({host: room for host, room in left.items() if room > 0}, Lane.AGAIN)
        found = Counter(row.host for row in rows)
        taken.drained |= {
            host for host, room in first.items() if found[host] < room and plan.backlogs[host][1]
        }
        taken.is_more |= bool(plan.backlogs.keys() - taken.drained - self._blocked)
        return rows

    def _of_hosts(self, sizes: Mapping[str, int], lane: Lane) -> list[Claimed]:
        return claiming.claim_of_hosts(sizes, lane, now=self._clock(), held=self._held) if sizes else []
