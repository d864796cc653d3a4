"""How merchants check a callback: by the vendor's PHP sample run as it is, and by the rule of its Go sample."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from tests.peers import programs

PHP_SAMPLE = (Path(__file__).parent / "samples" / "generateSign.php.txt").read_text(encoding="utf-8")
EXAMPLE = "签名结果:92946b085856653d23bda3b54facdf8f"  # what the sample prints for its own values
CHECK = """
foreach (array_slice($argv, 2) as $body) {
    echo generateSign(json_decode($body, true), $argv[1]), "\\n";
}
"""


def php_signs(bodies: Sequence[bytes], apikey: str) -> list[str]:
    """What a merchant's PHP computes for each body."""
    printed = programs.php(PHP_SAMPLE + CHECK, apikey, *(body.decode() for body in bodies))
    example, *signs = printed.splitlines()
    assert example == EXAMPLE
    return signs


def go_sign(body: bytes, apikey: str) -> str:
    """%.6f of a float64, the names sorted, the key at the end. Python formats a float as Go does."""
    told = json.loads(body)
    params = {name: told[name] for name in ("address", "txid", "timestamp")}
    params["amount"] = f"{float(told['amount']):.6f}"
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    return hashlib.md5((text + apikey).encode()).hexdigest()
