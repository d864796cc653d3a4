"""Strict readers for the environment; only settings.py calls them.

django-environ reads a mistyped boolean as False, lets an empty required value pass and takes a value that
starts with `$` for another variable's name. These readers raise ImproperlyConfigured instead.
"""

import os
import secrets
import tempfile
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def is_set(name: str) -> bool:
    return name in os.environ


def text(name: str, default: str) -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool) -> bool:
    value = text(name, "").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value == "":
        return default
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}")


def whole(name: str, default: int, *, least: int = 0, most: int = 10**12) -> int:
    value = text(name, "") or str(default)
    if not (value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= most):
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {value!r}")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Comma-separated, a single address too. An address within a network (10.0.0.1/8) is a slip and no network."""
    try:
        return [ip_network(word) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def nodes(urls: str, solidity_urls: str, keys: str) -> list[dict[str, str]]:
    """Comma-separated lists of one length; a single key is that of all. What staff see of a node is its host."""
    rows = [part.strip() for part in urls.split(",")] if urls else []
    solidity = [part.strip() for part in solidity_urls.split(",")] if solidity_urls else [""] * len(rows)
    own_keys = [part.strip() for part in keys.split(",")]
    if len(own_keys) == 1:
        own_keys *= len(rows)
    if len(solidity) != len(rows) or len(own_keys) != len(rows):
        raise ImproperlyConfigured("TRON_NODE_URL, TRON_SOLIDITY_URL and TRON_NODE_API_KEY do not match")
    names: list[str] = []
    for url in rows:
        host = urlsplit(url).netloc.rpartition("@")[2]
        if urlsplit(url).scheme not in {"http", "https"} or not host:
            raise ImproperlyConfigured("TRON_NODE_URL must hold http or https URLs")
        names.append(f"{host} #{len(names) + 1}" if host in names else host)
    return [
        {"name": name, "url": url, "solidity_url": solid, "api_key": key}
        for name, url, solid, key in zip(names, rows, solidity, own_keys, strict=True)
    ]


def secret(name: str, path: Path, generate: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """The variable, else what `kept` finds in the file `path`. Never empty."""
    if not is_set(name):
        return kept(path, generate)
    value = os.environ[name].strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is set but empty")
    return value


def kept(path: Path, generate: Callable[[], str]) -> str:
    """The content of the file `path`, which is generated once, with mode 0600. Never empty."""
    try:
        if not path.exists():
            create_private(path, generate())
        value = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"cannot create or read {path}: {error}") from error
    if not value:
        raise ImproperlyConfigured(f"{path} is empty")
    return value


def create_private(path: Path, content: str) -> None:
    """Write a new file with mode 0600; whoever loses a race to create it keeps the winner's file."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)


def private_file(path: Path) -> Path:
    """The file, which is made empty with mode 0600 if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    return path
