"""What the README repeats from elsewhere must say the same: the states, and the environment."""

import re
from pathlib import Path

from orders.diagram import mermaid
from orders.states import RESOURCE_ORDER

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()


def environment_table() -> str:
    """From .env.example, which tests/test_architecture.py compares with the settings."""
    rows = ["| variable | default | what |", "|---|---|---|"]
    for text, name, default in re.findall(r"^# (.+)\n#([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE):
        shown = f"`{default}`" if default else ""
        rows.append(f"| `{name}` | {shown} | {text} |")
    return "\n".join(rows)


def test_the_state_diagram_is_the_table() -> None:
    assert mermaid(RESOURCE_ORDER) in README


def test_the_environment_table_is_the_example_file() -> None:
    assert environment_table() in README
    assert environment_table().count("\n") > 20
