"""`convoca run`: makes the store, the clock, the bot and hands them to the rooms; stops in order on SIGTERM."""

import asyncio
import contextlib
import functools
import os
import secrets
import signal
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
import uvloop
from aiogram import Bot
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNotFound, TelegramUnauthorizedError
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageText,
    Response,
    SendDocument,
    SendMessage,
)
from aiogram.types import BotCommand, BotDescription, BotName, BotShortDescription, MenuButtonCommands, Update, User
from aiohttp import web
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.calls import Calls
from bot.clock import Clock, FollowedClock, true_now
from bot.intake import ALLOWED, Apologise, Intake, Postpone, chat_of
from bot.logs import set_up
from bot.metrics import Metrics
from bot.polling import Polling, RawUpdates
from bot.settings import TELEGRAM, Settings, SettingsWrong
from bot.webhook import add_webhook
from civic import agenda, conversation
from civic.conversation import Incoming
from civic.outages import SILENT, comes_by_itself, outage
from civic.staff import introduce_bot, seed_organisers
from civic.store import Store
from handlers.chat import Services
from handlers.routers import dispatcher
from handlers.speaking import Speaking
from locales import DEFAULT, LANGUAGES, choose, translator
from messages import catalogue
from messages.introduction import introduction
from messages.kind import Who
from messages.message import Message
from messages.telegram import Cure, classify
from messages.voice import Links, Voice
from portal import health as portal_health
from portal.app import application as portal_application
from scheduler.delivery import Delivery
from scheduler.pace import Pace
from scheduler.ticks import Ticks

log = structlog.get_logger(__name__)

ROLES: Final = ("chat", "clock", "delivery", "portal")
MAX_CONNECTIONS: Final = 40
CONNECTIONS: Final = 100
HELLO_SECONDS: Final = 5
AGAIN_SECONDS: Final = 2.0
REFUSED_SECONDS: Final = 30.0
STOP_SECONDS: Final = 2.0
"""For requests that are still open when all else has ended."""
LAST_SECONDS: Final = 9.0
"""After being asked to stop, when the process ends whatever holds it."""
NO_TELEGRAM: Final = "the Bot API server does not answer"
MOST_ROUNDS: Final = 100
"""Of doing what is due at one moment: what follows from what was done is done too."""

Settle = Callable[[datetime], Awaitable[None]]
NextDue = Callable[[datetime], Awaitable[datetime | None]]


def start(settings: Settings, roles: frozenset[str]) -> None:
    """Run the roles until SIGTERM or Ctrl-C."""
    set_up([settings.token, settings.token.partition(":")[2], settings.secret, settings.webhook_path])
    store = Store(settings.database)
    end = threading.Timer(LAST_SECONDS, _end)
    end.daemon = True
    try:
        uvloop.run(Running(settings, roles, store, when_stopping=end.start).run())
    finally:
        store.close()
        end.cancel()


def _end() -> None:
    """End now: a database that is locked or silent holds a thread. What that did not commit comes again."""
    log.warning("stopped.late")
    os._exit(0)


@dataclass
class Running:
    """One process of Convoca, with some of the roles."""

    settings: Settings
    roles: frozenset[str]
    store: Store
    trouble: str | None = None
    """Why Telegram does not take our webhook, for /health."""
    when_stopping: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Serve until asked to stop; then take no more, finish what is at work, and close."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()

        def stop() -> None:
            if not stopping.is_set():
                stopping.set()
                self.when_stopping()

        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, stop)
        if not await self._when_up(lambda: asyncio.to_thread(self._prepare_store), stopping):
            return
        process = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"
        clock = FollowedClock(self.settings.clock, process) if self.settings.clock else true_now
        bot = make_bot(self.settings)
        try:
            async with contextlib.AsyncExitStack() as waiting:
                page = portal_health.waiting(lambda: [NO_TELEGRAM])
                me = await hello(
                    bot, stopping, lambda: waiting.enter_async_context(serving(page, self.settings.listen_at))
                )
            if me is None:
                return

            async def begin() -> None:
                await self.store.transaction(introduce_bot, bot.id, me.username or "")
                await self.store.transaction(seed_organisers, self.settings.organisers, now=clock())
                await self.store.transaction(agenda.complete, now=clock())

            if not await self._when_up(begin, stopping):
                return
            await self._serve(bot, me, clock, process, stopping)
        finally:
            await bot.session.close()

    async def _serve(self, bot: Bot, me: User, clock: Clock, process: str, stopping: asyncio.Event) -> None:
        settings, store = self.settings, self.store
        pace = Pace(store, true_now, per_second=settings.pace, paid=settings.paid_broadcast)
        bot.session.middleware(pace)
        metrics = Metrics()
        bot.session.middleware(metrics.sends)
        links = Links(settings.link or f"https://t.me/{me.username}", settings.public_url, settings.locale)
        services = Services(store, clock, links, Speaking(store, clock, count=metrics.replied), settings.timezone)
        deliverer = Delivery(
            store,
            bot,
            pace,
            clock=clock,
            true_clock=true_now,
            links=links,
            zone=settings.timezone,
            holder=process,
            count=metrics.delivered,
        )
        metrics.watch(active=lambda: deliverer.active, in_flight=lambda: deliverer.in_flight)
        ticks = Ticks(store, clock, deliverer.wake)
        intake = Intake(bot, dispatcher(services), store, clock, apologies(services), metrics.handled)
        intake.postpone = postponing(services)
        polling = Polling(intake) if "chat" in self.roles and not settings.uses_webhook else None

        def troubles() -> list[str]:
            return [trouble for trouble in (polling and polling.trouble, self.trouble, deliverer.trouble) if trouble]

        application = portal_application(
            store, clock, links, troubles=troubles, registry=metrics.registry, pages="portal" in self.roles
        )
        if "chat" in self.roles and settings.uses_webhook:
            add_webhook(application, settings.webhook_path, settings.secret, intake)
        async with serving(application, settings.listen_at), asyncio.TaskGroup() as group:
            if "delivery" in self.roles:
                group.create_task(deliverer.run())
            if "clock" in self.roles:
                ticks.start()
            following = (
                group.create_task(clock.follow(*self._walking(ticks, deliverer)))
                if isinstance(clock, FollowedClock)
                else None
            )
            asking = []
            if "chat" in self.roles:
                poll = functools.partial(persist, bot.delete_webhook, self._note)
                asked = group.create_task(poll() if polling else self._listen_by_webhook(bot))
                asking = [group.create_task(introduce(bot)), asked]
                if polling:
                    group.create_task(listen_by_polling(polling, after=asked))
            log.info("running", roles=sorted(self.roles), bot=me.username, listen=settings.listen)
            await stopping.wait()
            log.info("stopping")
            for task in (*asking, following):
                if task:
                    task.cancel()
            if polling:
                polling.stop()
            ticks.stop()
            deliverer.stop()
            await intake.drain()

    def _prepare_store(self) -> None:
        """Bring the schema up to date, and find out now whether anything can be written."""
        self.store.upgrade()
        self.store.prove_writable()

    async def _when_up(self, work: Callable[[], Awaitable[None]], stopping: asyncio.Event) -> bool:
        """Do something with the database, once its server is up; meanwhile say on /health that it is not.

        False when asked to stop before. What waiting does not cure is raised.
        """
        async with contextlib.AsyncExitStack() as waiting:
            is_shown = False
            while not stopping.is_set():
                try:
                    await work()
                except DBAPIError as error:
                    if not comes_by_itself(error):
                        raise
                    log.warning("database.away", trouble=outage(error), said=str(error.orig).strip())
                else:
                    return True
                if not is_shown:
                    page = portal_health.waiting(lambda: [f"database: {SILENT}"])
                    await waiting.enter_async_context(serving(page, self.settings.listen_at))
                    is_shown = True
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), AGAIN_SECONDS)
        return False

    def _walking(self, ticks: Ticks, deliverer: Delivery) -> tuple[Settle, NextDue]:
        """Say what this process does at a stop of a moved clock, by its roles."""

        async def settle(_now: datetime) -> None:
            if "clock" in self.roles:
                for _ in range(MOST_ROUNDS):
                    if not await ticks.run_due():
                        break
            if "delivery" in self.roles:
                await deliverer.drain()

        async def next_due(now: datetime) -> datetime | None:
            return await ticks.next_due(now)

        return settle, next_due

    def _note(self, trouble: str | None) -> None:
        self.trouble = trouble

    async def _listen_by_webhook(self, bot: Bot) -> None:
        """Tell Telegram where updates go, until it takes that: its own look at our name may fail for a while."""
        address = f"{self.settings.public_url}{self.settings.webhook_path}"
        ask = functools.partial(
            bot.set_webhook,
            address,
            secret_token=self.settings.secret,
            allowed_updates=ALLOWED,
            max_connections=MAX_CONNECTIONS,
        )
        while refused := await persist(ask, self._note):
            self.trouble = f"Telegram does not take the webhook: {refused}"
            await asyncio.sleep(REFUSED_SECONDS)
        self.trouble = None


async def listen_by_polling(polling: Polling, *, after: asyncio.Task[str | None]) -> None:
    """Take updates by polling, after a webhook that was set before is let go."""
    await asyncio.wait({after})
    await polling.run()


async def hello(bot: Bot, stopping: asyncio.Event, say_so: Callable[[], Awaitable[None]] | None = None) -> User | None:
    """Ask Telegram who we are; wait while it does not answer. A token that it refuses raises SettingsWrong.

    `say_so` is called once, when it is found not to answer.
    """
    while not stopping.is_set():
        try:
            return await bot.get_me(request_timeout=HELLO_SECONDS)
        except (TelegramUnauthorizedError, TelegramNotFound):
            raise SettingsWrong("CONVOCA_BOT_TOKEN: Telegram refuses it") from None
        except Exception as error:  # noqa: BLE001 - classify raises what is not Telegram's
            log.warning("telegram.away", reason=classify(error).reason)
            if say_so:
                await say_so()
                say_so = None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), AGAIN_SECONDS)
    return None


async def introduce(bot: Bot) -> None:
    """Show Telegram's users what the bot is for, in each language: name, descriptions, commands and their button.

    Only what differs is set, as Telegram lets a bot change its name a few times a day; what it refuses is logged, and
    keeps nothing else from being said.
    """
    for language in LANGUAGES:
        said = introduction(translator(language))
        code = None if language == DEFAULT else language
        commands = [BotCommand(command=command, description=what) for command, what in said.commands]
        await _asked(_set_where_it_differs, bot.get_my_name, bot.set_my_name, said.name, code)
        await _asked(_set_where_it_differs, bot.get_my_description, bot.set_my_description, said.description, code)
        short = said.short_description
        await _asked(_set_where_it_differs, bot.get_my_short_description, bot.set_my_short_description, short, code)
        await _asked(bot.set_my_commands, commands, language_code=code)
    await _asked(bot.set_chat_menu_button, menu_button=MenuButtonCommands())


async def _set_where_it_differs(
    get: Callable[..., Awaitable[BotName | BotDescription | BotShortDescription]],
    set_: Callable[..., Awaitable[bool]],
    wanted: str,
    language: str | None,
) -> None:
    (shown,) = (await get(language_code=language)).model_dump().values()
    if shown != wanted:
        await set_(wanted, language_code=language)


async def _asked(ask: Callable[..., Awaitable[object]], *args: object, **named: object) -> None:
    """Ask Telegram for something that may be refused."""
    try:
        await ask(*args, **named)
    except Exception as error:  # noqa: BLE001 - classify raises what is not Telegram's
        log.warning("introduction.refused", reason=classify(error).reason)


def apologies(services: Services) -> Apologise:
    """Make what tells a person that her update failed for good, with the code that the log has too."""

    async def apologise(bot: Bot, update: Update, code: str) -> None:
        event = update.event
        person = getattr(event, "from_user", None)
        incoming = Incoming(bot.id, update.update_id, chat_of(update), person.id if person else 0, DEFAULT)

        def say(session: Session) -> Sequence[Message]:
            standing = conversation.look(session, incoming)
            who = Who(standing.person_id, standing.language)
            return catalogue.render(session, who, "sorry", {"code": code}, now=services.clock(), links=services.links)

        try:
            messages = await services.store.reading(say)
            await services.speak(bot, incoming.chat_id, messages, tapped=None)
        except Exception:
            log.exception("apology.failed", code=code)

    return apologise


def postponing(services: Services) -> Postpone:
    """Make what tells a person that her answer comes later: in her Telegram's language, without the database."""

    async def postpone(bot: Bot, update: Update) -> None:
        person = getattr(update.event, "from_user", None)
        if person is None or update.my_chat_member or chat_of(update) != person.id:
            return
        locale = services.links.locale
        voice = Voice(translator(choose(person.language_code, locale), locale), services.links, services.clock())
        try:
            await services.speak(bot, person.id, catalogue.KINDS["later"].say(voice, {}), tapped=None)
        except Exception:
            log.exception("later.unsaid", update_id=update.update_id)

    return postpone


async def persist(
    attempt: Callable[[], Awaitable[object]], note: Callable[[str | None], None] = lambda _trouble: None
) -> str | None:
    """Ask Telegram for something until it answers; what it refuses is logged, and left: gives why.

    `note` hears why it is asked again, and None once it has answered.
    """
    while True:
        try:
            await attempt()
        except Exception as error:  # noqa: BLE001 - classify raises what is not Telegram's
            fault = classify(error)
            log.warning("telegram.asked", reason=fault.reason)
            if fault.cure not in {Cure.AGAIN, Cure.WAIT}:
                note(None)
                return fault.reason
            note(NO_TELEGRAM)
            await asyncio.sleep(fault.after or AGAIN_SECONDS)
        else:
            note(None)
            return None


@contextlib.asynccontextmanager
async def serving(application: web.Application, at: tuple[str, int]) -> AsyncIterator[None]:
    """Serve HTTP while inside."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, *at).start()
        except OSError as error:
            raise SettingsWrong(f"CONVOCA_LISTEN ({at[0]}:{at[1]}): {error.strerror or error}") from None
        yield
    finally:
        await runner.cleanup()


# aiogram makes these pydantic models anew for each call once nobody holds them, which costs more than the call.
MODELS: Final = tuple(
    Response[method.__returning__]  # type: ignore[name-defined]
    for method in (SendMessage, EditMessageText, SendDocument, AnswerCallbackQuery, RawUpdates)
)


def make_bot(settings: Settings) -> Bot:
    """Make the bot's client, for Telegram's server or the one that is set."""
    server = TelegramAPIServer.from_base(settings.telegram_api or TELEGRAM)
    return Bot(settings.token, session=Calls(api=server, limit=CONNECTIONS))
