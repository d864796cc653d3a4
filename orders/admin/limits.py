"""The limits of one person, in words for the pages where they are met."""

from django.utils.translation import gettext as _

from orders.admin import formats
from orders.models import Asset
from orders.services import approval_limits


def amount(asset: Asset) -> str:
    return f"{formats.digits(approval_limits.limit_of(asset))} {asset}"


def second_person(asset: Asset) -> str:
    return _("Above %(limit)s another person must grant it.") % {"limit": amount(asset)}
