"""A Telegram that answers nothing well when the bot starts: it can be stopped, and works on when Telegram does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.journeys.town import Town
from tests.simulator_process import Telegram, until


@pytest_asyncio.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """Lend a town whose Telegram takes no introduction and does not let go of a webhook."""
    async with Telegram(tmp_path) as telegram:
        await telegram.fault("setMyCommands", delay=300)
        await telegram.fault("deleteWebhook", status=502, body="<html>", content_type="text/html")
        town = Town(telegram, database_url, tmp_path, afresh=True)
        await town.start()
        try:
            yield town
        finally:
            if town.process:
                await town.stop()


async def test_stops_at_once_while_telegram_does_not_answer(town: Town) -> None:
    assert await town.stop() == 0


async def test_listens_as_soon_as_telegram_answers(town: Town) -> None:
    ana = await town.telegram.user(first_name="Ana")
    await town.telegram.send(ana, "hola")
    await town.telegram.no_faults()

    async def answered() -> bool:
        return len(await town.telegram.messages(ana, 0)) > 0

    await until(answered)
