"""A conversation: the real dispatcher on a real store, over HTTP with a local Telegram; time stands where it is put."""

import itertools
from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Update
from sqlalchemy.orm import Session

from civic.store import Store
from handlers.chat import Services
from handlers.routers import dispatcher
from handlers.speaking import Speaking
from messages.voice import Links
from tests.factories import NOW, meeting
from tests.simulator_process import Json, Telegram, as_text, labels

if TYPE_CHECKING:
    from pathlib import Path

_tokens = itertools.count(7001)


class Talking:
    """The bot in this process, and people who talk with it; a step of theirs is answered before it returns."""

    def __init__(self, telegram: Telegram, store: Store, bot: Bot) -> None:
        self.telegram = telegram
        self.store = store
        self.bot = bot
        self.now = NOW
        self.updates: list[Update] = []
        """All that came in, oldest first."""
        self._heard: dict[int, int] = {}
        self._dispatcher: Dispatcher = dispatcher(
            Services(
                store,
                self.clock,
                Links("https://t.me/convoca_bot", "https://convoca.example.org"),
                Speaking(store, self.clock),
            )
        )

    def clock(self) -> datetime:
        """Tell the time at which everything happens."""
        return self.now

    async def person(self, first_name: str = "María", language: str = "es") -> int:
        """Bring somebody new; her id is her chat's."""
        return await self.telegram.user(first_name=first_name, language_code=language)

    async def say(self, chat: int, text: str) -> list[Json]:
        """Write something; give what the bot answers."""
        await self.telegram.send(chat, text)
        return await self.answered(chat)

    async def tap(self, chat: int, label: str, message_id: int | None = None) -> list[Json]:
        """Press a button: of a message, or of the newest that has it."""
        await self.telegram.tap(chat, label, message_id)
        return await self.answered(chat)

    async def answered(self, chat: int) -> list[Json]:
        """Let the bot do its work, and give what is new in a chat."""
        for update in await self._waiting():
            await self.feed(update)
        found = await self.telegram.messages(chat, self._heard.get(chat, 0))
        self._heard[chat] = max([self._heard.get(chat, 0), *(message["message_id"] for message in found)])
        return found

    async def feed(self, update: Update) -> None:
        """Hand an update to the dispatcher, maybe once more."""
        await self._dispatcher.feed_update(self.bot, update)

    async def transcript(self, chat: int) -> str:
        """Give a chat as its person reads it."""
        return as_text((await self.telegram.transcript(chat))["messages"])

    async def _waiting(self) -> list[Update]:
        offset = self.updates[-1].update_id + 1 if self.updates else None
        found: list[Update] = []
        while batch := await self.bot.get_updates(offset=offset, timeout=0):
            found += batch
            offset = batch[-1].update_id + 1
        self.updates += found
        return found


def open_meeting(session: Session) -> None:
    """Let there be one meeting to sign up for: `agua`."""
    meeting(session)


def texts(messages: list[Json]) -> list[str]:
    """Give what messages say."""
    return [message["text"] for message in messages]


def buttons(messages: list[Json]) -> list[str]:
    """Give the labels under the last message."""
    return labels(messages[-1])


@pytest_asyncio.fixture(scope="module")
async def module_telegram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    """Lend a local Telegram without flood limits to a module."""
    folder: Path = tmp_path_factory.mktemp("telegram")
    async with Telegram(folder) as started:
        await started.limits(per_second=None, per_chat=None, per_group=None)
        yield started


@pytest_asyncio.fixture
async def talking(module_telegram: Telegram, store: Store) -> AsyncIterator[Talking]:
    """Lend a bot of the test's own on the store."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(module_telegram.url))
    bot = Bot(f"{next(_tokens)}:a-token-of-the-tests", session=session)
    await bot.get_me()  # whom people write to is the bot that was seen last
    try:
        yield Talking(module_telegram, store, bot)
    finally:
        await bot.session.close()


def only(found: list[Any]) -> Any:
    """Give the one element of a list; fails when there are more or none."""
    (one,) = found
    return one
