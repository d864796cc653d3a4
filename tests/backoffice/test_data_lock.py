import os
import signal
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError

from backoffice.data_lock import data_lock
from tests.backoffice.conftest import Start

HOLD = """
import sys, time
from pathlib import Path
from backoffice.data_lock import data_lock
with data_lock(Path(sys.argv[1])):
    sys.stdout.write("held"); sys.stdout.flush(); time.sleep(600)
"""


def test_a_second_holder_is_refused_and_told_who_has_it(start: Start, tmp_path: Path) -> None:
    holder = start([sys.executable, "-c", HOLD, str(tmp_path)])
    holder.wait_for_out("held")
    with pytest.raises(CommandError, match=f"process {holder.process.pid} already runs"), data_lock(tmp_path):
        pass
    holder.exit_code(after=signal.SIGKILL)
    with data_lock(tmp_path):
        assert (tmp_path / "up.lock").read_text() == str(os.getpid())
