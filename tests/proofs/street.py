"""A street of people: a local Telegram and the bot in one process and one loop, fast enough for thousands of updates.

The Telegram is the simulator's own, as strict as ever, and the bot's calls go to it by HTTP. The updates are handed to
the real intake; time stands where it is put. What a call was answered stands in the Telegram's journal.
"""

import asyncio
import copy
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from datetime import datetime, timedelta
from typing import Any, Final

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Update
from aiohttp import web
from sqlalchemy import delete, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from bot.clock import true_now
from bot.intake import Intake, read
from civic.schema import Base
from civic.store import Store
from handlers.chat import Services
from handlers.routers import dispatcher
from handlers.speaking import Speaking
from messages.voice import Links
from scheduler.delivery import Delivery
from scheduler.pace import Pace
from scheduler.ticks import Ticks
from simulator import people
from simulator.botapi import BotApi
from simulator.checks import Params, Upload
from simulator.journal import Request
from simulator.polling import Polls
from simulator.server import application
from simulator.store import Store as Kept
from simulator.world import World
from tests.databases import EMPTIED
from tests.factories import NOW

Json = dict[str, Any]

TOKEN: Final = "7007:a-token-of-the-proofs"
"""Of a bot that only the Telegram of the street knows."""
SPEAKING: Final = frozenset({"sendMessage", "sendDocument", "sendPhoto", "sendVenue", "editMessageText"})
LINKS: Final = Links("https://t.me/convoca_bot", "https://convoca.example.org")
REACHED: Final = 200
FORBIDDEN: Final = 403
PATIENT: Final = 60.0
"""Seconds: a busy machine is not a fault."""
NEVER: Final = 10**9
"""A number that no call has yet."""
NOT_MODIFIED: Final = "message is not modified"
FAIR_REFUSALS: Final = (
    ("answerCallbackQuery", "query is too old"),
    ("editMessageText", "message to edit not found"),
    ("editMessageText", NOT_MODIFIED),
)
PICTURE: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)
"""A PNG of one dot."""


def empty(session: Session) -> None:
    """Take every row out of a database; its ids begin anew."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(EMPTIED))
    else:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))


class Street:
    """The bot, and who writes to it. Open it with `open`, and `close` it in the same loop."""

    def __init__(self, store: Store) -> None:
        """Take the store, which is to be empty but for what was seeded."""
        self.store = store
        self.now = NOW
        self.raw: list[Json] = []
        """All that came in, oldest first."""
        self.logs: Sequence[Mapping[str, Any]] = ()
        """What the log told of what was done last."""
        self._closing = AsyncExitStack()
        self._seen = 0
        self._passed = timedelta()

    async def open(self) -> None:
        """Let the Telegram listen, and the bot be there."""
        kept = self._closing.enter_context(closing(Kept(":memory:")))
        self.world = World(kept)
        self.world.flood.change({"per_second": None, "per_chat": None, "per_group": None})
        polls = Polls(self.world)
        runner = web.AppRunner(application(self.world, polls, BotApi(self.world, polls), asyncio.Event()))
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        session = AiohttpSession(api=TelegramAPIServer.from_base(f"http://{host}:{port}"))
        self.bot = Bot(TOKEN, session=session)
        self._closing.push_async_callback(session.close)
        await self.bot.get_me()
        services = Services(self.store, self.clock, LINKS, Speaking(self.store, self.clock, patience=PATIENT))
        self.intake = Intake(self.bot, dispatcher(services), self.store, self.clock, apologise=_nobody_apologises)
        self.ticks = Ticks(self.store, self.clock)

    async def close(self) -> None:
        """Close what `open` opened."""
        await self.intake.drain()
        await self._closing.aclose()

    def clock(self) -> datetime:
        """Tell the time at which everything happens."""
        return self.now

    # What people do --------------------------------------------------------------------------------------------------

    def person(self, first_name: str, language: str = "es", **more: str) -> int:
        """Bring somebody new; her id is her chat's."""
        wanted = {"first_name": first_name, "language_code": language, **more}
        return int(people.add_person(self.world, wanted)["id"])

    def write(self, chat: int, **content: Any) -> None:
        """Write something: `text`, `start`, `contact`, `location`, `forward`, as the control API takes it."""
        people.write(self.world, chat, Params(content))

    def write_by_hand(self, chat: int, text: str) -> None:
        """Write a text that Telegram itself would never bring: nothing but spaces, with a NUL, too long."""
        people.write(self.world, chat, Params({"text": "…"}))
        newest = self.world.store.one("SELECT seq, body FROM updates ORDER BY seq DESC LIMIT 1")
        assert newest is not None
        body = json.loads(newest["body"])
        body["message"]["text"] = text
        self.world.store.run("UPDATE updates SET body = ? WHERE seq = ?", json.dumps(body), newest["seq"])

    def send_file(self, chat: int, kind: str, name: str, content: bytes) -> None:
        """Send a document, photo, voice or sticker."""
        upload = Upload(name, "application/octet-stream", content)
        people.write(self.world, chat, Params({}, {kind: upload}))

    def tap(self, chat: int, message_id: int, data: str) -> None:
        """Press a button that a message has."""
        people.tap(self.world, chat, {"message_id": message_id, "data": data})

    def block(self, chat: int, *, blocked: bool) -> None:
        """Block the bot, or let it write again."""
        people.block(self.world, chat, {"blocked": blocked})

    def buttons(self, chat: int) -> list[tuple[int, str, str]]:
        """Give every button that a chat shows, newest first: its message, its label and what it says to the bot."""
        rows = self.world.store.rows(
            "SELECT message_id, body FROM messages WHERE chat_id = ? AND sender = 'bot' ORDER BY message_id DESC", chat
        )
        return [
            (row["message_id"], button["text"], button["callback_data"])
            for row in rows
            for line in json.loads(row["body"]).get("reply_markup", {}).get("inline_keyboard", [])
            for button in line
            if "callback_data" in button
        ]

    # What comes in ---------------------------------------------------------------------------------------------------

    def waiting(self) -> list[Json]:
        """Take the updates that wait for the bot."""
        rows = self.world.store.rows("SELECT seq, body FROM updates WHERE seq > ? ORDER BY seq", self._seen)
        if rows:
            self._seen = rows[-1]["seq"]
        found = [json.loads(row["body"]) for row in rows]
        self.raw += found
        return found

    def new_update(self, **event: Any) -> Json:
        """Make an update by hand, with an id of its own, as a Telegram that we never saw may send it."""
        made = {"update_id": self.world.store.next_number("updates"), **copy.deepcopy(event)}
        self.raw.append(made)
        return made

    async def feed(self, raw: Json) -> list[Request]:
        """Hand an update to the intake, and give the calls that the bot made for it.

        Raises what the handling raises; an update that cannot be read is let go, as in the running bot.
        """
        update = read(self.bot, copy.deepcopy(raw))
        return await self.calls(lambda: self._handled([update] if isinstance(update, Update) else []))

    async def feed_together(self, raws: Sequence[Json]) -> list[Request]:
        """Hand updates to the intake at once, side by side."""
        updates = [read(self.bot, copy.deepcopy(raw)) for raw in raws]
        return await self.calls(lambda: self._handled([update for update in updates if isinstance(update, Update)]))

    async def _handled(self, updates: Sequence[Update]) -> None:
        await asyncio.gather(*(self.intake.handle(update) for update in updates))

    async def calls(self, work: Callable[[], Awaitable[object]]) -> list[Request]:
        """Do something, and give the calls that the bot made meanwhile.

        Fails when the log tells of an error, or when Telegram refused a call for any reason but that the person
        blocked the bot, or that a tap is old.
        """
        first = self.world.journal.since(NEVER, None)["next"]
        with capture_logs() as self.logs:
            await work()
        errors = [entry for entry in self.logs if entry["log_level"] in {"error", "critical"}]
        assert not errors, errors
        made = [Request(**each) for each in self.world.journal.since(first, None)["requests"]]
        refused = [each for each in made if not _is_fair(each)]
        assert not refused, refused
        return made

    # What the bot does by itself -------------------------------------------------------------------------------------

    async def let_pass(self, passing: timedelta) -> list[Request]:
        """Move the clock on, do what falls due, and deliver it; give the calls that were made."""
        self.now += passing
        return await self.calls(self._catch_up)

    async def _catch_up(self) -> None:
        while await self.ticks.run_due():
            pass
        self._passed += timedelta(hours=1)  # no back-off of a row keeps it from being tried
        await self.deliver()

    async def deliver(self) -> None:
        """Deliver what is due in the outbox, and stop."""
        deliverer = Delivery(
            self.store,
            self.bot,
            Pace(self.store, self._true_clock, per_second=1_000),
            clock=self.clock,
            true_clock=self._true_clock,
            links=LINKS,
            zone="America/Bogota",
            holder="street",
        )
        async with asyncio.TaskGroup() as group:
            running = group.create_task(deliverer.run())
            await deliverer.drain()
            deliverer.stop()
            await running

    def _true_clock(self) -> datetime:
        return true_now() + self._passed


def said(calls: Sequence[Request], chat: int) -> list[Request]:
    """Give the calls that said something to a chat, which Telegram took, or which stood there word for word."""
    return [
        each
        for each in calls
        if each.method in SPEAKING
        and each.chat_id == chat
        and (each.status == REACHED or NOT_MODIFIED in each.response.get("description", ""))
    ]


async def _nobody_apologises(_bot: Bot, _update: Update, code: str) -> None:
    raise AssertionError(code)


def _is_fair(call: Request) -> bool:
    """Tell whether Telegram took a call, or refused it for what a person did (and the bot knows another way)."""
    words = "" if call.status == REACHED else str(call.response.get("description", ""))
    return call.status in {REACHED, FORBIDDEN} or any(
        call.method == method and fair in words for method, fair in FAIR_REFUSALS
    )
