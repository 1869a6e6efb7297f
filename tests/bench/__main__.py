"""Prints the benchmark's table: `python -m tests.bench [PEOPLE]`."""

import asyncio
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, make_url, text

from bot.clock import true_now
from civic.store import Store
from tests.bench.contenders import (
    BARE,
    CONVOCA,
    ECHO,
    Bench,
    BenchFailed,
    Contender,
    Round,
    bench,
    check_confirmed,
    command_seconds,
    sign_up,
    unconfirm,
)
from tests.databases import Server, Sqlite, postgresql

PEOPLE: Final = 600
ROUNDS: Final = 3
CONTENDERS: Final = (CONVOCA, BARE, ECHO)

Rounds = dict[Contender, list[Round]]


async def measure(people: int) -> None:
    """Measure and print."""
    console = Console(width=None if sys.stdout.isatty() else 132)
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="convoca-bench-")))
        servers: dict[str, Server] = {"SQLite": Sqlite(folder), "PostgreSQL": closing.enter_context(durable())}
        async with bench(folder) as stub:
            results = {kind: await rounds(stub, server, people) for kind, server in servers.items()}
            console.print(speed(results, people))
            console.print(starting(await starts(stub, servers["SQLite"])))
    console.print(setting(), style="dim", highlight=False)


async def rounds(stub: Bench, server: Server, people: int) -> Rounds:
    """Give what was seen of each contender, round by round; a round for warming up is left out.

    They take turns on one database, so that a busy moment of the machine is not one contender's alone.
    """
    found: Rounds = {contender: [] for contender in CONTENDERS}
    with server.migrated(stub.empty_folder()) as url:
        store = Store(url)
        try:
            taps = sign_up(store, people)
            async with (
                stub.running(CONVOCA, url),
                stub.running(BARE, url),
                stub.running(ECHO, url),
            ):
                for number in range(ROUNDS + 1):
                    for contender in CONTENDERS:
                        unconfirm(store)
                        seen = await stub.round(contender, taps)
                        if contender.taps:
                            check_confirmed(store, contender)
                        if number:
                            found[contender].append(seen)
        finally:
            store.close()
    return found


async def starts(stub: Bench, server: Server) -> Mapping[str, list[float]]:
    """Give seconds, several times each, of what a person who starts the programs waits for."""
    found: dict[str, list[float]] = {}
    with server.migrated(stub.empty_folder()) as url:
        for _ in range(ROUNDS):
            for what, seconds in (
                ("Convoca, start to first reply (SQLite)", stub.first_reply(CONVOCA, url)),
                ("bare aiogram echo, start to first reply", stub.first_reply(ECHO, url)),
                ("python -c 'import aiogram'", command_seconds("-c", "import aiogram")),
                ("convoca --help", command_seconds("-m", "bot", "--help")),
            ):
                found.setdefault(what, []).append(await seconds)
    return found


def speed(results: Mapping[str, Rounds], people: int) -> Table:
    """Make the table of updates a second, and what each costs."""
    table = Table(title=f"Updates a second, long polling, {people} people, median of {ROUNDS}")
    table.add_column("")
    for column in ("updates/s", "lowest–highest", "to bare handler", "to bare echo", "CPU ms/update"):
        table.add_column(column, justify="right")
    for kind, found in results.items():
        rates = {contender: [people / each.seconds for each in seen] for contender, seen in found.items()}
        middle = {contender: statistics.median(each) for contender, each in rates.items()}
        table.add_section()
        for contender, each in rates.items():
            table.add_row(
                f"{contender.name} · {kind}" if contender.taps else contender.name,
                f"{middle[contender]:.0f}",
                f"{min(each):.0f}–{max(each):.0f}",
                f"{middle[contender] / middle[BARE]:.0%}" if contender.taps else "",
                f"{middle[contender] / middle[ECHO]:.0%}",
                cost(found[contender], people),
            )
    return table


def cost(seen: Sequence[Round], people: int) -> str:
    """Say the processor's milliseconds an update: steadier than a rate where others use the machine too."""
    took = [each.processor_seconds for each in seen if each.processor_seconds is not None]
    return f"{statistics.median(took) * 1000 / people:.1f}" if took else "–"


def starting(found: Mapping[str, list[float]]) -> Table:
    """Make the table of starts."""
    table = Table(title=f"Seconds to start, median of {ROUNDS}")
    table.add_column("")
    table.add_column("seconds", justify="right")
    table.add_column("lowest–highest", justify="right")
    for what, each in found.items():
        table.add_row(what, f"{statistics.median(each):.2f}", f"{min(each):.2f}–{max(each):.2f}")
    return table


def setting() -> str:
    """Say where and when this was measured, and how."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("aiogram", "aiohttp", "SQLAlchemy", "psycopg", "uvloop")
    )
    return (
        f"{true_now():%Y-%m-%d %H:%M} UTC · {os.cpu_count()} × {processor()} · {platform.system()} "
        f"{platform.release()} · Python {platform.python_version()} · {packages}, SQLite {sqlite3.sqlite_version}\n"
        "From the first getUpdates to the last chat's answer, at a stub of the Bot API in a process of its own on the "
        "same machine; one tap by each person, Convoca's pace at 1,000 messages a second. Convoca's handler looks the "
        "chat up, locks the meeting, confirms, remembers the update, leaves an audit row and says the place anew."
    )


def processor() -> str:
    """Name the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


@contextmanager
def durable() -> Iterator[Server]:
    """Lend a PostgreSQL that waits for the disk as an installation's does, unlike the tests'."""
    with postgresql() as server:
        with server.migrated(Path()) as url:
            engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text("ALTER SYSTEM RESET ALL"))
                connection.execute(text("SELECT pg_reload_conf()"))
            engine.dispose()
        yield server


if __name__ == "__main__":
    try:
        asyncio.run(measure(int(sys.argv[1]) if sys.argv[1:] else PEOPLE))
    except BenchFailed as failed:
        sys.exit(str(failed))
