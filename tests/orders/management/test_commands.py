"""The commands of scripts and operators: their result as text and as JSON; bad input stores nothing."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from orders.models import (
    ApiCredential,
    AuditEntry,
    Backfill,
    LedgerAccount,
    Merchant,
    Order,
    Transfer,
    Wallet,
    WatchedAddress,
    WebhookSecret,
)
from orders.services import invariants, ledger, rotation, webhook_secrets
from providers import keyring, webhooks
from providers.base import KeyPair
from providers.models import ProviderAccount
from tests.chain import Chain
from tests.orders.conftest import ADDRESS, NOW, MakeAccount, Place
from tests.reader import NODE, Reader

UNPRINTABLE = ["\x00", "a\nb", "\u202ea", "\udcff", "\u2028"]


def output(*arguments: object) -> str:
    out = io.StringIO()
    call_command(*[str(argument) for argument in arguments], stdout=out)
    return out.getvalue()


def result(*arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output(*arguments, "--json"))
    return found


def rows() -> tuple[int, ...]:
    models = (Merchant, ApiCredential, LedgerAccount, Transfer, Wallet, ProviderAccount, AuditEntry, Order)
    return tuple(model.objects.count() for model in models)


def refused(*arguments: object) -> str:
    """The message; nothing is stored and nothing printed."""
    before, out = rows(), io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(*[str(argument) for argument in arguments], stdout=out)
    assert (rows(), out.getvalue()) == (before, "")
    return str(caught.value)


@pytest.mark.django_db
class TestCreateMerchant:
    def test_the_merchant_can_be_topped_up_at_once(self) -> None:
        made = result("create_merchant", "--name", "Sample", "--time-zone", "Europe/Berlin")
        merchant = Merchant.objects.get()
        assert made == {"id": merchant.pk, "name": "Sample", "time_zone": "Europe/Berlin"}
        assert (ledger.available_sun(merchant), AuditEntry.objects.get().act) == (0, "merchant.create")

    def test_as_text(self) -> None:
        lines = output(
            "create_merchant", "--name", " Sample ", "--callback-url", "https://m.example/cb"
        ).splitlines()
        merchant = Merchant.objects.get()
        assert lines == [f"id: {merchant.pk}", "name: Sample", "time_zone: Asia/Shanghai"]
        assert merchant.default_callback_url == "https://m.example/cb"

    @pytest.mark.parametrize("name", ["", "   ", "x" * 129, "x" * 1_000_000, *UNPRINTABLE])
    def test_names_that_are_none(self, name: str) -> None:
        assert "name: " in refused("create_merchant", "--name", name)

    def test_a_name_is_taken_once(self, merchant: Merchant) -> None:
        assert "already exists" in refused("create_merchant", "--name", merchant.name)

    @pytest.mark.parametrize(
        "zone", ["", "Mars/Olympus", "+08:00", "asia/shanghai", "../../etc/passwd", "x" * 500]
    )
    def test_zones_that_are_none(self, zone: str) -> None:
        assert "time_zone: " in refused("create_merchant", "--name", "Sample", "--time-zone", zone)

    @pytest.mark.parametrize(
        "url", ["m.example", "ftp://m.example", "http://u:p@m.example", "http://m:99999", "javascript:1"]
    )
    def test_urls_that_cannot_be_called(self, url: str) -> None:
        assert "URL" in refused("create_merchant", "--name", "Sample", "--callback-url", url)

    def test_the_name_is_needed(self) -> None:
        assert "--name" in refused("create_merchant")


@pytest.mark.parametrize("dialect", ["itrx", "tronzap", "crossingpay"])
def test_issue_credential_tells_the_pair_once(dialect: str, merchant: Merchant, now: datetime) -> None:
    for name in (merchant.name, merchant.pk):
        made = result("issue_credential", "--merchant", name, "--dialect", dialect)
        credential = ApiCredential.objects.get(pk=made["id"])
        assert made == {
            "id": credential.pk,
            "merchant": merchant.name,
            "dialect": dialect,
            "key": rotation.open_pair(credential).key,
            "secret": rotation.open_pair(credential).secret,
        }
        stored = str(ApiCredential.objects.values().get(pk=credential.pk)) + str(
            list(AuditEntry.objects.values())
        )
        assert made["key"] not in stored
        assert made["secret"] not in stored


def test_issue_credential_as_text(merchant: Merchant) -> None:
    text = output("issue_credential", "--merchant", merchant.name, "--dialect", "itrx")
    pair = rotation.open_pair(ApiCredential.objects.get())
    assert f"key: {pair.key}\nsecret: {pair.secret}\n" in text


def test_a_merchant_is_found_by_name_before_its_id(merchant: Merchant) -> None:
    other = Merchant.objects.create(name=str(merchant.pk))
    assert (
        result("issue_credential", "--merchant", merchant.pk, "--dialect", "itrx")["merchant"] == other.name
    )


@pytest.mark.parametrize(
    "name", ["", "nobody", "0", "-1", "1e0", "１", "9" * 40, "x" * 1_000_000, *UNPRINTABLE]
)
def test_a_merchant_that_is_none(name: str, merchant: Merchant) -> None:
    for command in (
        ("issue_credential", "--dialect", "itrx"),
        ("top_up", "--trx", "1"),
        ("add_wallet", "--address", ADDRESS),
    ):
        message = refused(*command, f"--merchant={name}")
        assert "merchant" in message
        assert len(message) < 1_000


@pytest.mark.parametrize("dialect", ["", "ITRX", "paypal"])
def test_a_dialect_that_is_none(dialect: str, merchant: Merchant) -> None:
    assert "invalid choice" in refused("issue_credential", "--merchant", merchant.name, "--dialect", dialect)


def test_issue_webhook_secret_tells_it_once_and_rotates(merchant: Merchant) -> None:
    first = result("issue_webhook_secret", "--merchant", merchant.name)
    assert webhooks.key_of(first["secret"])
    assert "rotate it" in refused("issue_webhook_secret", "--merchant", merchant.name)
    second = result("issue_webhook_secret", "--merchant", merchant.pk, "--rotate", "24h")
    assert second["merchant"] == merchant.name
    assert "overlap" in refused("issue_webhook_secret", "--merchant", merchant.pk, "--rotate", "0")
    rows = {row.pk: row for row in WebhookSecret.objects.all()}
    assert rows[first["id"]].retires_at is not None
    assert rows[second["id"]].retires_at is None
    stored = str(list(WebhookSecret.objects.values())) + str(list(AuditEntry.objects.values()))
    assert first["secret"][6:] not in stored
    assert second["secret"][6:] not in stored


@pytest.mark.parametrize("overlap", ["", "2h", "forever"])
def test_an_overlap_that_is_none(overlap: str, merchant: Merchant) -> None:
    assert "invalid choice" in refused(
        "issue_webhook_secret", f"--merchant={merchant.pk}", f"--rotate={overlap}"
    )


@pytest.mark.parametrize("grace", list(rotation.GRACES))
def test_rotate_credential(grace: str, credential: ApiCredential) -> None:
    made = result("rotate_credential", "--credential", credential.pk, "--grace", grace)
    credential.refresh_from_db()
    assert credential.retires_at is not None
    successor = ApiCredential.objects.get(replaces=credential)
    assert (made["id"], made["replaces"]) == (successor.pk, credential.pk)
    assert KeyPair(made["key"], made["secret"]) == rotation.open_pair(successor)
    # DjangoJSONEncoder writes milliseconds
    told = datetime.fromisoformat(made["old_retires_at"])
    assert abs((told - credential.retires_at).total_seconds()) < 0.001
    assert "being replaced" in refused("rotate_credential", "--credential", credential.pk)


@pytest.mark.parametrize("pk", ["", "0", "-1", "x", "１", "9" * 40, *UNPRINTABLE])
def test_a_credential_that_is_none(pk: str, credential: ApiCredential) -> None:
    assert "credential" in refused("rotate_credential", f"--credential={pk}")


def test_rotate_credential_until_a_time(credential: ApiCredential) -> None:
    with time_machine.travel(NOW, tick=False):
        made = result("rotate_credential", "--credential", credential.pk, "--until=2026-03-02T09:30+08:00")
    credential.refresh_from_db()
    assert credential.retires_at == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    assert made["old_retires_at"] == "2026-03-02T01:30:00Z"


@pytest.mark.parametrize(
    "until",
    [
        *("", "x", "2026-03-02", "2026-03-02T09:30", "2026-03-01T12:00Z", "2026-05-30T12:00:01Z"),
        *("2026-13-01T00:00Z", "9999-12-31T23:59-12:00", *UNPRINTABLE),
    ],
)
def test_a_time_that_can_not_be_chosen(until: str, credential: ApiCredential) -> None:
    with time_machine.travel(NOW, tick=False):
        assert "until: " in refused("rotate_credential", "--credential", credential.pk, f"--until={until}")


@pytest.mark.parametrize("grace", ["", "1", "8d", "-1h", "forever"])
def test_a_grace_that_is_none(grace: str, credential: ApiCredential) -> None:
    assert "invalid choice" in refused("rotate_credential", "--credential", credential.pk, f"--grace={grace}")


@pytest.mark.parametrize(("trx", "amount_sun"), [("100", 100_000_000), ("12.5", 12_500_000), ("0.000001", 1)])
def test_top_up(trx: str, amount_sun: int, merchant: Merchant) -> None:
    before = ledger.available_sun(merchant)
    assert result("top_up", "--merchant", merchant.pk, "--trx", trx, "--reason", "paid") == {
        "merchant": merchant.name,
        "amount_sun": amount_sun,
        "available_sun": before + amount_sun,
    }
    transfer = Transfer.objects.latest("id")
    assert (transfer.code, transfer.amount, transfer.note) == ("top_up", amount_sun, "paid")


@pytest.mark.parametrize(
    "trx",
    [
        *(
            "",
            "0",
            "0.0",
            "-1",
            "NaN",
            "Infinity",
            "1e3",
            "0.0000001",
            "1,5",
            "1_000",
            "１００",
            "TRX",
            "<b>1</b>",
        ),
        *("1000000001", str(10**30), "9" * 1_000_000, *UNPRINTABLE),
    ],
)
def test_top_ups_that_are_none(trx: str, merchant: Merchant) -> None:
    assert "trx: " in refused("top_up", "--merchant", merchant.name, f"--trx={trx}")
    assert ledger.available_sun(merchant) == 1_000_000_000


@pytest.mark.parametrize(("side", "sign"), [("credit", 1), ("debit", -1)])
def test_adjust(side: str, sign: int, merchant: Merchant) -> None:
    before = ledger.available_sun(merchant)
    asked = ("adjust", "--merchant", merchant.pk, "--asset", "TRX", f"--{side}=2.5", "--reason", "twice")
    assert result(*asked) == {
        "merchant": merchant.name,
        "asset": "TRX",
        "amount": sign * 2_500_000,
        "balance": before + sign * 2_500_000,
    }
    assert (Transfer.objects.latest("id").code, Transfer.objects.latest("id").note) == ("adjustment", "twice")


def test_adjustments_that_are_none(merchant: Merchant) -> None:
    asked = ("adjust", "--merchant", merchant.name, "--reason", "x")
    for amount in ("", "0", "-1", "NaN", "1e3", "0.0000001", "1000000001", *UNPRINTABLE):
        for side in ("credit", "debit"):
            assert f"{side}: " in refused(*asked, "--asset=TRX", f"--{side}={amount}")
    assert "debit: " in refused(*asked, "--asset=USDT", "--debit=1")
    assert "required" in refused(*asked, "--asset=USDT")
    assert "invalid choice" in refused(*asked, "--asset=BTC", "--credit=1")
    assert ledger.available_sun(merchant) == 1_000_000_000


def test_a_long_reason_is_cut_and_a_garbled_one_refused(merchant: Merchant) -> None:
    result("top_up", "--merchant", merchant.name, "--trx", "1", "--reason", "x" * 10_000)
    assert len(Transfer.objects.latest("id").note) == 255
    assert "reason: " in refused("top_up", "--merchant", merchant.name, "--trx", "1", "--reason", "a\x00")


@pytest.fixture
def pair_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_KEY", " key-1\n")
    monkeypatch.setenv("SAMPLE_SECRET", "secret-1\n")
    monkeypatch.setenv("SAMPLE_EMPTY", " ")
    monkeypatch.setenv("SAMPLE_GARBLED", "geheim\u00e9")


ACCOUNT = {
    "--kind": "itrx",
    "--label": "Upstream",
    "--base-url": "https://upstream.example/",
    "--key-variable": "SAMPLE_KEY",
    "--secret-variable": "SAMPLE_SECRET",
}


def account_command(**changed: str) -> list[str]:
    named = {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    return ["add_provider_account", *(f"{name}={value}" for name, value in (ACCOUNT | named).items())]


@pytest.mark.django_db
@pytest.mark.usefixtures("pair_in_environment")
class TestAddProviderAccount:
    def test_the_pair_comes_from_the_environment_without_its_line_end(self, now: datetime) -> None:
        made = result(*account_command(), "--priority", "7", "--upstream-account", "us")
        account = ProviderAccount.objects.get()
        assert made == {"id": account.pk, "kind": "itrx", "label": "Upstream"}
        assert account.credentials(now=now).current == KeyPair("key-1", "secret-1")
        assert (account.base_url, account.priority, account.has_query) == (
            "https://upstream.example",
            7,
            False,
        )
        assert "secret-1" not in str(ProviderAccount.objects.values().get()) + str(
            AuditEntry.objects.values().get()
        )

    def test_a_crossingpay_account_has_no_key(self, now: datetime) -> None:
        result(*account_command(kind="crossingpay", key_variable=""), "--has-query")
        account = ProviderAccount.objects.get()
        assert account.credentials(now=now).current == KeyPair("", "secret-1")
        assert account.has_query

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"kind": "paypal"}, "invalid choice"),
            ({"label": " "}, "label: "),
            ({"label": "x" * 65}, "label: "),
            ({"label": "a\u202eb"}, "label: "),
            ({"base_url": "upstream.example"}, "URL"),
            ({"base_url": "ftp://upstream.example"}, "URL"),
            ({"base_url": "https://u:p@upstream.example"}, "password"),
            ({"base_url": "https://upstream.example:99999"}, "URL"),
            ({"base_url": "https://upstream.example/?a=1"}, "query"),
            ({"base_url": "https://" + "a." * 130 + "example"}, "host name"),
            ({"base_url": "https://upstream.example/" + "a" * 300}, "base_url"),
            ({"base_url": "https://0x7f000001"}, "host name"),
            ({"base_url": "https://upstream.example:25"}, "port"),
            ({"key_variable": ""}, "key"),
            ({"key_variable": "SAMPLE_EMPTY"}, "empty"),
            ({"secret_variable": "SAMPLE_EMPTY"}, "empty"),
            ({"secret_variable": "SAMPLE_MISSING"}, "empty"),
            ({"secret_variable": "SAMPLE_GARBLED"}, "ASCII"),
            ({"upstream_account": "x" * 65}, "upstream_account: "),
            ({"priority": "-1"}, "priority: "),
            ({"priority": str(10**30)}, "priority: "),
            ({"priority": "first"}, "invalid int"),
        ],
    )
    def test_what_is_no_account(self, changed: dict[str, str], told: str) -> None:
        message = refused(*account_command(**changed))
        assert told in message
        assert "secret-1" not in message

    def test_a_label_is_taken_once(self) -> None:
        result(*account_command())
        assert "already exists" in refused(*account_command())


def test_add_wallet(merchant: Merchant) -> None:
    made = result("add_wallet", "--merchant", merchant.pk, "--address", ADDRESS, "--label", "till 1")
    wallet = Wallet.objects.get()
    assert made == {"id": wallet.pk, "merchant": merchant.name, "address": ADDRESS}
    assert (wallet.merchant, wallet.label) == (merchant, "till 1")
    assert "already exists" in refused("add_wallet", "--merchant", merchant.pk, "--address", ADDRESS)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            ADDRESS[:-1] + "x",
            "TEX5nLeFJ1dyazhJC3P9eYJs7hxgk7knJF",
            ADDRESS.lower(),
            f" {ADDRESS}",
            "x" * 1_000_000,
        ),
        *("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "<b>", *UNPRINTABLE),
    ],
)
def test_wallets_that_are_none(address: str, merchant: Merchant) -> None:
    assert "address" in refused("add_wallet", "--merchant", merchant.name, f"--address={address}")


def test_a_wallets_label_is_short(merchant: Merchant) -> None:
    assert "label: " in refused(
        "add_wallet", "--merchant", merchant.name, "--address", ADDRESS, "--label", "x" * 65
    )


def test_reencrypt_moves_every_secret(
    credential: ApiCredential, make_account: MakeAccount, settings: Settings, now: datetime
) -> None:
    account = make_account()
    pair = rotation.open_pair(credential)
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, old]
    secret = webhook_secrets.issue(credential.merchant, now=now)
    told = {"credentials": 1, "webhook_secrets": 1, "provider_accounts": 1, "second_factors": 0}
    assert result("reencrypt") == told
    settings.ENCRYPTION_KEYS = [new]
    secret.row.refresh_from_db()
    assert keyring.unseal(secret.row.sealed_secret) == secret.secret
    credential.refresh_from_db()
    account.refresh_from_db()
    assert rotation.open_pair(credential) == pair
    assert account.credentials(now=now).current == KeyPair("key", "secret")


def test_reencrypt_with_a_foreign_ring_says_so(credential: ApiCredential, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert "encryption ring" in refused("reencrypt")


@time_machine.travel(NOW)
def test_check_invariants_when_all_hold(place: Place) -> None:
    place()
    found = result("check_invariants")
    assert (len(found["checked"]), found["broken"]) == (len(invariants.CHECKS), [])
    assert output("check_invariants").endswith("broken: 0\n")


@pytest.mark.parametrize("as_json", [True, False])
def test_check_invariants_lists_what_is_broken_and_exits_with_1(place: Place, as_json: bool) -> None:
    order = place()
    Order.objects.filter(pk=order.pk).update(status="unknown")
    out = io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("check_invariants", json=as_json, stdout=out)
    assert caught.value.code == 1
    listed = json.loads(out.getvalue())["broken"] if as_json else out.getvalue().splitlines()
    assert any(order.number in line for line in listed)


# --- the chain -------------------------------------------------------------------------------------------------


@pytest.fixture
def read_to(db: None) -> int:
    """The last block that the watcher has read."""
    reader = Reader(Chain()).start()
    reader.chain.grow(5)
    reader.read()
    return reader.chain.head


def test_a_range_is_read_again_on_demand(read_to: int) -> None:
    told = result("rescan_blocks", 1001, read_to, "--reason", "a doubt")
    backfill = Backfill.objects.get(pk=told["id"])
    assert (backfill.first_number, backfill.last_number, backfill.reason) == (1001, read_to, "a doubt")
    assert backfill.order is None
    with pytest.raises(CommandError, match="Only blocks up to"):
        result("rescan_blocks", 1001, read_to + 1)


def test_the_state_of_the_chain_is_told(read_to: int, settings: Settings) -> None:
    settings.TRON_NODES = [NODE]
    told = result("chain_status")
    assert (told["block"], told["missing_blocks"], told["open_backfills"]) == (read_to, 0, 0)
    assert told["nodes"] == ["node: fit, 0 requests today"]


def test_there_is_nothing_to_watch_without_a_node(db: None, settings: Settings) -> None:
    settings.TRON_NODES = []
    with pytest.raises(CommandError, match="TRON_NODE_URL"):
        call_command("watch_chain", "--once")


def test_a_wallet_may_be_ours(merchant: Merchant) -> None:
    wallet = ["--merchant", merchant.name, "--address", ADDRESS]
    assert result("add_wallet", *wallet, "--custody", "ours")["address"] == ADDRESS
    assert Wallet.objects.get().custody == "ours"
    assert WatchedAddress.objects.get().address == ADDRESS
