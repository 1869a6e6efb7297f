"""How fast the outbox is delivered, how evenly at the free pace, and how a million people come to be owed news."""

import asyncio
import gc
import itertools
import resource
from bisect import bisect_left
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Any, Final

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from sqlalchemy import BigInteger, func, insert, literal, select, update
from sqlalchemy.orm import Session

from bot.calls import Calls
from bot.clock import true_now
from civic import commitments
from civic.audit import BY_COMMAND
from civic.commitment_file import CommitmentDraft, CommitmentFile
from civic.schema import Entity, Follow, Outbox, Person
from civic.store import Store
from messages.voice import Links
from scheduler.delivery import Delivery
from scheduler.pace import Pace
from scheduler.ticks import Ticks
from tests import factories
from tests.factories import NOW

FIRST_CHAT: Final = 700_000_001
PAID_PACE: Final = 1000
FREE_PACE: Final = 25
AT_ONCE: Final = 50
"""Calls of the bare Bot under way: more were slower."""
WARMING_UP: Final = 1_000
"""Messages sent before time is taken: aiogram completes its types when they are first used."""
ZONE: Final = "America/Bogota"
PATIENCE: Final = 600.0
_tokens = itertools.count(3001)


@dataclass(frozen=True)
class Delivered:
    """What was sent, as the sender's calls ended."""

    sent: int
    lost: int
    seconds: float
    peak: int
    """Most calls begun in any second."""

    @property
    def per_second(self) -> float:
        """Messages a second."""
        return self.sent / self.seconds


@dataclass(frozen=True)
class Enqueued:
    """What it took to owe news to so many."""

    rows: int
    seconds: float
    longest: float
    """The longest transaction: what a reply would have waited on SQLite."""
    grown_mb: float
    """By how much the process's memory peak grew."""


class Seen(BaseRequestMiddleware):
    """Notes when each message's call begins, behind the pace."""

    def __init__(self) -> None:
        self.moments: list[float] = []

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Note, and call."""
        self.moments.append(perf_counter())
        return await make_request(bot, method)

    def since(self, number: int) -> tuple[float, int]:
        """Give the seconds from the first call after so many to the last, and the most in any one second."""
        moments = sorted(self.moments[number:])
        peak = max(bisect_left(moments, each + 1) - place for place, each in enumerate(moments))
        return moments[-1] - moments[0], peak


async def paid_rate(url: str, stub: str, people: int = 20_000) -> Delivered:
    """Deliver a publication to people at the highest pace, in this process: what a process of its own does."""
    return await _delivered(url, stub, people + WARMING_UP, PAID_PACE, warming_up=WARMING_UP)


async def free_pace(url: str, stub: str, seconds: int = 60) -> Delivered:
    """Deliver for some seconds at the default pace."""
    return await _delivered(url, stub, FREE_PACE * seconds, FREE_PACE, warming_up=0)


async def bare_rate(stub: str, people: int = 20_000) -> Delivered:
    """Send as many messages of the same length and with as many buttons by aiogram's Bot alone, at its best."""
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

    text = "Un nuevo compromiso: " + "Limpiar los pozos y publicar cada mes cuántos se limpiaron. " * 5
    buttons = InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text="Verlo completo", callback_data="c:1")],
            [InlineKeyboardButton(text="Dejar de seguirlo", callback_data="u:c:1")],
        ]
    )
    seen = Seen()
    async with _bot(AiohttpSession(api=TelegramAPIServer.from_base(stub))) as bot:
        bot.session.middleware(seen)
        chats = iter(range(FIRST_CHAT, FIRST_CHAT + people + WARMING_UP))

        async def send() -> None:
            for chat in chats:
                await bot.send_message(chat, text, reply_markup=buttons)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(send())
    seconds, peak = seen.since(WARMING_UP)
    return Delivered(people, 0, seconds, peak)


async def enqueue_million(url: str, people: int = 1_000_000) -> Enqueued:
    """Publish to so many followers, and let the clock owe it to all of them."""
    store = Store(url)
    try:
        store.write(partial(town, people=people))
        longest, write = 0.0, store.write

        def timed(use_case: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal longest
            started = perf_counter()
            try:
                return write(use_case, *args, **kwargs)
            finally:
                longest = max(longest, perf_counter() - started)

        store.write = timed  # type: ignore[method-assign]  # a stopwatch around the real one
        before, started = _memory(), perf_counter()
        publish(store)
        await Ticks(store, lambda: NOW).run_due()
        seconds = perf_counter() - started
        rows = store.read(lambda session: session.scalar(select(func.count()).select_from(Outbox))) or 0
        return Enqueued(rows, seconds, longest, _memory() - before)
    finally:
        store.close()


def town(session: Session, /, *, people: int, first_chat: int = FIRST_CHAT) -> None:
    """Bring a meeting with a commitment in draft, and people who follow its entity, in a statement each."""
    factories.meeting(session)
    entity_id = session.scalars(select(Entity.id)).one()
    draft = CommitmentDraft(
        slug="pozos",
        text="Limpiar los pozos y publicar cada mes cuántos se limpiaron",
        entity="alcaldia",
        responsible="Secretaría de Aguas",
        due_on=(NOW + timedelta(days=150)).date(),
        indicator="Pozos limpios, de 12",
        answers=(),
    )
    commitments.import_commitments(session, CommitmentFile("agua", (draft,)), actor=BY_COMMAND, now=NOW)
    numbers = select(literal(0, BigInteger).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < people - 1))
    chat = (numbers.c.n + first_chat).label("chat")
    who = {"telegram_id": chat, "chat_id": chat, "name": literal("María"), "language": literal("es")}
    who |= {"tell": literal("all"), "seen_at": literal(NOW, Person.seen_at.type)}
    session.execute(insert(Person).from_select(list(who), select(*who.values())))
    follow = select(Person.id, literal(entity_id), literal(value=True), literal(NOW, Follow.since.type))
    session.execute(insert(Follow).from_select(["person_id", "entity_id", "wants", "since"], follow))


def publish(store: Store) -> None:
    """Publish the draft."""
    store.write(commitments.publish, "agua", None, actor=BY_COMMAND, now=NOW)


async def _delivered(url: str, stub: str, people: int, per_second: float, *, warming_up: int) -> Delivered:
    store, seen = Store(url), Seen()
    gc.freeze()  # as `convoca run` does: what is imported is not looked through again while messages wait
    try:
        store.write(partial(town, people=people))
        publish(store)
        await Ticks(store, lambda: NOW).run_due()
        store.write(lambda session: session.execute(update(Outbox).values(due_at=NOW)))
        async with _bot(Calls(api=TelegramAPIServer.from_base(stub))) as bot:
            pace = Pace(store, true_now, per_second=per_second, paid=per_second > FREE_PACE)
            bot.session.middleware(pace)
            bot.session.middleware(seen)
            delivery = Delivery(
                store,
                bot,
                pace,
                clock=lambda: NOW,
                true_clock=true_now,
                links=Links("https://t.me/convoca_bot", None),
                zone=ZONE,
                holder="bench",
            )
            async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
                group.create_task(delivery.run())
                await delivery.drain()
                delivery.stop()
        sent = select(func.count()).select_from(Outbox).where(Outbox.state == "sent")
        marked = store.read(lambda session: session.scalar(sent)) or 0
    finally:
        store.close()
    seconds, peak = seen.since(warming_up)
    return Delivered(len(seen.moments) - warming_up, people - marked, seconds, peak)


@asynccontextmanager
async def _bot(session: Any) -> AsyncIterator[Bot]:
    bot = Bot(f"{next(_tokens)}:bench", session=session)
    try:
        yield bot
    finally:
        await session.close()


def _memory() -> float:
    """Give the process's memory peak so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
