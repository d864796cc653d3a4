"""The workbench with a merchant's real keys: which key signed, what is sent along, and what it never tells."""

import json
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from orders.models import ApiCredential, AuditEntry, CrossingPayFormat, Merchant
from orders.services import rotation, signing, webhook_secrets, workbench
from orders.services.workbench import Specimen
from providers import webhooks
from providers.diagnosis import Diagnosis
from providers.itrx import wire as itrx
from providers.tronzap import wire as tronzap
from tests.orders.conftest import NOW
from tests.orders.services.test_signing import FACTS, Sent

BODY = b'{"scene":0}'
HOUR = timedelta(hours=1)


@pytest.fixture
def tronzap_credential(merchant: Merchant) -> ApiCredential:
    return rotation.issue(merchant, "tronzap", now=NOW).credential


@pytest.fixture
def apikey(merchant: Merchant) -> ApiCredential:
    return rotation.issue(merchant, "crossingpay", now=NOW).credential


def request(credential: ApiCredential, at: datetime = NOW, **changes: str) -> Specimen:
    pair = rotation.open_pair(credential)
    if credential.dialect == "itrx":
        headers = itrx.signed_headers(pair.key, pair.secret, BODY, at)
    else:
        headers = tronzap.auth_headers(pair.key, pair.secret, BODY)
    return Specimen(body=BODY, headers=headers | changes)


def callback(credential: ApiCredential, wire_format: str) -> Specimen:
    keys = signing.open_keys(signing.Owner(credential.merchant_id, credential.pk), now=NOW)
    assert keys is not None
    sent = signing.signed(Sent(wire_format), keys, now=NOW)
    return Specimen(body=sent.body, headers=sent.headers)


def look(credential: ApiCredential, specimen: Specimen, user: User) -> Diagnosis:
    return workbench.examine_credential(credential, specimen, user=user, now=NOW)


def test_our_own_requests_and_callbacks_are_valid(
    credential: ApiCredential, tronzap_credential: ApiCredential, admin_user: User
) -> None:
    for own in (credential, tronzap_credential):
        assert look(own, request(own), admin_user).is_valid
    assert look(credential, callback(credential, "itrx"), admin_user).is_valid


@pytest.mark.parametrize("wire_format", CrossingPayFormat.values)
def test_our_own_crossingpay_callbacks_are_valid(
    wire_format: str, apikey: ApiCredential, admin_user: User
) -> None:
    Merchant.objects.update(crossingpay_format=wire_format)
    apikey = ApiCredential.objects.get()
    assert look(apikey, callback(apikey, wire_format), admin_user).is_valid


def test_the_merchants_profile_decides_between_the_readings(apikey: ApiCredential, admin_user: User) -> None:
    Merchant.objects.update(crossingpay_format="crossingpay_v2b_body")
    apikey = ApiCredential.objects.get()
    found = look(apikey, callback(apikey, "crossingpay_v2b"), admin_user)
    assert "other reading" in found.mistakes[0]


def test_an_old_key_is_named(credential: ApiCredential, admin_user: User) -> None:
    successor = rotation.rotate(credential, grace=timedelta(0), now=NOW).credential
    found = look(successor, request(credential), admin_user)
    assert found.mistakes[0] == f"an old key: {credential}, retired"
    assert "API-KEY" in found.mistakes[1]
    found = look(ApiCredential.objects.get(pk=credential.pk), request(credential), admin_user)
    assert found.mistakes == (f"an old key: {credential}, retired",), "chosen although it is dead"


def test_another_living_key_of_the_merchant_is_named(credential: ApiCredential, admin_user: User) -> None:
    other = rotation.issue(credential.merchant, "itrx", now=NOW).credential
    found = look(other, request(credential), admin_user)
    assert found.mistakes[0] == f"another key of this merchant: {credential}"


def test_a_foreign_merchants_key_is_not_looked_at(credential: ApiCredential, admin_user: User) -> None:
    other = Merchant.objects.create(name="Another")
    theirs = rotation.issue(other, "itrx", now=NOW).credential
    found = look(credential, request(theirs), admin_user)
    assert not found.is_explained
    assert "no key of this merchant" in found.mistakes[0]


@pytest.mark.parametrize("name", ["API-KEY", "Api-Key", "api-key"])
def test_header_names_are_of_any_case(name: str, credential: ApiCredential, admin_user: User) -> None:
    specimen = request(credential)
    headers = {name if each == "API-KEY" else each.lower(): value for each, value in specimen.headers.items()}
    assert look(credential, Specimen(body=BODY, headers=headers), admin_user).is_valid


def test_without_a_signature_it_says_so(
    credential: ApiCredential, tronzap_credential: ApiCredential, admin_user: User
) -> None:
    for own, header in ((credential, "SIGNATURE"), (tronzap_credential, "X-Signature")):
        found = look(own, Specimen(body=BODY, headers={}), admin_user)
        assert (found.is_valid, header in found.mistakes[0]) == (False, True)


def test_a_signature_may_be_pasted_apart(tronzap_credential: ApiCredential, admin_user: User) -> None:
    signature = request(tronzap_credential).headers["X-Signature"]
    specimen = Specimen(body=BODY, headers={}, signature=signature)
    assert look(tronzap_credential, specimen, admin_user).is_valid


def test_webhook_headers_by_each_secret(merchant: Merchant, admin_user: User) -> None:
    def look_at(specimen: Specimen) -> Diagnosis:
        return workbench.examine_webhook(merchant, specimen, user=admin_user, now=NOW)

    def signed_with(secret: str) -> Specimen:
        key = webhooks.key_of(secret)
        return Specimen(body=BODY, headers=webhooks.signed_headers("evt_1", NOW, BODY, [key]))

    assert "no webhook secret" in look_at(Specimen(body=BODY, headers={})).mistakes[0]
    old = webhook_secrets.issue(merchant, now=NOW)
    new = webhook_secrets.rotate(merchant, overlap=HOUR, now=NOW)
    assert look_at(signed_with(old.secret)).is_valid
    assert look_at(signed_with(new.secret)).is_valid
    webhook_secrets.revoke(old.row, now=NOW)
    assert look_at(signed_with(old.secret)).mistakes == (f"an old key: {old.row}, revoked",)
    assert "webhook-signature" in look_at(Specimen(body=BODY, headers={})).mistakes[0]


def test_a_credentials_secret_signs_webhook_headers_only_in_place_of_one(
    apikey: ApiCredential, admin_user: User
) -> None:
    merchant = apikey.merchant
    specimen = callback(apikey, "crossingpay_v2a")
    assert workbench.examine_webhook(merchant, specimen, user=admin_user, now=NOW).is_valid
    webhook_secrets.issue(merchant, now=NOW)
    found = workbench.examine_webhook(merchant, specimen, user=admin_user, now=NOW)
    assert "and not the webhook secret" in found.mistakes[0]


@pytest.mark.parametrize("wire_format", sorted(set(FACTS) - {"native"}))
def test_it_is_no_oracle(wire_format: str, merchant: Merchant, admin_user: User) -> None:
    """Neither a key nor the right signature of a text of one's choosing comes back."""
    dialect = "itrx" if wire_format == "itrx" else "crossingpay"
    credential = rotation.issue(merchant, dialect, now=NOW).credential
    right = callback(credential, wire_format)
    pair = rotation.open_pair(credential)
    told = json.loads(right.body)
    signature = right.header("SIGNATURE") or told.get("sign") or told.get("Sign")
    wrong = Specimen(body=right.body, headers=right.headers, signature="0" * len(signature))
    found = look(credential, wrong, admin_user)
    assert not found.is_explained
    for secret in (pair.secret, pair.key, signature):
        assert secret not in str(found)
        assert secret not in str(list(AuditEntry.objects.values()))


def test_who_looked_at_what_is_on_the_trail(credential: ApiCredential, admin_user: User) -> None:
    look(credential, request(credential), admin_user)
    entry = AuditEntry.objects.get(act="workbench.examine")
    assert (entry.user, entry.object_id) == (admin_user, str(credential.merchant_id))
    assert entry.after == {"keys": str(credential), "verdict": "valid", "mistakes": []}
