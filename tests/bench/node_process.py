"""The node of benchmarks (tests/bench/chain_node.py), as its user sees it."""

import subprocess
import sys
from types import TracebackType

import requests

from backoffice.child import die_with_parent
from tests.processes import ROOT


class NodeProcess:
    def __init__(self, first: int, blocks: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.chain_node", str(first), str(blocks)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent(),
        )
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        self._http = requests.Session()
        self._http.trust_env = False

    def __enter__(self) -> "NodeProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def grow(self, blocks: int) -> None:
        self._http.get(f"{self.url}/grow?{blocks}", timeout=60).raise_for_status()

    @property
    def calls(self) -> int:
        return int(self._http.get(f"{self.url}/calls", timeout=60).json()["calls"])

    def ask_about(self, address: str) -> None:
        """As peers poll: the newest page of one address and one token."""
        path = f"/v1/accounts/{address}/transactions/trc20"
        query = {"only_to": "true", "only_confirmed": "true", "limit": "100"}
        self._http.get(f"{self.url}{path}", params=query, timeout=60).raise_for_status()
