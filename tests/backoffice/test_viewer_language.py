"""Which language a person reads: the one he chose, else the one his browser asks for; nobody else's."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from orders.models import AuditEntry, PersonLanguage
from orders.services import audit, languages
from tests.orders.conftest import NOW

CHOOSE, LOGIN, ORDERS = "/admin/language/", "/admin/login/", "/admin/orders/order/"


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_superuser("sample", password="x")


def logged_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def language_of(client: Client, page: str = ORDERS, **headers: str) -> str:
    response = client.get(page, headers=headers)
    assert response.status_code == 200
    told = re.search(r'<html lang="([^"]+)"', response.content.decode())
    assert told is not None
    assert told[1] == response.headers["Content-Language"]
    return told[1]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("zh-CN,zh;q=0.9", "zh-hans"),
        ("zh-TW,ru;q=0.5", "zh-hans"),
        ("de-DE,de", "en"),
        ("", "en"),
        ("x" * 5000, "en"),
    ],
)
@pytest.mark.django_db
def test_the_login_page_speaks_the_languages_of_the_browser(asked: str, language: str) -> None:
    assert language_of(Client(), LOGIN, accept_language=asked) == language


@pytest.mark.django_db
def test_a_choice_before_the_login_is_kept_in_the_browser() -> None:
    client = Client()
    back = f"{LOGIN}?next=/admin/orders/order/"
    response = client.post(CHOOSE, {"language": "ru", "next": back})
    assert (response.status_code, response.headers["Location"]) == (302, back)
    assert language_of(client, LOGIN, accept_language="zh-CN") == "ru"
    assert not PersonLanguage.objects.exists()


def test_a_choice_goes_with_the_person_to_every_browser(person: User) -> None:
    client = logged_in(person)
    assert language_of(client, accept_language="ru") == "ru"
    assert client.post(CHOOSE, {"language": "zh-hans"}).status_code == 302
    assert language_of(client, accept_language="ru") == "zh-hans"
    assert language_of(logged_in(person), accept_language="ru") == "zh-hans"
    client.post(CHOOSE, {"language": "en"})
    assert language_of(client, accept_language="ru") == "en"
    assert PersonLanguage.objects.get().code == "en"


def test_a_choice_is_nobody_elses(person: User) -> None:
    logged_in(person).post(CHOOSE, {"language": "ru"})
    assert language_of(logged_in(User.objects.create_superuser("other"))) == "en"


@pytest.mark.parametrize("language", ["", "de", "xx", "ru\0", "../../etc", "x" * 5000])
def test_a_language_that_is_none_is_refused(person: User, language: str) -> None:
    client = logged_in(person)
    assert client.post(CHOOSE, {"language": language}).status_code == 400
    assert language_of(client) == "en"
    assert not PersonLanguage.objects.exists()


def test_it_leads_nowhere_else(person: User) -> None:
    response = logged_in(person).post(CHOOSE, {"language": "ru", "next": "https://elsewhere.example/"})
    assert response.headers["Location"] == "/"


def test_a_foreign_page_chooses_nothing(person: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.post(CHOOSE, {"language": "ru"}).status_code == 403
    assert client.get(CHOOSE).status_code == 405
    assert languages.chosen_by(person) == ""


@pytest.mark.parametrize("page", ["/docs/", "/nothing/here/", "/healthz"])
@pytest.mark.django_db
def test_what_is_outside_the_staff_pages_is_english(page: str) -> None:
    client = Client(headers={"accept-language": "ru"})
    client.cookies["language"] = "ru"
    answer = client.get(page)
    assert "Content-Language" not in answer.headers
    assert answer.content == Client().get(page).content


@pytest.mark.parametrize("language", ["zh-hans", "ru"])
def test_the_trail_is_in_english_whoever_acts(person: User, language: str) -> None:
    """Labels of Django's own are used, since it brings translations of them."""
    label = translation.gettext_lazy("This field is required.")
    with translation.override(language):
        assert str(label) != "This field is required."
        audit.record("sample.act", user=person, now=NOW, label=label)
    assert AuditEntry.objects.filter(act="sample.act").get().label == "This field is required."
