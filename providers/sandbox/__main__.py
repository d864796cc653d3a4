import argparse
import logging
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

from providers.sandbox import accounts, clock
from providers.sandbox.sandbox import Sandbox
from providers.sandbox.server import Server
from providers.sandbox.state import FILE_NAME, Store
from providers.sandbox.tron import genesis


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m providers.sandbox", description="A stand-in for all upstreams."
    )
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--data-dir", type=Path, default=Path("var"))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    sandbox = Sandbox(Store(options.data_dir / FILE_NAME))
    with sandbox.store.transaction() as db:
        accounts.issue_demo(db, now=datetime.now(UTC))
        genesis.begin(db, datetime.now(UTC))
    server = Server(options.port, sandbox)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sandbox.stopping.set())
    clock.start(sandbox)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    logging.info("listening on http://127.0.0.1:%s/", server.server_port)
    sandbox.stopping.wait()
    # Threads are daemons and every change is a committed transaction: nothing needs to be waited for.
    sandbox.wake.set()
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
