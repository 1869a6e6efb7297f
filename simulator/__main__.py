"""`python -m simulator`: start the local Telegram."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

DEFAULT_LISTEN = "127.0.0.1:8081"
DEFAULT_DATABASE = "var/simulator.db"


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"not HOST:PORT: {text}")
    return host, int(port)


def _via(text: str) -> dict[str, str]:
    """Read `https://public.example=http://127.0.0.1:8080`, several with commas between."""
    routes = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        public, equals, local = pair.partition("=")
        if not equals or not public.startswith("https://") or "://" not in local:
            raise argparse.ArgumentTypeError(f"not https://PUBLIC=http://LOCAL: {pair}")
        routes[public] = local
    return routes


def main() -> int:
    """Run the program; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument(
        "--listen",
        type=_address,
        default=os.environ.get("CONVOCA_SIMULATOR_LISTEN") or DEFAULT_LISTEN,
        metavar="HOST:PORT",
        help="port 0 takes a free one",
    )
    parser.add_argument("--database", type=Path, default=Path(DEFAULT_DATABASE))
    parser.add_argument(
        "--via",
        type=_via,
        default=os.environ.get("CONVOCA_SIMULATOR_VIA", ""),
        metavar="PUBLIC=LOCAL",
        help="bring webhook calls for one address to another, as a reverse proxy does",
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="simulator: %(levelname)s %(message)s")

    from simulator.server import Options, until_signalled

    host, port = options.listen
    try:
        asyncio.run(
            until_signalled(
                Options(host, port, options.database, options.via),
                lambda line: print(line, flush=True),  # noqa: T201 - the one line it says
            )
        )
    except OSError as fault:
        sys.stderr.write(f"simulator: cannot start on {host}:{port}: {fault}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
