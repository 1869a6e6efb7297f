"""What the tests of the local Telegram share: one in this process, which is quick, or one of its own, to be killed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from simulator.server import Options, serve
from tests.simulator_process import Telegram


class Nearby(Telegram):
    """The same program on the test's own event loop; it cannot be killed."""

    def __init__(self, folder: Path, via: dict[str, str] | None = None) -> None:
        super().__init__(folder)
        self._via = via or {}
        self._ended = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve on this loop, on a free port."""
        loop = asyncio.get_running_loop()
        listening: asyncio.Future[str] = loop.create_future()
        options = Options("127.0.0.1", 0, self.database, self._via)
        self._serving = loop.create_task(serve(options, listening.set_result, self._ended))
        self._serving.add_done_callback(lambda _ended: listening.cancel())
        try:
            line = await listening
        except asyncio.CancelledError:
            await self._serving  # says why
            raise
        self.url = line.removeprefix("simulator: ")
        self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        """Stop serving, as a signal would."""
        if self._session is not None:
            await self._session.close()
        self._ended.set()
        if self._serving is not None:
            await self._serving


@pytest_asyncio.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    """A local Telegram of this test's own, in this process."""
    async with Nearby(tmp_path) as started:
        yield started


@pytest_asyncio.fixture
async def telegram_process(tmp_path: Path) -> AsyncIterator[Telegram]:
    """A local Telegram of this test's own, as a process that can be killed."""
    async with Telegram(tmp_path) as started:
        yield started


@pytest_asyncio.fixture(scope="module")
async def shared_telegram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    """A local Telegram without flood limits, for all tests of a module that asks for it."""
    async with Nearby(tmp_path_factory.mktemp("telegram")) as started:
        await started.limits(per_second=None, per_chat=None, per_group=None)
        yield started
