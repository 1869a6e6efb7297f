"""The followed clock: with one that waits for its followers, and with one that can only be read."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import FollowedClock
from tests.simulator.conftest import Nearby
from tests.simulator_process import Telegram, until

LATER = datetime(2027, 1, 1, tzinfo=UTC)


@pytest_asyncio.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    async with Nearby(tmp_path) as started:
        yield started


class Work:
    """What a follower does: notes at which moments, with something due every day at noon."""

    def __init__(self) -> None:
        self.moments: list[datetime] = []

    async def settle(self, now: datetime) -> None:
        """Do what is due."""
        self.moments.append(now)

    async def next_due(self, now: datetime) -> datetime | None:
        """Say the next noon."""
        noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
        return noon if noon > now else noon + timedelta(days=1)


@pytest.mark.asyncio
async def test_a_moved_clock_stops_at_all_that_is_due(telegram: Telegram) -> None:
    clock = await asyncio.to_thread(FollowedClock, telegram.url, "test")
    work = Work()
    async with asyncio.TaskGroup() as group:
        following = group.create_task(clock.follow(work.settle, work.next_due))
        await until(lambda: bool(work.moments))
        before = clock()
        goal = await telegram.advance("P3D")
        noons = {moment for moment in work.moments if (moment.hour, moment.minute, moment.second) == (12, 0, 0)}
        assert len(noons) == 3
        assert goal - before >= timedelta(days=3)
        assert abs(clock() - goal) < timedelta(seconds=5)
        following.cancel()


@pytest.mark.asyncio
async def test_a_clock_that_waits_for_nobody_is_looked_at() -> None:
    shown = [LATER]

    async def tell(_request: web.Request) -> web.Response:
        return web.json_response({"now": shown[0].isoformat()})

    application = web.Application()
    application.router.add_get("/simulator/clock", tell)
    async with TestServer(application) as server:
        clock = await asyncio.to_thread(FollowedClock, str(server.make_url("")).rstrip("/"), "test")
        work = Work()
        async with asyncio.TaskGroup() as group:
            following = group.create_task(clock.follow(work.settle, work.next_due))
            await until(lambda: bool(work.moments))
            shown[0] = LATER + timedelta(days=9)
            await until(lambda: clock() >= shown[0] and work.moments[-1] >= shown[0])
            following.cancel()
