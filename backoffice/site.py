"""The staff's admin site. Name, colours and sidebar are in settings.UNFOLD."""

from unfold.sites import UnfoldAdminSite


class BackOfficeSite(UnfoldAdminSite):
    index_title = "Home"
    enable_nav_sidebar = True
