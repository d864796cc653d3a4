"""What may be the URL of an HTTP call, judged by its form alone: no name is looked up, nothing is normalised.

Parsers disagree about odd URLs, and what one lets pass another may send elsewhere; so odd ones are refused, even
where a reading could be found. Which addresses a name may lead to is judged when it is called
(providers.http.addresses).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

LONGEST_HOST = 253
DEFAULT_PORTS = {"http": 80, "https": 443}
LEAST_OPEN_PORT = 1024  # below it only the two above
# Ports of services that would take an HTTP request for a command of their own protocol: what browsers block from
# 1024 on (WHATWG Fetch, "port blocking"), and the databases and daemons that are known for it.
SERVICE_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080}
    | {1433, 1521, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5900, 6379, 9042, 9200, 9300, 11211, 27017}
)

# One way to write each: lower or upper case, no user, no percent sign, no zone id, a port without leading zero.
AUTHORITY = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[0-9A-Za-z_.-]+))(?::(?P<port>[1-9][0-9]{0,4}))?"
)
LABEL = re.compile(r"[0-9A-Za-z_](?:[0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?")
NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")  # as the last label, this makes an IPv4 address of a host
NOT_IN_A_URL = frozenset(' <>"\\^`{|}')

NO_URL = "Enter a valid http or https URL."


class BadTarget(ValueError):
    """One sentence, which repeats nothing of the URL."""


@dataclass(frozen=True, slots=True)
class Target:
    """`host` in lower case, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int


@lru_cache(maxsize=1024)
def parse_target(url: str) -> Target:
    """Raises BadTarget.

    A host is a name without a dot at its end, an IPv4 address of four decimal numbers or an IPv6 address in
    brackets; other forms of an IPv4 address, and characters beyond ASCII that would become one, are refused. An
    internationalised name is written in its `xn--` form. A port is 80, 443 or from 1024, but none of a
    well-known other service. How long it may be is its field's to say.
    """
    if not (url.isascii() and url.isprintable()) or NOT_IN_A_URL & set(url):
        raise BadTarget(NO_URL)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadTarget(NO_URL) from None
    if parts.scheme not in DEFAULT_PORTS:
        raise BadTarget(NO_URL)
    if "@" in parts.netloc:
        raise BadTarget("A URL with a user name or password is not allowed.")
    found = AUTHORITY.fullmatch(parts.netloc)
    if found is None:
        raise BadTarget(NO_URL)
    host = found["six"] or found["name"]
    if not (_is_ipv6(host) if found["six"] else _is_name(host)):
        raise BadTarget("Enter a URL with a valid host name or address.")
    port = int(found["port"] or DEFAULT_PORTS[parts.scheme])
    if not is_open_port(port):
        raise BadTarget("A URL with this port is not allowed.")
    return Target(parts.scheme, host.lower(), port)


def is_open_port(port: int) -> bool:
    if port in DEFAULT_PORTS.values():
        return True
    return LEAST_OPEN_PORT <= port <= 65535 and port not in SERVICE_PORTS


def _is_name(host: str) -> bool:
    labels = host.split(".")
    if len(host) > LONGEST_HOST or not all(LABEL.fullmatch(label) for label in labels):
        return False
    return _is_ipv4(host) if NUMBER.fullmatch(labels[-1]) else True


def _is_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True
