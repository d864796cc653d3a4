"""The signature workbench's page: what is pasted, what it says, and what it never shows."""

import json
from typing import Any

import pytest
from django.test import Client

from orders.admin.workbench import Part, compare
from orders.models import ApiCredential, AuditEntry, Merchant
from orders.services import rotation, webhook_secrets
from providers.itrx import wire as itrx
from providers.tronzap import wire as tronzap
from tests.orders.admin.conftest import NONSENSE, text
from tests.orders.conftest import NOW

PAGE = "/admin/orders/merchant/workbench/"
BODY = '{"scene":0,"note":"<b>bold</b>"}'


def paste(client: Client, credential: ApiCredential, body: str = BODY, **given: str) -> Any:
    form = {"merchant": str(credential.merchant_id), "keys": str(credential.pk), "body": body}
    return client.post(PAGE, form | given)


def lines(headers: dict[str, str]) -> str:
    return "\r\n".join(f"{name}: {value}" for name, value in headers.items())


def itrx_headers(credential: ApiCredential, body: str = BODY) -> str:
    pair = rotation.open_pair(credential)
    return lines(itrx.signed_headers(pair.key, pair.secret, body.encode(), NOW))


def test_a_valid_signature(credential: ApiCredential, support: Client) -> None:
    response = paste(support, credential, headers=itrx_headers(credential))
    words = text(response)
    assert response.context["found"].is_valid
    assert "seconds old now" in words, "an old one is valid and would be refused"
    assert "<b>bold" not in words
    assert rotation.open_pair(credential).secret not in words


def test_the_broken_rule_and_the_difference_are_shown(credential: ApiCredential, support: Client) -> None:
    spaced = json.dumps(json.loads(BODY), sort_keys=True)
    response = paste(support, credential, headers=itrx_headers(credential, spaced))
    words = text(response)
    assert "JSON with spaces" in words
    assert "<mark> </mark>" in words
    pair = rotation.open_pair(credential)
    right = itrx.sign(pair.secret, str(int(NOW.timestamp())), BODY.encode())
    assert right not in words


def test_a_body_of_several_lines_is_read_as_it_was_sent(merchant: Merchant, support: Client) -> None:
    """A browser turns each line end into CRLF."""
    credential = rotation.issue(merchant, "tronzap", now=NOW).credential
    pair = rotation.open_pair(credential)
    body = '{\n  "service": "energy"\n}\n'
    headers = lines(tronzap.auth_headers(pair.key, pair.secret, body.encode()))
    response = paste(support, credential, body=body.replace("\n", "\r\n"), headers=headers)
    assert response.context["found"].is_valid


def test_webhook_headers(merchant: Merchant, credential: ApiCredential, support: Client) -> None:
    webhook_secrets.issue(merchant, now=NOW)
    response = paste(support, credential, keys="webhook", headers="webhook-id: 1")
    assert "webhook-signature is missing" in text(response)


def test_the_merchant_comes_first(credential: ApiCredential, support: Client) -> None:
    assert "Choose whose key" in text(support.get(PAGE))
    form = support.get(PAGE, {"merchant": credential.merchant_id}).context["form"]
    assert [value for value, _ in form.fields["keys"].choices] == [str(credential.pk), "webhook"]
    rotation.revoke(credential, now=NOW)
    words = text(support.get(PAGE, {"merchant": credential.merchant_id}))
    assert "(revoked)" in words, "what an old key signed is looked at, too"


@pytest.mark.parametrize("nonsense", NONSENSE)
@pytest.mark.parametrize("name", ["merchant", "keys", "headers", "body", "signature"])
def test_any_input_is_answered(name: str, nonsense: str, credential: ApiCredential, support: Client) -> None:
    assert paste(support, credential, **{name: nonsense}).status_code == 200
    assert support.get(PAGE, {name: nonsense}).status_code == 200


def test_a_foreign_merchants_credential_is_no_choice(credential: ApiCredential, support: Client) -> None:
    other = Merchant.objects.create(name="Another")
    theirs = rotation.issue(other, "itrx", now=NOW).credential
    response = paste(support, credential, keys=str(theirs.pk))
    assert list(response.context["form"].errors) == ["keys"]


def test_too_much_is_refused(credential: ApiCredential, support: Client) -> None:
    response = paste(support, credential, body="x" * 65_537)
    assert list(response.context["form"].errors) == ["body"]


def test_each_look_is_on_the_trail(credential: ApiCredential, support: Client) -> None:
    paste(support, credential, headers=itrx_headers(credential))
    entry = AuditEntry.objects.get(act="workbench.examine")
    assert (entry.user.username, entry.after["verdict"]) == ("support", "valid")  # type: ignore[union-attr]


def test_keys_of_another_ring_are_told(credential: ApiCredential, support: Client) -> None:
    ApiCredential.objects.update(sealed_secret="of another ring")
    response = paste(support, credential, headers=itrx_headers_of_nobody())
    assert "encryption ring" in text(response)


def itrx_headers_of_nobody() -> str:
    return "API-KEY: a\nTIMESTAMP: 1\nSIGNATURE: b"


@pytest.mark.parametrize(
    ("one", "other", "parts"),
    [
        ("abcde", "abXde", ("ab[c]de", "ab[X]de")),
        ("abc", "abc", ("abc", "abc")),
        ("aa", "aaa", ("aa", "aa[a]")),
        ("", "x", ("", "[x]")),
        ("a:1,b:2,c", "&a: 1,b: 2,c", ("a:1,b:2,c", "[&]a:[ ]1,b:[ ]2,c")),
        (
            "<" + "a" * 2_000 + ">",
            "<" + "b" * 2_000 + ">",
            ("<[" + "a" * 2_000 + "]>", "<[" + "b" * 2_000 + "]>"),
        ),
    ],
)
def test_texts_are_compared(one: str, other: str, parts: tuple[str, str]) -> None:
    def shown(found: list[Part]) -> str:
        return "".join(f"[{part.text}]" if part.is_differing else part.text for part in found)

    first, second = compare(one, other)
    assert (shown(first), shown(second)) == parts
    assert "".join(part.text for part in first) == one
    assert "".join(part.text for part in second) == other
