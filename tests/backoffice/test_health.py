import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings


@pytest.mark.django_db
def test_it_answers_any_host_without_redirect_or_session(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/healthz", headers={"host": "10.1.2.3:8000"})
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response["Content-Type"] == "application/json"
    assert not response.cookies


@pytest.mark.django_db(transaction=True)
def test_it_reports_a_database_that_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", "no-such-directory/no-such-database")
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "database unavailable"})
    connection.close()


def test_other_paths_still_meet_the_host_check(client: Client) -> None:
    assert client.get("/", headers={"host": "10.1.2.3"}).status_code == 400


def test_the_root_leads_to_the_admin(client: Client) -> None:
    response = client.get("/")
    assert (response.status_code, response["Location"]) == (302, "/admin/")


@pytest.mark.django_db
def test_the_login_page_loads(client: Client) -> None:
    response = client.get("/admin/", follow=True)
    assert response.status_code == 200
    assert response.redirect_chain == [("/admin/login/?next=/admin/", 302)]
    assert "<title>" in response.content.decode()
