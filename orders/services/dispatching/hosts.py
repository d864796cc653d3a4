"""How many tries each host has in hand in this process, and how many more it may be given. No I/O."""

from dataclasses import dataclass, field

from orders.models import Lane

FIRST_SLOTS = 5


@dataclass(slots=True)
class Host:
    """Starts with few slots and earns one with each answer, up to `most`; each failure halves them.

    So a host that hangs holds few tries, and one that answers soon has all. Retries get half of the slots at most.
    `has_backlog`: rows of it are known to be due beyond its slots.
    """

    most: int
    slots: int = 0
    in_hand: dict[int, int] = field(default_factory=lambda: {Lane.FIRST: 0, Lane.AGAIN: 0})
    has_backlog: bool = False

    def __post_init__(self) -> None:
        self.slots = min(FIRST_SLOTS, self.most)

    def free(self, lane: int) -> int:
        left = self.slots - sum(self.in_hand.values())
        if lane == Lane.AGAIN:
            left = min(left, (self.slots + 1) // 2 - self.in_hand[Lane.AGAIN])
        return max(left, 0)

    def take(self, lane: int) -> None:
        self.in_hand[lane] += 1

    def give_back(self, lane: int, *, is_alive: bool) -> None:
        self.in_hand[lane] -= 1
        self.slots = min(self.slots + 1, self.most) if is_alive else max(self.slots // 2, 1)

    @property
    def is_idle(self) -> bool:
        return not self.has_backlog and not any(self.in_hand.values())
