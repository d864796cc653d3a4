"""No page shows a word that is not translated.

Each is opened, and each form sent empty, in a language whose every message stands between marks. What is outside of
them is data of the sample rows, or a word that is the same in all languages, or forgotten.
"""

from collections.abc import Iterator
from zoneinfo import available_timezones

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models, transaction
from django.test import Client

from backoffice import roles
from orders.models import Merchant
from orders.services import accounts, merchants
from providers.models import ProviderAccount
from tests.backoffice import permissions_of
from tests.orders.admin.rows import one_of_each
from tests.orders.conftest import NOW
from tests.translation.conftest import LANGUAGE
from tests.translation.marks import LETTERS, Marked, unknown_to, untranslated

# Names, units, formats and words of the wires that are the same in every language.
ALLOWED = frozenset(
    {
        *(
            "TRON",
            "TRX",
            "USDT",
            "TRC-20",
            "iTRX",
            "TronZap",
            "CrossingPay",
            "itrx",
            "tronzap",
            "crossingpay",
        ),
        *("UTC", "CSV", "XLSX", "PDF", "HTTP", "GET", "POST", "API", "IP", "JSON", "URL", "TLS", "ID"),
        *("English", "en", "zh-hans", "ru", "xx"),  # languages and their codes; 2xx, 3xx
        *("esc", "OrmQ", "object"),  # a key; a row of django-q
        *("CrossingPay", "v2a", "v2b", "Standard", "Webhooks"),  # names of formats
        *("summary", "orders", "tasks", "advance"),  # of rows that a form makes and that are undone
    }
)
# They hold words of ours in a column without choices.
OURS = {
    *(
        "orders.callbacklog.verdict",
        "orders.orderevent.kind",
        "orders.payment.reason",
    ),
}


@pytest.mark.django_db
def test_every_word_on_every_page_is_translated(in_marks: Marked) -> None:
    pages = list(_pages())
    data = _data()
    found: dict[str, str] = {}
    for name, html in pages:
        for text in untranslated(html, data, ALLOWED):
            found.setdefault(text, name)
    assert len(pages) > 150
    for language in ("zh-hans", "ru"):
        missing = unknown_to(language, filter(LETTERS.search, in_marks.asked))
        found |= dict.fromkeys(missing, f"in no catalogue of {language}")
    if found:
        pytest.fail("\n".join(f"{text}    ({name})" for text, name in sorted(found.items())))


def _pages() -> Iterator[tuple[str, str]]:
    """Name and HTML, as somebody sees them who may everything."""
    roles.create_roles()
    asker = User.objects.create_user("asker", is_staff=True)
    ids = one_of_each(_merchant(), _account(), asker)
    ids["usersession"] = UserSession.objects.create(
        user=asker, ip="192.0.2.9", session_key="x" * 32, user_agent=""
    ).pk
    person = User.objects.create_superuser("1")
    client = Client(headers={"accept-language": LANGUAGE}, raise_request_exception=False)
    for template, url in sorted(permissions_of.addresses().items()):
        if template.startswith("/admin/"):
            path = permissions_of.filled(url, ids)
            for method in permissions_of.METHODS:
                client.force_login(person)
                yield from _answers(f"{method} {template}", client, method, path)


def _answers(name: str, client: Client, method: str, path: str) -> Iterator[tuple[str, str]]:
    """And the page it leads to, with its message. What it did is undone."""
    with transaction.atomic():
        response = client.generic(method, path)
        if response.status_code == 302 and method == "POST":
            response = client.get(response.headers["Location"])
        html = response.headers.get("Content-Type", "").startswith("text/html")
        if html and not response.streaming:
            yield name, response.content.decode()
        transaction.set_rollback(True)


def _data() -> set[str]:
    """Every time zone, and every text of a row but what is chosen from a list: that has a translation."""
    found: set[str | None] = set(available_timezones())
    for model in apps.get_models():
        for field in model._meta.fields:
            is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
            if is_text and str(field).lower() not in OURS:
                found |= set(model._default_manager.values_list(field.name, flat=True))
    return {text for text in found if text}


def _merchant() -> Merchant:
    return merchants.create_merchant(name="Sample merchant", time_zone="Asia/Shanghai", now=NOW)


def _account() -> ProviderAccount:
    return accounts.add_account(
        kind="itrx",
        label="itrx account",
        base_url="http://127.0.0.1:65535",
        key="key",
        secret="secret",
        now=NOW,
    )
