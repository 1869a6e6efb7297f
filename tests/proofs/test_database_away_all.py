"""A PostgreSQL that goes away for a while: each process of its own waits, says so on /health, and goes on by itself."""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from civic.store import Store
from tests.journeys.town import Town
from tests.journeys.wire import Wire
from tests.proofs.conftest import Found
from tests.proofs.crowd import NEWS, gather, owed, with_news
from tests.proofs.replicas import PATIENCE, Replicas, reached_by_kind
from tests.proofs.scale import Scale
from tests.simulator_process import until

SILENT = "database: it does not answer"
REMINDER = "Faltan 15 días"
CROWD = 20


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_every_process_waits_and_goes_on(
    store: Store, database_url: str, scale: Scale, found: Found, tmp_path: Path
) -> None:
    wire = Wire(database_url, tmp_path)
    await wire.open()
    try:
        async with Replicas(wire.url, tmp_path, scale.roles) as all_of:
            telegram = all_of.telegram
            chats = await with_news(telegram, store, CROWD, tmp_path)
            (ana,) = await gather(telegram, 1)
            await all_of.start(each=1)
            processes = [all_of.of[role][0] for role in scale.roles]
            await until(lambda: _is_said(store), timeout=PATIENCE)

            await wire.cut()
            away_at = time.monotonic()
            await until(lambda: _all_say(processes, [SILENT]), timeout=PATIENCE)
            said_so = time.monotonic() - away_at
            last = await telegram.last_id(ana)
            await telegram.send(ana, "mis encuentros")
            await telegram.wait_for(ana, "más tarde", last)
            goal = await telegram.now() + timedelta(days=5, minutes=30)
            move = telegram.control("POST", "clock", {"now": goal.isoformat()})
            moving = asyncio.ensure_future(move)  # noqa: TID251 - awaited below
            await until(lambda: time.monotonic() - away_at > scale.away, timeout=2 * scale.away)
            assert await _all_say(processes, [SILENT])
            away = time.monotonic() - away_at

            await wire.open()
            back_at = time.monotonic()
            await telegram.wait_for(ana, "no tiene", last)
            answered = time.monotonic() - back_at
            await until(lambda: _all_say(processes, []), timeout=PATIENCE)
            well = time.monotonic() - back_at

            async def reminded() -> bool:
                heard = await reached_by_kind(telegram, {"reminder": REMINDER})
                return len(heard["reminder"]) == CROWD

            await until(reminded, timeout=PATIENCE)
            told = time.monotonic() - back_at
            await moving
            await until(lambda: _is_said(store), timeout=PATIENCE)
            heard = await reached_by_kind(telegram, {"published": NEWS, "reminder": REMINDER})
            later = [each for each in await telegram.messages(ana, last) if "más tarde" in each["text"]]
    finally:
        await wire.cut()
    assert heard == {"published": dict.fromkeys(chats, 1), "reminder": dict.fromkeys(chats, 1)}
    assert len(later) == 1
    found(
        "PostgreSQL away, for processes of the chat (webhook), the clock and the delivery",
        away=f"{away:.0f} s",
        all_say_so_after=f"{said_so:.1f} s",
        who_wrote_meanwhile_is_answered_after=f"{answered:.1f} s",
        all_are_well_after=f"{well:.1f} s",
        what_fell_due_meanwhile_is_told_after=f"{told:.1f} s",
        lost=0,
        told_twice=0,
    )


async def _is_said(store: Store) -> bool:
    return not await store.reading(owed)


async def _all_say(processes: list[Town], troubles: list[str]) -> bool:
    """Tell whether every process says just this on /health."""
    said = []
    async with aiohttp.ClientSession() as http:
        for each in processes:
            with suppress(aiohttp.ClientError):
                async with http.get(f"{each.pages}/health") as answer:
                    told = (await answer.json())["troubles"]
                    assert (answer.status == 503) == bool(told)
                    said.append(told)
    return said == [troubles] * len(processes)
