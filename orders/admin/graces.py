"""How long what is replaced keeps working: a few usual spans, or until a moment of one's choosing."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin import acts, formats
from orders.services import rotation

CHOSEN = "at"
GRACES = {
    "0": gettext_lazy("none: the old one dies at once"),
    "1h": gettext_lazy("1 hour"),
    "24h": gettext_lazy("24 hours"),
    "7d": gettext_lazy("7 days"),
    CHOSEN: gettext_lazy("until a time of my choosing"),
}
MOMENT = "%Y-%m-%dT%H:%M"


class GraceForm(acts.ActForm):
    grace = forms.ChoiceField(
        choices=list(GRACES.items()), initial="24h", widget=forms.RadioSelect, label=gettext_lazy("Grace")
    )
    until = forms.DateTimeField(
        label=gettext_lazy("The time of my choosing"),
        required=False,
        input_formats=[MOMENT],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )

    def __init__(self, data: Any = None, *, label: Any = "", **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if label:
            self.fields["grace"].label = label
        self.fields["until"].help_text = _(
            "Only with the last choice. In your time zone, %(zone)s, where it is %(now)s; at most %(days)s days ahead."
        ) % {
            "zone": timezone.get_current_timezone_name(),
            "now": formats.minute(timezone.now()),
            "days": rotation.MOST_GRACE.days,
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "grace" in cleaned and "until" not in self.errors:
            try:
                self.span(timezone.now())
            except ValidationError as error:
                self.add_error("until", error)
        return cleaned

    def span(self, now: datetime) -> timedelta:
        """Raises ValidationError for a chosen time that has passed, meanwhile too, or is too far away."""
        grace, until = self.cleaned_data["grace"], self.cleaned_data.get("until")
        if grace != CHOSEN:
            return rotation.GRACES[grace]
        try:
            return rotation.grace_until(until or now, now=now)
        except ValueError as error:
            sentence = _("Choose a time that is still to come, at most %(days)s days ahead.")
            raise ValidationError(sentence % {"days": rotation.MOST_GRACE.days}) from error
