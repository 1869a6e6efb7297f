"""Prints the benchmark's table, and writes docs/performance.md when all of it was measured.

`python -m tests.bench WORD…` measures only the parts that are named (handlers, signing, tick, start, delivery, enqueue)
and only the databases that are (sqlite, postgresql).
"""

import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from sqlalchemy import create_engine, make_url, text

from tests.bench import handlers, owing, report, signing_up, starting, ticking
from tests.bench.contenders import BenchFailed
from tests.bench.report import Line
from tests.bench.running import Bench, bench
from tests.databases import Server, Sqlite, postgresql

Part = Callable[[Bench, str, Server], AsyncIterator[Line]]
PARTS: Final[Mapping[str, Part]] = {
    "handlers": handlers.measure,
    "signing": signing_up.measure,
    "tick": ticking.measure,
    "start": starting.measure,
    "delivery": owing.delivery,
    "enqueue": owing.enqueue,
}


async def main(words: Sequence[str]) -> None:
    """Measure the parts named, or all; each on both databases."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    began = time.perf_counter()
    lines: list[Line] = []
    named = {word.lower() for word in words}
    chosen = [name for name in PARTS if name in named] or list(PARTS)
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="convoca-bench-")))
        servers: dict[str, Server] = {"SQLite": Sqlite(folder), "PostgreSQL": closing.enter_context(durable())}
        kinds = [kind for kind in servers if kind.lower() in named] or list(servers)
        async with bench(folder) as running:
            for name, kind in itertools.product(chosen, kinds):
                console.print(f"{name}, {kind}…", style="dim")
                async for line in PARTS[name](running, kind, servers[kind]):
                    lines.append(line)
                    console.print(*filter(None, line.cells()), sep=" · ", style="dim", highlight=False)
    seconds = time.perf_counter() - began
    console.print(report.table(lines))
    console.print(report.setting(seconds), style="dim", highlight=False)
    if not named:
        report.write(lines, seconds)


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
        asyncio.run(main(sys.argv[1:]))
    except BenchFailed as failed:
        sys.exit(str(failed))
