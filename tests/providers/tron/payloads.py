"""The real payloads of tests/data/tron."""

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "data" / "tron"


def payload(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text())


BODIES: dict[str, Any] = payload("misc_bodies")
