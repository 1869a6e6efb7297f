"""Killing the bot at moments that nobody chose: when, by a seed that can be repeated, and what is said around it."""

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


async def kill(town: Town) -> None:
    """Kill the bot, and let the time pass for which it held what it was sending."""
    await town.stop(SIGKILL)
    two_minutes_pass(town.database_url)


@dataclass
class Journal:
    """What the bot asked of Telegram, read on as it grows."""

    telegram: Telegram
    method: str | None = None
    calls: list[Json] = field(default_factory=list)
    """Those that were answered, in the order in which they were."""
    _from: int = 1
    _seen: set[int] = field(default_factory=set)

    async def read(self) -> list[Json]:
        """Give the calls that were answered since the last look."""
        new = []
        open_ = []
        last = self._from - 1
        for call in await self.telegram.requests(self._from, self.method):
            last = call["n"]
            if call["status"] is None:
                open_.append(call["n"])
            elif call["n"] not in self._seen:
                self._seen.add(call["n"])
                new.append(call)
        self._from = min(open_, default=last + 1)
        self.calls += new
        return new

    async def settle(self) -> None:
        """Read on until nothing comes any more and nothing is open: a killed bot's last words arrive after it."""

        async def quiet() -> bool:
            open_ = [call for call in await self.telegram.requests(self._from, self.method) if call["status"] is None]
            return not await self.read() and not open_

        await until(quiet)


async def reaches(count: Callable[[], Awaitable[int]], threshold: int, *, seconds: float) -> None:
    """Wait until a count is reached, looking as often as can be."""

    async def enough() -> bool:
        return await count() >= threshold

    await until(enough, timeout=seconds)
