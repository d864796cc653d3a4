"""`make test`: all tests this machine can run, on each database it has, then one line on what did not run.

With CI=true nothing may be left out: what is missing ends the run before it starts.
"""

import os
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.surroundings import POSTGRES_URL, missing, postgres_answers

TESTS = Path("tests")
# They start real processes on the test database, so they run one after the other, apart from the rest.
PROCESS_TESTS = [TESTS / "flows", TESTS / "peers", TESTS / "browser"]
NOT_TESTS = [TESTS / "bench"]
NO_TESTS_COLLECTED = 5
UNIT_TESTS = "unit tests"
printing = threading.Lock()


def main() -> int:
    left_out = missing()
    if left_out and os.environ.get("CI", "").lower() == "true":
        return closing_line(failed=[], left_out=left_out) or 1
    databases = {"SQLite": ""} | ({"PostgreSQL": POSTGRES_URL} if postgres_answers() else {})

    def on_each(part: str) -> list[str]:
        return [
            f"{part} on {database}"
            for database, url in databases.items()
            if not passes(f"{part} on {database}", parts()[part], url)
        ]

    # The unit tests keep the processors busy, the others mostly wait: side by side they take the time of the longer.
    with ThreadPoolExecutor(len(parts())) as pool:
        failed = [title for titles in pool.map(on_each, parts()) for title in titles]
    return closing_line(failed=failed, left_out=left_out)


def parts() -> dict[str, list[str]]:
    ignored = [f"--ignore={directory}" for directory in PROCESS_TESTS + NOT_TESTS]
    process_tests = [str(directory) for directory in PROCESS_TESTS if any(directory.rglob("test_*.py"))]
    every = {UNIT_TESTS: ["-n2", str(TESTS), *ignored]}
    return every | ({"tests of whole processes": process_tests} if process_tests else {})


def passes(title: str, arguments: list[str], database_url: str) -> bool:
    command = [sys.executable, "-m", "pytest", *arguments]
    environment = os.environ | {"TEST_DATABASE_URL": database_url}
    if database_url:
        # The many requests take minutes, and what they look for is not the database's: they are sent on SQLite.
        environment.pop("API_FUZZ_EXAMPLES", None)
    if database_url or not title.startswith(UNIT_TESTS):
        environment.pop("API_FUZZ_LEAST", None)
    with tempfile.TemporaryFile("w+") as output:
        status = subprocess.run(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
        ).returncode
        output.seek(0)
        with printing:
            print(f"\n##### {title}\n{output.read()}", flush=True)
    return status in {0, NO_TESTS_COLLECTED}


def closing_line(*, failed: list[str], left_out: list[str]) -> int:
    """Print it; the exit status."""
    words = [f"FAILED: {', '.join(failed)}"] if failed else []
    words += [f"DID NOT RUN: {', '.join(left_out)}"] if left_out else ["everything ran"]
    print(f"\n##### {'; '.join(words)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
