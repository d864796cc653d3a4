import logging
import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections, connection
from django.utils import timezone

from orders.services import detecting, node_gate, sweeping
from orders.services.signer import Signer
from orders.services.wallet_nodes import NoNode, WalletNodes
from providers.errors import ProviderMisconfigured, ProviderUnavailable

logger = logging.getLogger(__name__)

NET_ROUNDS = 60  # how often rows are looked for that the hook has missed


class Command(BaseCommand):
    help = "Move paid deposits to cold wallets until stopped. The one process that holds WALLET_KEYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--pause", type=float, default=1.0, help="seconds between looks while nothing is due"
        )
        parser.add_argument("--keys-file", help="read the keys from here instead of WALLET_KEYS")
        parser.add_argument("--once", action="store_true", help="do what is due now and end")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            signer = Signer(ring(options["keys_file"]))
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not node_gate.has_node():
            raise CommandError("TRON_NODE_URL is not set: there is no node to send through.")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        nodes, rounds = WalletNodes(clock=timezone.now), 0
        while not stop.is_set():
            busy = self._round(nodes, signer, stop, looks_for_missed=rounds % NET_ROUNDS == 0)
            rounds += 1
            if options["once"]:
                return
            if not busy:
                stop.wait(options["pause"])

    def _round(
        self, nodes: WalletNodes, signer: Signer, stop: threading.Event, *, looks_for_missed: bool
    ) -> int:
        """How many sweeps were moved. Nothing that fails may end the loop."""
        try:
            close_old_connections()
            if looks_for_missed:
                detecting.open_missing(now=timezone.now())
            return sum(self._step(pk, nodes, signer, stop) for pk in sweeping.due(now=timezone.now()))
        except NoNode as error:
            stop.wait(min(error.seconds, 10.0))
        except Exception:
            logger.exception("a round of sweeps failed")
            connection.close()
        return 0

    @staticmethod
    def _step(pk: int, nodes: WalletNodes, signer: Signer, stop: threading.Event) -> int:
        """Raises NoNode."""
        if stop.is_set():
            return 0
        try:
            with nodes.node() as node:
                return sweeping.advance(pk, node, signer, clock=timezone.now)
        except (ProviderUnavailable, ProviderMisconfigured) as error:
            logger.warning("sweep %d waits for a node: %s", pk, error)
        except NoNode:
            raise
        except Exception:
            logger.exception("sweep %d failed at this step; its row brings it back", pk)
        return 0


def ring(path: str | None) -> list[str]:
    """Newest first. Raises CommandError, which never repeats a key."""
    try:
        text = Path(path).read_text() if path else ",".join(settings.WALLET_KEYS)
    except OSError as error:
        raise CommandError(f"cannot read the keys file: {error.strerror}") from error
    keys = [key.strip() for key in text.replace("\n", ",").split(",") if key.strip()]
    if not keys:
        raise CommandError("WALLET_KEYS is empty: make one with `manage.py make_wallet_key`.")
    return keys
