"""Merchants' own programs, run as processes; what they need of npm is in tests/peers/node (`npm ci` there)."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NODE_MODULES = Path(__file__).parent / "node" / "node_modules"
LOCAL_ONLY = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def run(command: Sequence[str], source: str, *, check: bool = True) -> str:
    """The program in `source` is given to `command` on stdin; what it prints."""
    done = subprocess.run(
        command,
        input=source,
        env={**os.environ, **LOCAL_ONLY, "NODE_PATH": str(NODE_MODULES)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not check or done.returncode == 0, done.stderr
    return done.stdout


def bash(source: str) -> str:
    return run(["bash", "-s"], source)


def javascript(source: str, *arguments: str) -> str:
    return run(["node", "-", *arguments], source)


def php(source: str, *arguments: str) -> str:
    return run(["php", "--", *arguments], source)


def python(source: str) -> str:
    return run([sys.executable, "-"], source)
