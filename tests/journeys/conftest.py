"""What journeys ask for: a town on a database of each kind with the bot running, or the demo as a newcomer has it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.journeys.newcomer import Demo
from tests.journeys.town import Town
from tests.simulator_process import Telegram


@pytest_asyncio.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    """Lend a local Telegram of the test's own, without its limits on pace."""
    telegram = Telegram(tmp_path)
    await telegram.start()
    try:
        await telegram.limits(per_second=None, per_chat=None)
        yield telegram
    finally:
        await telegram.stop()


@pytest_asyncio.fixture
async def town(telegram: Telegram, database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Lend a town whose bot runs."""
    town = Town(telegram, database_url, tmp_path)
    await town.start()
    try:
        yield town
    finally:
        if town.process:
            await town.stop()


@pytest_asyncio.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """Lend a demo that runs in an empty folder."""
    started = Demo(tmp_path)
    await started.start()
    try:
        yield started
    finally:
        if started.process:
            await started.stop()
