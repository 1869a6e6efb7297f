"""Asked to stop (SIGTERM), a real process ends within ten seconds: what is at work ends, or comes again."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio

from tests.journeys.town import PUBLIC, Town, behind_a_proxy
from tests.simulator_process import Telegram, until


@pytest_asyncio.fixture
async def town(public_url: str, database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Lend a town whose bot hears by webhook where it has a public address, else by polling."""
    async with behind_a_proxy(database_url, tmp_path, public_url, afresh=True) as town:
        yield town


async def texts(telegram: Telegram, chat: int) -> list[str]:
    """Read what a person was told."""
    return [message["text"] for message in await telegram.messages(chat)]


@pytest.mark.parametrize(("database_kind", "public_url"), [("sqlite", "http://127.0.0.1"), ("postgresql", PUBLIC)])
async def test_what_is_at_work_ends_or_comes_again(town: Town) -> None:
    telegram = town.telegram
    slow, stuck = [await telegram.user(first_name=name) for name in ("Ana", "Beto")]
    await telegram.fault("sendMessage", chat_id=slow, times=1, delay=1)
    await telegram.fault("sendMessage", chat_id=stuck, times=1, delay=60, status=502, body="<html>")
    await asyncio.gather(*(telegram.send(chat, "hola") for chat in (slow, stuck)))

    async def at_work() -> bool:
        return len(await telegram.requests(method="sendMessage")) >= 2

    await until(at_work)
    asked = monotonic()
    assert await town.stop() == 0
    assert monotonic() - asked < 10, town.log()
    whole = await texts(telegram, slow)
    assert len(whole) == 2
    assert await texts(telegram, stuck) == []

    await town.start()

    async def answered() -> bool:
        return len(await texts(telegram, stuck)) >= len(whole)

    await until(answered)
    await telegram.advance("PT1M")
    assert await texts(telegram, slow) == await texts(telegram, stuck) == whole


@pytest.mark.parametrize(("database_kind", "public_url"), [("sqlite", "http://127.0.0.1")])
async def test_a_database_that_another_keeps_locked_does_not_keep_it_from_ending(town: Town) -> None:
    with closing(sqlite3.connect(town.database_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        maria = await town.telegram.user(first_name="María")
        await town.telegram.send(maria, "hola")

        async def is_taken() -> bool:
            return bool(await town.telegram.requests(method="getUpdates"))

        await until(is_taken)
        asked = monotonic()
        assert await town.stop() == 0
        assert monotonic() - asked < 10, town.log()
    await town.start()

    async def answered() -> bool:
        return bool(await texts(town.telegram, maria))

    await until(answered)
