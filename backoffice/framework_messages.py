"""Messages of the frameworks that staff see and that their own catalogues lack in one of our languages. Listed here
to be extracted: ours are looked up before theirs.
"""

from django.utils.translation import gettext_noop as _

UNFOLD = (
    _("Apply Filters"),
    _("Dark"),
    _("Date from"),
    _("Date to"),
    _("Filters"),
    _("Go back"),
    _("Light"),
    _("No results found"),
    _(
        "Raw passwords are not stored, so there is no way to see this user’s password, but you can change the "
        'password using <a href="{}" class="text-primary-600 dark:text-primary-500">this form</a>.'
    ),
    _("Reset filters"),
    _("Run"),
    _("Select action"),
    _("Select action to run"),
    _("Select all rows"),
    _("Select record"),
    _("Select value"),
    _("System"),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("Type to search"),
    _("Welcome"),
)
DJANGO_Q = (
    _("32-character task identifier."),
    _("Attempt count"),
    _("Dotted import path to the callable, e.g. myapp.tasks.job."),
    _("Function"),
    _("How many times execution was attempted."),
    _("Lock until"),
    _("Optional label to identify this schedule in the admin."),
    _("Started at"),
    _("Task"),
    _("Task id"),
    _("e.g. module.tasks.function"),
)
