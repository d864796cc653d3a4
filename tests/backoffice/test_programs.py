import socket
from collections.abc import Iterator

import pytest
from django.core.management import CommandError
from pytest_django import Settings

from backoffice.programs import require_free_ports, web_server_command, web_url


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
def test_a_busy_port_is_named_with_its_variable(
    settings: Settings, free_ports: tuple[int, int], busy_port: int, name: str
) -> None:
    settings.PORT, settings.SANDBOX_PORT = free_ports
    require_free_ports()
    setattr(settings, name, busy_port)
    with pytest.raises(CommandError, match=f":{busy_port}: Address already in use; set {name}$"):
        require_free_ports()


def test_web_and_sandbox_cannot_share_a_port(settings: Settings) -> None:
    settings.PORT = settings.SANDBOX_PORT = 8000
    with pytest.raises(CommandError, match="both 8000"):
        require_free_ports()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("10.1.2.3", "http://10.1.2.3:8000"),
    ],
)
def test_the_web_server_is_asked_where_it_listens(settings: Settings, host: str, url: str) -> None:
    settings.PORT, settings.BIND_HOST = 8000, host
    assert web_url() == url
    assert web_server_command()[web_server_command().index("--host") + 1] == host
