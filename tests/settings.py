"""Settings of a test run: the product's, over a directory and databases of the run's own.

TEST_DATABASE_URL chooses the server (default: SQLite). Variables meant for a real installation are dropped
first: no test depends on the shell it was started from. Workers of pytest-xdist inherit TEST_RUN_DIR from
their controller.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / ".env.example"
for line in EXAMPLE.read_text().splitlines():
    os.environ.pop(line.lstrip("# ").partition("=")[0], None)

if "TEST_RUN_DIR" not in os.environ:
    os.environ["TEST_RUN_DIR"] = tempfile.mkdtemp(prefix="backoffice-test-")
    atexit.register(shutil.rmtree, os.environ["TEST_RUN_DIR"], ignore_errors=True)
RUN_DIR = Path(os.environ["TEST_RUN_DIR"])

os.environ["DATA_DIR"] = str(RUN_DIR)
# Upstreams and merchants' servers of tests; real processes that a test starts inherit it.
os.environ["PROVIDER_ALLOWED_NETWORKS"] = os.environ["CALLBACK_ALLOWED_NETWORKS"] = "127.0.0.0/8"
# People of tests log in without; tests of the second factor ask for it.
os.environ["REQUIRE_TWO_FACTOR"] = "false"
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

from backoffice.settings import *  # noqa: E402, F403
from backoffice.settings import DATABASES  # noqa: E402

# Real files and real names: threads and processes of a test reach the same database, parallel runs never do.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(RUN_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_{RUN_DIR.name.removeprefix('backoffice-test-')}".lower()}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
