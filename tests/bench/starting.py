"""What a start takes, and how much memory a bot at rest; beside what aiogram alone takes of both."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from tests.bench.contenders import CONVOCA, ECHO, BenchFailed
from tests.bench.report import Figure, Line
from tests.bench.running import Bench, end
from tests.databases import Server

ROUNDS: Final = 3
REACH_SECONDS: Final = 1.5
"""From the start to the first reply, beyond a bare `import aiogram`."""
REACH_HELP: Final = 1.0
REACH_MEGABYTES: Final = 80.0
"""Of memory at rest, beyond a bare `import aiogram`."""
REST_SECONDS: Final = 5
IMPORT: Final = "import aiogram"


async def measure(bench: Bench, kind: str, server: Server) -> AsyncIterator[Line]:
    """Start everything several times, in turn; a first time, for the disk, is left out."""
    with server.migrated(bench.empty_folder()) as url:
        started = [
            (
                await bench.first_reply(CONVOCA, url),
                await bench.first_reply(ECHO, url),
                await command_seconds("-c", IMPORT),
                await command_seconds("-m", "bot", "--help"),
            )
            for _ in range(ROUNDS + 1)
        ]
        resting = await at_rest(bench, url)
    first, echo, imported, helped = (Figure(tuple(each)) for each in zip(*started[1:], strict=True))
    peer = f"{imported.said('s', 2)} {IMPORT}"
    beyond = first.middle - imported.middle
    yield Line(
        f"start to first reply, {kind}",
        first.said("s", 2),
        peer,
        f"{beyond:+.2f} s",
        f"≤ +{REACH_SECONDS} s",
        beyond <= REACH_SECONDS,
    )
    yield Line(f"start to first reply, {kind}", first.said("s", 2), f"{echo.said('s', 2)} {ECHO.name}")
    yield Line("convoca --help", helped.said("s", 2), reach=f"< {REACH_HELP:.0f} s", is_met=helped.middle < REACH_HELP)
    bare = await bare_memory()
    if resting is not None and bare is not None:
        more = resting - bare
        yield Line(
            f"memory at rest, {kind}",
            f"{resting:.0f} MB",
            f"{bare:.0f} MB {IMPORT}",
            f"{more:+.0f} MB",
            f"≤ +{REACH_MEGABYTES:.0f} MB",
            more <= REACH_MEGABYTES,
        )


async def command_seconds(*arguments: str) -> float:
    """Say how long this Python takes with these arguments, from start to end."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.DEVNULL)
    if await process.wait():
        raise BenchFailed(" ".join(arguments))
    return time.perf_counter() - started


async def at_rest(bench: Bench, url: str) -> float | None:
    """Give the megabytes that Convoca holds some seconds after its first reply; None where the system does not say."""
    async with bench.running(CONVOCA, url):
        await bench.round(CONVOCA, {1: 0})
        await asyncio.sleep(REST_SECONDS)
        return megabytes(*bench.pids(CONVOCA))


async def bare_memory() -> float | None:
    """Give the megabytes of a process that has imported aiogram, and no more."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", f"{IMPORT}; print(1, flush=True); input()"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout
        await process.stdout.readline()
        return megabytes(process.pid)
    finally:
        await end(process)


def megabytes(pid: int) -> float | None:
    """Give the memory that a process holds (its resident set); None where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000
