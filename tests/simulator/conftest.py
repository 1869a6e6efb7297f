"""What the tests of the local Telegram share: a process each, or one for a whole module."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.simulator_process import Telegram, telegram

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["shared_telegram", "telegram"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_telegram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    """A local Telegram without flood limits, for all tests of a module that asks for it."""
    folder: Path = tmp_path_factory.mktemp("telegram")
    async with Telegram(folder) as started:
        await started.limits(per_second=None, per_chat=None, per_group=None)
        yield started
