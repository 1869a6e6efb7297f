"""The demo: the simulator as a second process, the sample, and an organiser to play with. No token, no network."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import typer

from bot import sample
from bot.clock import asked
from bot.commands.session import simulator_address
from bot.running import ROLES, start
from bot.settings import DEMO_TOKEN, Settings, SettingsWrong
from civic.store import Store

SIMULATOR_DATABASE = "var/simulator.db"
ORGANISER = {"id": 1000, "first_name": "Organizadora", "language_code": "es"}
START_SECONDS = 30


def start_demo(settings: Settings) -> None:
    """Start the local Telegram, fill an empty database with the sample, and run the bot until it is stopped."""
    address = simulator_address(settings)
    host, port = settings.listen_at
    pages = settings.public_url or f"http://{host}:{port}"
    with simulator(settings):
        ask(f"{address}/simulator/users", ORGANISER)
        ask(f"{address}/bot{DEMO_TOKEN}/setMyName", {"name": "Convoca"})  # BotFather's part
        settings = settings.model_copy(
            update={
                "clock": address,
                "telegram_api": address,
                "link": settings.link or address,
                "public_url": pages,
                "organisers": tuple({*settings.organisers, ORGANISER["id"]}),
            }
        )
        store = Store(settings.database)
        try:
            store.upgrade()
            sample.load(store, asked(address))
        finally:
            store.close()
        typer.echo(
            f"\n  Convoca, to try out (nothing leaves this machine)\n\n"
            f"    The chat, as any citizen sees it:  {address}\n"
            f"    The public page:                   {pages}\n\n"
            f"  Move the clock in the chat page. Stop with Ctrl-C; everything is kept in var/.\n"
        )
        start(settings, frozenset(ROLES))


@contextlib.contextmanager
def simulator(settings: Settings) -> Iterator[None]:
    """Run the local Telegram beside us; one that answers there already is used as it is."""
    address = simulator_address(settings)
    if answers(address):
        yield
        return
    Path(SIMULATOR_DATABASE).parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "simulator", "--listen", settings.simulator_listen]
    process = subprocess.Popen(  # noqa: S603 - our own program, our own arguments
        [*command, "--database", SIMULATOR_DATABASE], stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until = monotonic() + START_SECONDS
        while not answers(address):
            if process.poll() is not None or monotonic() > until:
                raise SettingsWrong(
                    f"CONVOCA_SIMULATOR_LISTEN ({settings.simulator_listen}): the simulator did not start"
                )
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()


def answers(address: str) -> bool:
    """Tell whether a simulator answers at an address."""
    try:
        asked(address)
    except (OSError, ValueError, KeyError):
        return False
    return True


def ask(url: str, body: dict[str, object]) -> None:
    """Post something to the simulator."""
    request = urllib.request.Request(  # noqa: S310 - the simulator's address is http
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - the simulator's address is http
        return
