"""Resending everything a list shows: how many, where to, why; then a job."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from orders import notation
from orders.admin import acts, formats
from orders.admin.base import BackOfficeAdmin, staff
from orders.admin.order_acts import ReasonForm
from orders.models import Callback
from orders.services import resending
from orders.states import CallbackStatus

MOST_HOSTS_SHOWN = 12
LEFT_OUT = {
    CallbackStatus.PENDING: _("on their way already"),
    CallbackStatus.CANCELLED: _("cancelled"),
    "test": _("test callbacks"),
}


class ResendForm(ReasonForm):
    """`newest`: the id up to which the preview counted, so that nothing is sent which nobody was shown."""

    pace = forms.IntegerField(
        min_value=1,
        max_value=500,
        initial=20,
        help_text=_("At most so many a second to each host."),
        label=_("Pace"),
    )
    stop_after = forms.IntegerField(
        min_value=1,
        max_value=resending.MOST_ITEMS,
        initial=10,
        required=False,
        label=_("Pause after failures"),
        help_text=_("The job pauses by itself after so many failed first tries. Empty: never."),
    )
    newest = forms.IntegerField(min_value=0, max_value=2**63 - 1, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Tally:
    """`hosts`: what can be resent, by host; `again`: how many of it had been delivered; `left_out`: by the reason."""

    hosts: Counter[str]
    again: int
    left_out: Counter[str]
    newest: int
    is_too_much: bool

    @property
    def count(self) -> int:
        return self.hosts.total()


def tally(callbacks: QuerySet[Callback]) -> Tally:
    """Reads one more than a job may hold, however many match."""
    most = resending.MOST_ITEMS
    ids = callbacks.order_by().values("pk")[: most + 1]
    groups = Callback.objects.filter(pk__in=ids).order_by().values_list("host", "status", "is_test")
    hosts: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    again = newest = 0
    for host, status, is_test, count, last in groups.annotate(Count("pk"), Max("pk")):
        newest = max(newest, last)
        if is_test or status not in resending.RESENDABLE:
            left_out[str(LEFT_OUT["test" if is_test else status])] += count
            continue
        hosts[host] += count
        again += count if status == CallbackStatus.DELIVERED else 0
    return Tally(hosts, again, left_out, newest, hosts.total() + left_out.total() > most)


def page(
    admin: BackOfficeAdmin,
    request: HttpRequest,
    callbacks: QuerySet[Callback],
    filters: Mapping[str, str],
) -> HttpResponse:
    """GET: the preview. POST: a job of what can be resent now of what the preview had counted."""
    found = tally(callbacks)
    form = ResendForm(request.POST or None, initial={"newest": found.newest})

    def start() -> acts.Told:
        if found.is_too_much:
            raise ValidationError(_note(found))
        given = {name: form.cleaned_data[name] for name in ("reason", "pace", "stop_after")}
        shown = callbacks.filter(pk__lte=form.cleaned_data["newest"])
        job = resending.start(shown, user=staff(request), filters=filters, now=timezone.now(), **given)
        return acts.Told(
            ngettext(
                "%(count)s callback is being resent.", "%(count)s callbacks are being resent.", job.total
            )
            % {"count": notation.number(job.total)},
            formats.page_of(job),
        )

    act = acts.Act(
        title=gettext("Resend callbacks"),
        button=gettext("Resend %(count)s") % {"count": notation.number(found.count)}
        if found.count and not found.is_too_much
        else gettext("Resend"),
        note=_note(found),
        facts=_facts(found, filters),
        is_danger=found.is_too_much or not found.count,
        back=f"{formats.list_of(admin.model)}?{request.GET.urlencode()}",
    )
    return acts.page(admin, request, None, form, act, start)


def _note(found: Tally) -> str:
    if found.is_too_much:
        return gettext("More than %(count)s match, which is too much for one job: narrow the filter.") % {
            "count": notation.number(resending.MOST_ITEMS)
        }
    if not found.count:
        return gettext("None of what matches can be resent.")
    return gettext(
        "Each is a new round of tries of the same event, with the same id. Every earlier try stays in the log."
    )


def _facts(found: Tally, filters: Mapping[str, str]) -> list[tuple[str, object]]:
    if found.is_too_much:
        return [(gettext("Filter"), described(filters))]
    shown: list[tuple[object, str]] = [
        (host, notation.number(count)) for host, count in found.hosts.most_common(MOST_HOSTS_SHOWN)
    ]
    if len(found.hosts) > MOST_HOSTS_SHOWN:
        more = len(found.hosts) - MOST_HOSTS_SHOWN
        words = ngettext("and %(count)s more host", "and %(count)s more hosts", more) % {
            "count": notation.number(more)
        }
        shown.append((words, ""))
    return [
        (gettext("Will be resent"), notation.number(found.count)),
        (gettext("Of these delivered before"), notation.number(found.again)),
        (gettext("Hosts"), _lines(shown) if shown else formats.NOTHING),
        (
            gettext("Left out"),
            _lines([(f"{why}:", notation.number(count)) for why, count in found.left_out.items()]) or "0",
        ),
        (gettext("Filter"), described(filters)),
    ]


def _lines(pairs: list[tuple[object, str]]) -> SafeString:
    return format_html_join("", '<div class="bo-pair"><span>{}</span> <b>{}</b></div>', pairs)


def described(filters: Mapping[str, str]) -> SafeString | str:
    words: list[tuple[object, str]] = [
        (f"{gettext(name)}:", gettext(value)) for name, value in filters.items()
    ]
    return _lines(words) or gettext("none: the whole list")


def filters_in_words(changelist: ChangeList) -> dict[str, str]:
    """Title and value of each filter that is set, for the preview, the job and the audit trail: in English when the
    list was made in English, as what is stored must be."""
    words: dict[str, str] = {}
    rest: dict[str, Any] = dict(changelist.params)
    for spec in changelist.filter_specs:
        for name in spec.expected_parameters():
            rest.pop(str(name), None)
        names = {str(key): str(name) for key, name in getattr(spec, "lookup_choices", None) or []}
        values = [
            _word(value, names) for value in spec.used_parameters.values() if value not in (None, "", [])
        ]
        if values:
            words[str(spec.title)] = " ".join(values)
    # Rows chosen by hand, and filters the page does not offer, such as one with a single choice.
    words |= {name: _word(value, {}) for name, value in rest.items() if value}
    if changelist.query:
        words[SEARCH_VAR] = changelist.query
    return {name: value[:500] for name, value in words.items()}


def _word(value: object, names: Mapping[str, str]) -> str:
    """A merchant by its name, a list with commas."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(names.get(str(each), str(each)) for each in values)
