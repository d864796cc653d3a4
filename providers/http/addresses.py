"""Which IP addresses may be called: public ones of single hosts, and those of networks that the operator opens.

The tables follow the IANA special-purpose address registries (RFC 6890 and its updates) instead of `ipaddress`, whose
own idea of "global" changes between releases of Python.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeVar

from providers.errors import TargetRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
AddressInfo = TypeVar("AddressInfo", bound=tuple[object, object, object, object, Sequence[object]])

CLOSED_IPV4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network; 0.0.0.0 reaches the own host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, NAT64 discovery
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnels
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Everything else of IPv6 is closed: loopback, IPv4-mapped, -compatible and -translated, NAT64, unique local,
# link-local, site-local, multicast, discard-only, segment routing and what is not assigned.
GLOBAL_UNICAST = IPv6Network("2000::/3")
CLOSED_IPV6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID, drone ids
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # 6bone, given back
        "3fff::/20",  # documentation
    )
)
# Services of clouds that hand secrets to whoever asks from within.
METADATA = frozenset(
    ip_address(text)
    for text in (
        *("169.254.169.254", "fd00:ec2::254", "fd20:ce::254"),  # most clouds; Amazon, Google by IPv6
        *("169.254.170.2", "169.254.170.23", "fd00:ec2::23"),  # credentials of Amazon's containers
        *("100.100.100.200", "168.63.129.16", "192.0.0.192"),  # Alibaba, Azure (a public address), Oracle
        *("169.254.0.23", "169.254.42.42", "fd00:42::42"),  # Tencent, Scaleway
    )
)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """`opened`: networks that may be called although they are not public. A metadata service is opened only by its
    very address, never by a network around it."""

    opened: tuple[Network, ...] = ()

    @classmethod
    def opening(cls, networks: Iterable[str | Network]) -> "AddressPolicy":
        return cls(tuple(ip_network(network) for network in networks))

    def permits(self, text: str) -> bool:
        """`text`: an address as a resolver returns it. What is not plainly one (a zone id, a short form) is refused."""
        return _permits(self.opened, text)

    def choose(self, found: Iterable[AddressInfo]) -> list[AddressInfo]:
        """Of what `getaddrinfo` found those that may be called, in order. Raises TargetRefused if there are none."""
        chosen = [each for each in found if self.permits(str(each[4][0]))]
        if not chosen:
            raise TargetRefused("the host's address is in a network that may not be called")
        return chosen


@lru_cache(maxsize=4096)
def _permits(opened: tuple[Network, ...], text: str) -> bool:
    """Kept, since hosts are called again and again: what an address is never changes."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if "%" in text:
        return False
    if address in METADATA:
        return any(network.num_addresses == 1 and address in network for network in opened)
    return is_public(address) or any(address in network for network in opened)


def is_public(address: Address) -> bool:
    """No address that carries an IPv4 address counts, whatever it carries: what it reaches depends on the routers."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in CLOSED_IPV4)
    if address not in GLOBAL_UNICAST or any(address in network for network in CLOSED_IPV6):
        return False
    return not _is_isatap(address)


def _is_isatap(address: IPv6Address) -> bool:
    """An interface id 0:5efe:a.b.c.d or 200:5efe:a.b.c.d below any prefix (RFC 5214)."""
    return int(address) >> 32 & 0xFDFFFFFF == 0x00005EFE
