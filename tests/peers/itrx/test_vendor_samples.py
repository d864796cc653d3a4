"""The vendor's own samples of order/collect-manual, run as printed.

Replaced are scheme and host, the key pair, and `{mydomain}`. One defect is repaired: in the Shell sample `xxd -p` wraps
its output after 60 characters, so that SIGNATURE is broken in two lines; it gets `-c 64`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tron_energy import TronEnergy

from orders.models import CallbackLog, Order
from providers.base import KeyPair
from tests.flows.stack import Stack
from tests.flows.upstreams import Upstreams
from tests.peers.itrx.conftest import bought, callback
from tests.upstream import Upstream
from tests.waiting import wait_until

SAMPLES = Path(__file__).with_name("samples")
NODE_MODULES = Path(__file__).parents[1] / "node" / "node_modules"
KEY = "B433BFF1CDE7450AA38A56BEAC690DD4"
SECRET = "0285A2741D0E76E2E187260EB23E51851D48403A756333E7D0CF845406ABF3E8"
# Interpreter, and the programs that the sample calls.
LANGUAGES: dict[str, tuple[str, list[str]]] = {
    "py": (sys.executable, []),
    "js": ("node", []),
    "sh": ("bash", ["jq", "openssl", "xxd", "curl"]),
}
VALUE = re.compile(r"""['"]?(\w+)['"]?: ?['"]?(\w+)['"]?""")


def sample(language: str, stack: Stack, pair: KeyPair, receiver: Upstream) -> str:
    text = (SAMPLES / f"collect_manual.{language}.txt").read_text(encoding="utf-8")
    replaced = {
        "https://{domain}": stack.web_url,
        KEY: pair.key,
        SECRET: pair.secret,
        "{mydomain}": receiver.url.removeprefix("http://"),
    }
    if language == "sh":
        replaced["xxd -p"] = "xxd -p -c 64"
    for old, new in replaced.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def run(language: str, text: str, directory: Path) -> dict[str, str]:
    """What it prints: a Python dict, a JavaScript object or JSON, as names and values."""
    program, called = LANGUAGES[language]
    missing = [name for name in [program, *called] if not shutil.which(name)]
    if language == "js" and not (NODE_MODULES / "axios").is_dir():
        missing.append("axios")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    file = directory / f"collect_manual.{language}"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [program, str(file)],
        cwd=directory,
        env={"PATH": os.environ["PATH"], "NODE_PATH": str(NODE_MODULES), "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    printed = dict(VALUE.findall(done.stdout))
    assert printed.get("errno") == "0", done.stdout + done.stderr
    return printed


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_order(
    language: str, stack: Stack, upstreams: Upstreams, pair: KeyPair, receiver: Upstream, tmp_path: Path
) -> None:
    receiver.answer(b"{}")
    printed = run(language, sample(language, stack, pair, receiver), tmp_path)
    assert list(printed) == ["errno", "serial", "scene", "amount", "balance"]
    order = Order.objects.get(serial=printed["serial"])
    assert (order.kind, order.scene, order.external_id) == ("collect", 2, "123456")
    assert (printed["scene"], int(printed["amount"])) == ("2", order.price_sun)

    # The samples only place; the vendor's rules for the rest are in the public client.
    client = TronEnergy(api_key=pair.key, api_secret=pair.secret)
    client.base_url = f"{stack.web_url}/"
    found = completed(client, order.serial)
    assert [each["delegate_hash"] for each in found["details"]] == [order.attempts.get().txid]
    assert len(bought(order, upstreams)) == 1

    received = callback(receiver)
    headers = {name.lower(): value for name, value in received.headers.items()}
    told = json.loads(received.body)
    assert client.verify_signature(headers["signature"], headers["timestamp"], told)
    assert (told["serial"], told["status"], told["out_trade_no"]) == (order.serial, 40, "123456")
    wait_until(lambda: CallbackLog.objects.filter(order=order, verdict="delivered").exists())


def completed(client: TronEnergy, serial: str) -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        answer: dict[str, Any] = client.get_order(serial)
        return [answer] if answer["status"] == 40 else []

    return wait_until(found)[0]


def test_the_shell_sample_as_printed_cannot_work() -> None:
    """Should the vendor's text change, the repair has to go."""
    assert "-binary | xxd -p)" in (SAMPLES / "collect_manual.sh.txt").read_text(encoding="utf-8")
