"""One `manage.py up` at a time on one DATA_DIR."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import CommandError


@contextmanager
def data_lock(directory: Path) -> Iterator[None]:
    """Raises CommandError if another process has it. The kernel lets go of it however this process ends."""
    with open(directory / "up.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise CommandError(f"process {holder} already runs everything in {directory}") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
