"""A row in the hands of a dispatcher: the columns of Callback that sending needs, without the weight of a model."""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class Claimed:
    """`leased_until` is also the token by which the row is known to be held still."""

    id: int
    merchant_id: int
    order_id: int | None
    credential_id: int | None
    is_test: bool
    event: str
    event_id: str
    url: str
    host: str
    format: str
    payload: Any
    attempts: int
    round_attempts: int
    trigger: str
    is_retried: bool
    lane: int
    leased_until: datetime

    def __post_init__(self) -> None:
        if isinstance(self.payload, str):  # a statement of our own returns JSON as text
            self.payload = json.loads(self.payload)


COLUMNS = tuple(each.name for each in fields(Claimed))
