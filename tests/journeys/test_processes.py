"""Several processes of one bot: the chat in one, the clock and the delivery in two others, one of which stands by."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

import aiohttp
import pytest_asyncio

from tests.journeys.leases import two_minutes_pass
from tests.journeys.scenes import Diary, convene, go_to, meeting_file, next_morning, say, sign_up, when
from tests.journeys.town import Town
from tests.simulator_process import Telegram


@pytest_asyncio.fixture
async def processes(telegram: Telegram, database_url: str, tmp_path: Path) -> AsyncIterator[list[Town]]:
    """Lend three processes of one installation: the chat's, and two for the clock and the delivery."""
    towns = [Town(telegram, database_url, tmp_path) for _ in range(3)]
    chat, first, second = towns
    try:
        await asyncio.gather(
            chat.start("--roles", "chat"), *(each.start("--roles", "clock,delivery") for each in (first, second))
        )
        await chat.follows(3)
        yield towns
    finally:
        await asyncio.gather(*(each.stop() for each in towns if each.process))


async def test_chat_and_clock_work_together_in_processes_of_their_own(
    telegram: Telegram, processes: list[Town], tmp_path: Path
) -> None:
    chat, *clocks = processes
    day = await next_morning(telegram) + timedelta(days=20)
    await convene(chat, meeting_file(tmp_path, "plaza", day), "plaza")
    ana = await sign_up(telegram, "Ana", "plaza")
    diary = Diary(telegram)

    async def told() -> list[str]:
        """Read which reminders came, and when."""
        return [f"{when(each, day)} {each['text'].split(chr(10))[2]}" for each in await diary.read(ana)]

    await diary.turn(ana)
    await go_to(telegram, day - timedelta(days=15), 10)
    assert await told() == ["-15 09:00 Faltan 15 días."]
    assert await _statuses(processes, "/health") == [200, 200, 200]
    assert await _statuses(processes, "/metrics") == [200, 200, 200]
    assert await _statuses(processes, "/meetings/plaza") == [404, 404, 404]  # nobody has the portal's role

    # The one that delivers is killed; the other takes over.
    first, second = clocks
    active, other = (first, second) if "reminder" in await _delivered(first) else (second, first)
    await active.stop(SIGKILL)
    two_minutes_pass(chat.database_url)
    await go_to(telegram, day - timedelta(days=7), 10)
    assert await told() == ["-7 09:00 Faltan 7 días."]

    # What the chat cannot say now, the one that delivers says for it.
    await telegram.fault("sendMessage", status=500, times=2)
    await say(telegram, ana, "mis encuentros", "Tiene puesto")
    assert "mine" in await _delivered(other)

    # Without a clock the conversation goes on, and what was due comes when there is one again.
    await other.stop()
    await go_to(telegram, day - timedelta(days=3), 10)
    await say(telegram, ana, "mis encuentros", "Tiene puesto")
    await diary.turn(ana)
    await other.start("--roles", "clock,delivery")
    await chat.follows(2)
    await telegram.advance("PT1M")
    assert await told() == ["-3 10:00 Faltan 3 días."]


async def _statuses(processes: list[Town], path: str) -> list[int]:
    """Ask every process for a page."""
    found = []
    async with aiohttp.ClientSession() as http:
        for each in processes:
            async with http.get(f"{each.pages}{path}") as answer:
                found.append(answer.status)
    return found


async def _delivered(town: Town) -> set[str]:
    """Read off its metrics which kinds of message a process has delivered."""
    async with aiohttp.ClientSession() as http, http.get(f"{town.pages}/metrics") as answer:
        return set(re.findall(r'convoca_deliveries_total\{how="sent",kind="(\w+)"\}', await answer.text()))
