"""What the headers of every answer tell a browser."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

STRICT = "default-src 'none'"
PAGES = ["/admin/login/", "/docs/", "/docs/itrx/", "/nothing/here/", "/api/v1/frontend/nothing"]


def policy(client: Client, page: str) -> dict[str, str]:
    header = client.get(page).headers["Content-Security-Policy"]
    return {name: sources for name, _, sources in (part.strip().partition(" ") for part in header.split(";"))}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.django_db
def test_every_answer_has_them(client: Client, page: str) -> None:
    headers = client.get(page).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    rules = policy(client, page)
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["form-action"] == "'self'"


@pytest.mark.parametrize("page", PAGES[1:])
@pytest.mark.django_db
def test_outside_the_admin_no_script_runs_and_no_style_is_inline(client: Client, page: str) -> None:
    rules = policy(client, page)
    assert "script-src" not in rules  # so default-src holds
    assert (rules["style-src"], rules["img-src"]) == ("'self'", "'self'")


@pytest.mark.django_db
def test_inside_it_no_inline_script_and_no_other_host(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    for page in ("/admin/", "/admin/orders/order/"):
        rules = policy(client, page)
        assert rules["script-src"] == "'self' 'unsafe-eval'"
        assert "http" not in json.dumps(rules)


@pytest.mark.django_db
def test_pages_of_staff_are_kept_by_no_cache(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    assert "no-store" in client.get("/admin/").headers["Cache-Control"]
    assert "no-store" in client.get("/admin/account/second-factor/").headers["Cache-Control"]


@pytest.mark.django_db
def test_no_script_reads_a_cookie(client: Client) -> None:
    User.objects.create_superuser("root", password="correct horse 7Zq")
    client.get("/admin/login/")
    client.post("/admin/login/", {"login": "root", "password": "correct horse 7Zq"})
    assert {name: bool(cookie["httponly"]) for name, cookie in client.cookies.items()} == {
        "csrftoken": True,
        "sessionid": True,
    }
    assert {cookie["samesite"] for cookie in client.cookies.values()} == {"Lax"}


def test_behind_tls_cookies_and_hosts_are_bound_to_it(tmp_path: Path) -> None:
    names = (
        *("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"),
        *("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"),
    )
    program = (
        "import json; from backoffice import settings;"
        f" print(json.dumps([getattr(settings, name) for name in {names}]))"
    )
    environment = os.environ | {"BEHIND_TLS": "true", "DATA_DIR": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    assert json.loads(told.stdout) == [
        *(True, True, True, 31_536_000),
        *("__Host-sessionid", "__Host-csrftoken", False),
    ]
