"""A PostgreSQL that is not up yet, then goes away for a while: the bot waits, says so, and goes on by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.journeys.town import Town
from tests.journeys.wire import Wire
from tests.simulator_process import Telegram, until


@pytest_asyncio.fixture
async def wire(database_url: str, tmp_path: Path) -> AsyncIterator[Wire]:
    """Lend the way to the test's database, still cut."""
    wire = Wire(database_url, tmp_path)
    yield wire
    await wire.cut()


async def _troubles(town: Town) -> list[str] | None:
    """Read what the process says on /health; None while it says nothing."""
    with suppress(aiohttp.ClientError):
        async with aiohttp.ClientSession() as http, http.get(f"{town.pages}/health") as answer:
            said: list[str] = (await answer.json())["troubles"]
            assert (answer.status == 503) == bool(said)
            return said
    return None


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_waits_for_its_database_and_goes_on(telegram: Telegram, wire: Wire, tmp_path: Path) -> None:
    town = Town(telegram, wire.url, tmp_path)
    starting = asyncio.ensure_future(town.start())  # noqa: TID251 - awaited below
    silent = "database: it does not answer"
    try:

        async def says_so() -> bool:
            return await _troubles(town) == [silent]

        await until(says_so)
        await wire.open()
        await starting
        ana = await telegram.user(first_name="Ana", language_code="en")
        await telegram.send(ana, "hola")
        await telegram.wait_for(ana, "no meeting to sign up for")

        await wire.cut()
        last = await telegram.last_id(ana)
        await telegram.send(ana, "mis encuentros")
        await telegram.wait_for(ana, "please try again later", after=last)
        assert silent in (await _troubles(town) or [])
        await wire.open()
        await telegram.wait_for(ana, "You have no", after=last)

        async def is_well() -> bool:
            return await _troubles(town) == []

        await until(is_well)
        said = [message["text"] for message in await telegram.messages(ana, last)]
        assert sum("try again later" in each for each in said) == 1

        await wire.cut()
        assert await town.stop() == 0
    finally:
        starting.cancel()
        if town.process:
            await town.stop()
