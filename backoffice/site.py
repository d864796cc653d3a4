"""The staff's admin site. Name, colours and sidebar are in settings.UNFOLD."""

from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class BackOfficeSite(UnfoldAdminSite):
    index_title = _("Home")
    enable_nav_sidebar = True
    empty_value_display = "–"
