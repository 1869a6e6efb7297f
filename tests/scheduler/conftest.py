"""An office: a store, a bot and its deliverer in this process, people of a local Telegram; both clocks are moved."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import true_now
from civic import outbox
from civic.schema import Outbox, Person
from civic.store import Store
from messages.voice import Links
from scheduler.delivery import Delivery
from scheduler.pace import Pace
from scheduler.ticks import Ticks
from tests.factories import NOW, person
from tests.simulator_process import Json, Telegram

if TYPE_CHECKING:
    from pathlib import Path

_tokens = itertools.count(8001)
_causes = itertools.count(1)
LINKS = Links("https://t.me/convoca_bot", None)


class Office:
    """What sends, whom it writes to, and both clocks."""

    def __init__(self, telegram: Telegram, store: Store, bot: Bot, per_second: float = 500) -> None:
        self.telegram = telegram
        self.store = store
        self.bot = bot
        self.now = NOW
        self.passed = timedelta()
        """True time that went by without anybody waiting for it."""
        self.pace = Pace(store, self.true_clock, per_second=per_second)
        bot.session.middleware(self.pace)
        self.delivery = self.another("office")
        self.ticks = Ticks(store, self.clock, self.delivery.wake)

    def clock(self) -> datetime:
        """Tell what people live by."""
        return self.now

    def true_clock(self) -> datetime:
        """Tell true time."""
        return true_now() + self.passed

    def another(self, holder: str) -> Delivery:
        """Make a deliverer, as another process would."""
        return Delivery(
            self.store,
            self.bot,
            self.pace,
            clock=self.clock,
            true_clock=self.true_clock,
            links=LINKS,
            zone="America/Bogota",
            holder=holder,
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Deliver for as long as the block lasts."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.delivery.run())
            try:
                yield
            finally:
                self.delivery.stop()

    async def person(self, **columns: Any) -> int:
        """Bring somebody who has written to the bot; her id is her chat's."""
        chat = await self.telegram.user(first_name="María")
        await self.telegram.send(chat, "hola")
        self.store.write(lambda session: person(session, telegram_id=chat, **columns).id)
        return chat

    def owe(self, chat: int, kind: str = "help", **row: Any) -> int:
        """Owe a person a message; give its row."""

        def write(session: Session) -> int:
            person_id = session.scalars(select(Person.id).where(Person.telegram_id == chat)).one()
            cause = f"c{next(_causes)}"
            outbox.enqueue(session, person_id, cause=cause, kind=kind, due_at=self.now, **row)
            return session.scalars(select(Outbox.id).where(Outbox.cause == cause)).one()

        return self.store.write(write)

    def row(self, row_id: int) -> Outbox:
        """Look at a row."""
        return self.store.read(lambda session: session.get_one(Outbox, row_id))

    async def heard(self, chat: int) -> list[Json]:
        """Give what the bot said in a chat."""
        return await self.telegram.messages(chat)

    async def later(self) -> None:
        """Let the longest back-off pass, and deliver."""
        self.passed += timedelta(hours=1)
        await self.delivery.drain()


@pytest_asyncio.fixture(scope="module")
async def module_telegram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    """Lend a local Telegram without flood limits to a module."""
    folder: Path = tmp_path_factory.mktemp("telegram")
    async with Telegram(folder) as started:
        await started.limits(per_second=None, per_chat=None, per_group=None)
        yield started


@pytest_asyncio.fixture
async def office(module_telegram: Telegram, store: Store) -> AsyncIterator[Office]:
    """Lend an office of the test's own."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(module_telegram.url))
    bot = Bot(f"{next(_tokens)}:a-token-of-the-tests", session=session)
    await bot.get_me()  # whom people write to is the bot that was seen last
    try:
        yield Office(module_telegram, store, bot)
    finally:
        await module_telegram.no_faults()
        await session.close()
