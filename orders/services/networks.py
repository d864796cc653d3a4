"""From where a credential may be used: addresses and networks as a person types them, kept in one spelling."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

MOST_NETWORKS = 100
MOST_CHARACTERS = 64


def plain(text: str) -> IPv4Address | IPv6Address:
    """An address as IPv4 where it is one: a socket that takes both kinds tells of it as ::ffff:192.0.2.7. Raises
    ValueError."""
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def canonical(lines: Sequence[str]) -> list[str]:
    """Without empty and repeated ones, in the order given. Raises ValidationError that tells the line."""
    wanted = [line.strip() for line in lines if line.strip()]
    if len(wanted) > MOST_NETWORKS:
        raise ValidationError(
            format_lazy(
                _("At most {most} addresses or networks; these are {count}."),
                most=MOST_NETWORKS,
                count=len(wanted),
            )
        )
    return list(dict.fromkeys(_canonical(line) for line in wanted))


def _canonical(line: str) -> str:
    """A network with bits set right of its prefix is refused: it may be wider than the person thinks."""
    try:
        if "%" in line:  # a zone is a name of this machine's own and no part of a caller's address
            raise ValueError("an address with a zone")
        return str(ip_network(line) if "/" in line else plain(line))
    except ValueError as error:
        short = line if len(line) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]}…"
        raise ValidationError(
            format_lazy(
                _("“{short}” is no address or network, such as 192.0.2.7 or 192.0.2.0/24."), short=short
            )
        ) from error
