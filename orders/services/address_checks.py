"""What a person should know of an address before it is registered (specs/tron.md section 9).

A checksum says nothing about who owns an address. The node is asked outside any transaction; without one, that is said.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from orders.models import ColdWallet, Wallet
from orders.services.wallet_nodes import NoNode, WalletNodes
from providers.errors import ProviderMisconfigured, ProviderUnavailable
from providers.tron.addresses import check_wallet

ENDS = 4  # poisoning imitates the first and the last characters, which people compare


@dataclass(frozen=True, slots=True)
class Finding:
    text: str
    is_stop: bool = False


def findings(address: str, *, nodes: WalletNodes, is_target: bool = False) -> list[Finding]:
    """`is_target`: money will be sent to it. Raises ValueError for an address that is none."""
    check_wallet(address)
    found = [Finding(text, is_stop=is_target) for text in _look_alikes(address)]
    try:
        with nodes.node() as node:
            means = node.means(address)
            if node.is_contract(address):
                found.append(Finding(_("It is a contract, not a wallet."), is_stop=True))
            if node.is_blacklisted(address):
                found.append(
                    Finding(_("The USDT contract has frozen it: it can send nothing."), is_stop=not is_target)
                )
            if not means.is_active:
                found.append(Finding(_("It is not activated yet.")))
    except (NoNode, ProviderUnavailable, ProviderMisconfigured):
        found.append(Finding(_("No node could be asked about it.")))
    return found


def _look_alikes(address: str) -> list[str]:
    head, tail = address[: ENDS + 1], address[-ENDS:]
    known = {
        text
        for model in (Wallet, ColdWallet)
        for text in model.objects.filter(address__endswith=tail).values_list("address", flat=True)
        if text != address and text.startswith(head)
    }
    return [
        _("It looks like %(other)s, which is known here: compare every character.") % {"other": other}
        for other in sorted(known)
    ]
