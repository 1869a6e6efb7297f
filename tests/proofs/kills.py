"""Killing the bot at moments that nobody chose: when, by a seed that can be repeated, and what is said around it."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL

from tests.journeys.leases import two_minutes_pass
from tests.journeys.town import Town
from tests.simulator_process import Json, Telegram, until

SEED = "PROOF_SEED"
"""Set to the seed that a failing proof printed, to see its chances again."""
LIFE_SECONDS = 120.0
"""Of the bot, at most, on a busy machine."""
SAYING = ("sendMessage", "editMessageText")
"""Methods by which people hear something in these proofs."""
PAID = {"CONVOCA_PAID_BROADCAST": "true"}
"""At the highest pace, so that as much as may be is in flight."""


def chances() -> random.Random:
    """Draw a seed, and print it: pytest shows it with a failure."""
    seed = int(os.environ.get(SEED, "0")) or random.SystemRandom().randrange(1, 1_000_000)
    print(f"{SEED}={seed}")  # noqa: T201 - for whoever looks into a failure
    return random.Random(seed)  # noqa: S311 - moments to kill at, no secrets


@asynccontextmanager
async def a_town(telegram: Telegram, database_url: str, folder: Path, **environment: str) -> AsyncIterator[Town]:
    """Lend a town whose bot does not run yet, and end it after."""
    town = Town(telegram, database_url, folder, PAID | environment)
    try:
        yield town
    finally:
        if town.process:
            await town.stop()


async def live_until(town: Town, moment: Callable[[], bool | Awaitable[bool]]) -> None:
    """Start the bot and kill it at a moment of its doing, be it up by then or not; let the time of its leases pass."""
    async with asyncio.TaskGroup() as group:
        starting = group.create_task(town.start())
        await until(moment, timeout=LIFE_SECONDS)
        starting.cancel()
    await town.stop(SIGKILL)
    two_minutes_pass(town.database_url)


@dataclass
class Journal:
    """What the bot said by Telegram's journal, read on as it grows."""

    telegram: Telegram
    said: list[Json] = field(default_factory=list)
    """The calls that brought somebody a message, in the order in which they were answered."""
    confirmed: int = 0
    """The lowest update that the bot has not confirmed, when the journal last settled; 0 before it confirmed any."""
    _from: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SAYING, 1))
    _seen: set[int] = field(default_factory=set)
    _polls: int = 1

    async def read(self) -> list[Json]:
        """Give the calls since the last look."""
        new: list[Json] = []
        for method in SAYING:
            calls = await self.telegram.requests(self._from[method], method)
            answered = [call for call in calls if call["status"] is not None and call["n"] not in self._seen]
            self._seen.update(call["n"] for call in answered)
            self._from[method] = min(_open(calls), default=calls[-1]["n"] + 1 if calls else self._from[method])
            new += (call for call in answered if call["response"].get("ok"))
        self.said += new
        return new

    async def settle(self) -> None:
        """Read on until nothing comes any more and nothing is open: a killed bot's last words arrive after it."""

        async def quiet() -> bool:
            calls = [call for method in SAYING for call in await self.telegram.requests(self._from[method], method)]
            return not calls and not await self.read()

        await self.read()
        await until(quiet)
        await self._look_at_polls()

    async def _look_at_polls(self) -> None:
        polls = await self.telegram.requests(self._polls, "getUpdates")
        if polls:
            self._polls = polls[-1]["n"] + 1
        offsets = (int(poll["params"].get("offset") or 0) for poll in polls)
        self.confirmed = max(self.confirmed, *offsets, 0)


def _open(calls: list[Json]) -> list[int]:
    """Give the numbers of calls that are not answered yet."""
    return [call["n"] for call in calls if call["status"] is None]
