"""The staff's admin site."""

from unfold.sites import UnfoldAdminSite


class BackOfficeSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold ships no types
    """Name and colours are in settings.UNFOLD."""
