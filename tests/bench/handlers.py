"""Updates a second through a real handler, beside bare ones on the same database and transport."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from civic.store import Store
from tests.bench.contenders import (
    BARE,
    BARE_HOOKED,
    BARE_REPLICAS,
    CONVOCA,
    CONVOCA_HOOKED,
    CONVOCA_REPLICAS,
    ECHO,
    ECHO_HOOKED,
    REPLICAS,
    Contender,
)
from tests.bench.report import Figure, Line
from tests.bench.running import Bench, Round, end
from tests.bench.seeding import check_confirmed, sign_up, unconfirm
from tests.databases import Server

PEOPLE: Final = 600
ROUNDS: Final = 3
REACH: Final = 0.7
ALONE: Final = 1031
"""The first bot id of the processes without HTTP."""

Rounds = dict[Contender, list[Round]]


async def measure(bench: Bench, kind: str, server: Server) -> AsyncIterator[Line]:
    """Measure polling and webhook on one database; on PostgreSQL with replicas too."""
    with server.migrated(bench.empty_folder()) as url:
        store = Store(url)
        try:
            taps = sign_up(store, PEOPLE)
            polling = (CONVOCA, BARE, ECHO)
            hooked = (CONVOCA_HOOKED, BARE_HOOKED, ECHO_HOOKED)
            async with AsyncExitStack() as running:
                for contender in hooked:  # first: they have to grow up
                    await running.enter_async_context(bench.running(contender, url))
                async with together(bench, polling, url):
                    for line in lines(f"polling, {kind}", await rounds(bench, store, polling, taps), *polling):
                        yield line
                await bench.grown_up(CONVOCA_HOOKED)
                for line in lines(f"webhook, {kind}", await rounds(bench, store, hooked, taps), *hooked):
                    yield line
            if not store.is_sqlite:
                for line in await replicas(bench, store, url, taps):
                    yield line
        finally:
            store.close()


async def replicas(bench: Bench, store: Store, url: str, taps: Mapping[int, int]) -> Sequence[Line]:
    """Measure several processes of each by webhook, and the use case in as many without HTTP."""
    both = (CONVOCA_REPLICAS, BARE_REPLICAS)
    async with together(bench, both, url):
        await bench.grown_up(CONVOCA_REPLICAS)
        found = await rounds(bench, store, both, taps)
    alone = await without_http(bench, store, url, taps)
    ours = rates(found[CONVOCA_REPLICAS])
    what = f"updates/s, webhook, PostgreSQL, {REPLICAS} replicas"
    return [
        *lines(f"webhook, PostgreSQL, {REPLICAS} replicas", found, *both),
        Line(
            what,
            ours.said("/s"),
            f"{alone.said('/s')} the use case without HTTP, {REPLICAS} processes",
            f"{ours.middle / alone.middle:.0%}",
        ),
    ]


@asynccontextmanager
async def together(bench: Bench, contenders: Sequence[Contender], url: str) -> AsyncIterator[None]:
    """Run several contenders while inside."""
    async with AsyncExitStack() as running:
        for contender in contenders:
            await running.enter_async_context(bench.running(contender, url))
        yield


async def rounds(bench: Bench, store: Store, contenders: Sequence[Contender], taps: Mapping[int, int]) -> Rounds:
    """Give what was seen of each contender, round by round; a round for warming up is left out.

    They take turns on one database, so that a busy moment of the machine is not one contender's alone.
    """
    found: Rounds = {contender: [] for contender in contenders}
    for number in range(ROUNDS + 1):
        for contender in contenders:
            unconfirm(store)
            seen = await bench.round(contender, taps)
            if contender.taps:
                check_confirmed(store, contender.name)
            if number:
                found[contender].append(seen)
    return found


def rates(seen: Sequence[Round]) -> Figure:
    """Give the updates a second of each round."""
    return Figure(tuple(PEOPLE / each.seconds for each in seen))


def lines(where: str, found: Rounds, ours: Contender, bare: Contender, echo: Contender | None = None) -> list[Line]:
    """Set Convoca beside the bare handler, by rate and by processor time, and beside the echo."""
    rate, peer = rates(found[ours]), rates(found[bare])
    what = f"updates/s, {where}"
    made = [
        Line(
            what,
            rate.said("/s"),
            f"{peer.said('/s')} {bare.name}",
            f"{rate.middle / peer.middle:.0%}",
            f"≥ {REACH:.0%}",
            rate.middle >= REACH * peer.middle,
        )
    ]
    cost, least = costs(found[ours]), costs(found[bare])
    if cost and least:
        made.append(
            Line(
                f"processor time of an update, {where}",
                cost.said("ms", 1),
                f"{least.said('ms', 1)} {bare.name}",
                f"{cost.middle / least.middle:.0%}",
            )
        )
    if echo:
        fastest = rates(found[echo])
        made.append(
            Line(what, rate.said("/s"), f"{fastest.said('/s')} {echo.name}", f"{rate.middle / fastest.middle:.0%}")
        )
    return made


def costs(seen: Sequence[Round]) -> Figure | None:
    """Give the processor's milliseconds an update: steadier than a rate where others use the machine too."""
    took = tuple(each.processor_seconds * 1000 / PEOPLE for each in seen if each.processor_seconds is not None)
    return Figure(took) if took else None


async def without_http(bench: Bench, store: Store, url: str, taps: Mapping[int, int]) -> Figure:
    """Give how many use cases a second several processes do by themselves."""
    shares = [list(taps.items())[number::REPLICAS] for number in range(REPLICAS)]
    environment = os.environ | {"CONVOCA_DATABASE_URL": url}
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.alone", str(ALONE + number), "1"),
            cwd=bench.folder,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(REPLICAS)
    ]
    try:
        for process in processes:
            await _line(process)
        found = []
        for number in range(ROUNDS + 1):
            unconfirm(store)
            for process, share in zip(processes, shares, strict=True):
                assert process.stdin
                process.stdin.write(json.dumps(share).encode() + b"\n")
            took = [float(await _line(process)) for process in processes]
            check_confirmed(store, "the use case alone")
            if number:
                found.append(PEOPLE / max(took))
        return Figure(tuple(found))
    finally:
        for process in processes:
            await end(process)


async def _line(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout
    return await process.stdout.readline()
