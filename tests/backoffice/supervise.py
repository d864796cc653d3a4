"""Runs the supervisor over programs given as JSON {name: command}: a process the tests can send signals to."""

import json
import sys

from backoffice import child
from backoffice.child import Child
from backoffice.supervisor import Supervisor

child.FIRST_DELAY_SECONDS = 0.01  # five deaths in a row, without the wait


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    programs = json.loads(sys.argv[1])
    children = [Child(name, command) for name, command in programs.items()]
    sys.exit(Supervisor(children, report=say, on_ready=say_ready).run())
