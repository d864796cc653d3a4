"""What tests find on the machine besides the project: PostgreSQL, Redis, a browser."""

import os
import shutil
from pathlib import Path

import psycopg
import redis

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
REDIS_URL = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/15"
PEER_PROGRAMS = ("bash", "curl", "jq", "node", "openssl", "php", "sha256sum", "xxd")
NODE_MODULES = Path(__file__).parent / "peers" / "node" / "node_modules"
AXE = NODE_MODULES / "axe-core" / "axe.min.js"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def postgres_answers() -> bool:
    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=5).close()
    except psycopg.Error:
        return False
    return True


def redis_answers() -> bool:
    try:
        return bool(redis.Redis.from_url(REDIS_URL, socket_connect_timeout=5).ping())
    except redis.RedisError:
        return False


def chromium_path() -> str | None:
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def peers_run() -> bool:
    """Whether merchants' own programs can run: the samples' tools, and their packages from npm."""
    return all(map(shutil.which, PEER_PROGRAMS)) and NODE_MODULES.is_dir()


def gettext_runs() -> bool:
    return all(map(shutil.which, ("xgettext", "msgmerge", "msguniq", "msgattrib")))


def missing() -> list[str]:
    """What will not run here, in words for a person."""
    checks = {
        f"all tests on PostgreSQL (no answer at {_without_password(POSTGRES_URL)})": postgres_answers(),
        f"tests of the Redis broker (no answer at {_without_password(REDIS_URL)})": redis_answers(),
        f"merchants' samples (they need {', '.join(PEER_PROGRAMS)} and npm)": peers_run(),
        "browser tests (Chromium is not installed)": chromium_path() is not None,
        "the comparison of sources and catalogues (GNU gettext is not installed)": gettext_runs(),
        "tests of accessibility (axe-core of npm is not installed)": AXE.is_file(),
    }
    return [words for words, found in checks.items() if not found]


def _without_password(url: str) -> str:
    return url.rpartition("@")[2]
