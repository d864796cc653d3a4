import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.processes import Running

Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start(command, environment)` runs a program until the end of the test."""
    running: list[Running] = []

    def start_one(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Running:
        directory = tmp_path / f"output-{len(running)}"
        directory.mkdir()
        running.append(Running(command, directory, environment))
        return running[-1]

    yield start_one
    for each in running:
        each.close()


@pytest.fixture
def free_ports() -> tuple[int, int]:
    """Two ports nobody listens on."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
