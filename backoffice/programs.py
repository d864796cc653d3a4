"""The programs of an installation on one machine: how each is started and how it shows that it works."""

import socket
import sys

from django.conf import settings
from django.core.management import CommandError

from backoffice import health
from backoffice.child import Child

SANDBOX_HOST = "127.0.0.1"
THREADS_PER_WEB_WORKER = 4  # each may hold a database connection
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # where to knock if it listens everywhere


def web_server_command() -> list[str]:
    """The access log stays off: every line would carry unguessable callback paths."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"),
        *("--host", settings.BIND_HOST, "--port", str(settings.PORT)),
        *("--workers", str(settings.WEB_WORKERS), "--blocking-threads", str(THREADS_PER_WEB_WORKER)),
        *("--workers-kill-timeout", "5", "--working-dir", str(settings.BASE_DIR)),
        "backoffice.wsgi:application",
    ]


def all_programs() -> list[Child]:
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    children = [
        Child("sandbox", sandbox_command(), f"{sandbox_url()}{health.PATH}"),
        Child("web", web_server_command(), f"{web_url()}{health.PATH}"),
        Child("worker", [*manage, "work"]),
        Child("dispatcher", [*manage, "deliver_callbacks"]),
    ]
    if settings.TRON_NODES:
        children.append(Child("watcher", [*manage, "watch_chain"]))
        signer = [*manage, "sign_sweeps", "--keys-file", str(settings.WALLET_KEYS_FILE)]
        children.append(Child("signer", signer))
    return children


def sandbox_command() -> list[str]:
    return [
        *(sys.executable, "-m", "providers.sandbox"),
        *("--port", str(settings.SANDBOX_PORT), "--data-dir", str(settings.DATA_DIR)),
    ]


def web_url() -> str:
    host = ANY_ADDRESS.get(settings.BIND_HOST, settings.BIND_HOST)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"


def sandbox_url() -> str:
    return f"http://{SANDBOX_HOST}:{settings.SANDBOX_PORT}"


def require_free_ports() -> None:
    """Raises CommandError with the variable to change."""
    if settings.PORT == settings.SANDBOX_PORT:
        raise CommandError(f"PORT and SANDBOX_PORT are both {settings.PORT}")
    for name, host in (("PORT", settings.BIND_HOST), ("SANDBOX_PORT", SANDBOX_HOST)):
        port = getattr(settings, name)
        try:
            _bind_once(host, port)
        except OSError as error:
            raise CommandError(f"cannot listen on {host}:{port}: {error.strerror}; set {name}") from error


def _bind_once(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT counts as free
        probe.bind(address)
