"""Updates come in, and are confirmed to Telegram only after their work is done: nothing is lost when we are killed.

One chat's updates go in order, people side by side. An update that fails is tried 3 times (counted in the database,
so that one which kills the process is let go too), then let go with an apology, without holding up anyone.
"""

import asyncio
import contextlib
import functools
import itertools
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.logs import where
from civic import updates
from civic.outages import outage
from civic.store import Store

log = structlog.get_logger(__name__)

ALLOWED = ["message", "callback_query", "my_chat_member"]
HANDLER_SECONDS = 20
POLL_SECONDS = 30
WINDOW = 100
"""Updates above the lowest unfinished one that are worked on: getUpdates never shows more."""
CONFIRM_SECONDS = 2
CONFIRM_AT = 10
"""Finished updates that are worth a call to say so while others are at work: a killed process says them again."""
LOOK_AGAIN_SECONDS = 0.3
UNMARKED = 40
"""Updates at work, or answered and not yet marked so: their answers, a message or two each, come again after a kill."""
MARK_SECONDS = 0.05
MARK_AT_LAST_SECONDS = 1
DRAIN_SECONDS = 5
CONFLICT_SECONDS = 5
WRONG_TOKEN_SECONDS = 30
BACK_OFF = (0.5, 1, 2, 5, 10)
AWAY_SECONDS = 3
"""For which the database is away before people hear of it."""
AGAIN_SECONDS = 2
TOLD = 10_000
"""Updates that are remembered as answered with «later»."""

Apologise = Callable[[Bot, Update, str], Awaitable[None]]
Postpone = Callable[[Bot, Update], Awaitable[None]]


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """`getUpdates`, with each update as it came: one that cannot be read must not keep the others from us."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None
    limit: int
    timeout: int
    allowed_updates: list[str] = ALLOWED


class DatabaseAway(Exception):
    """The database does not work: the update is not at fault, and comes again."""


P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Intake:
    """Handles updates, each at most as often as it takes."""

    bot: Bot
    dispatcher: Dispatcher
    store: Store
    clock: Callable[[], datetime]
    apologise: Apologise
    count_handled: Callable[[str, str, float | None], None] = lambda _kind, _how, _seconds: None
    """Hears of every try: an update's kind, how it ended (handled, failed, let_go), and the seconds it took."""
    chats: dict[int, asyncio.Task[Any]] = field(default_factory=dict)
    postpone: Postpone | None = None
    """Tells a person that her answer comes later; needs no database."""
    _told_later: dict[int, None] = field(default_factory=dict)
    _away_since: float | None = None
    _answered: list[int] = field(default_factory=list)
    _marking: asyncio.Task[None] | None = None
    _unmarked: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UNMARKED))

    async def drain(self) -> None:
        """Let what is at work end, for some seconds."""
        if self.chats:
            await asyncio.wait(set(self.chats.values()), timeout=DRAIN_SECONDS)
        await self.marked()

    async def marked(self) -> None:
        """Let what was answered be kept."""
        if self._marking:
            await asyncio.wait({self._marking}, timeout=MARK_AT_LAST_SECONDS)

    async def answered_among(self, batch: Sequence[Update]) -> set[int]:
        """Say which updates were answered by a process before this one, that did not live to tell Telegram so."""
        return await self.asked(batch, updates.answered_among, self.bot.id, [update.update_id for update in batch])

    async def count(self, update: Update) -> bool:
        """Count a try before it, as the process may not survive it; False when there is nothing (more) to try.

        It was answered, or tried often enough: then it is let go. Raises DatabaseAway.
        """
        before = await self.asked([update], updates.count_unanswered, self.bot.id, update.update_id, now=self.clock())
        if before is None:
            return False
        if before < updates.TRIES:
            return True
        await self.asked([update], updates.let_go, self.bot.id, update.update_id, now=self.clock())
        log.error("update.let_go", update_id=update.update_id)
        self.count_handled(update.event_type, "let_go", None)
        return False

    async def handle(self, update: Update, *, counted: bool = False) -> None:
        """Handle an update once; raise what goes wrong after recording it, unless it was let go.

        Raises DatabaseAway when the database does not work; whose update waits for it is told so, once.
        """
        await self._unmarked.acquire()
        started = asyncio.get_running_loop().time()
        answered = False
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await self.dispatcher.feed_update(self.bot, update)
            if counted:
                await self._settle(update)
            answered = True
        except Exception as error:
            if outage(error):
                await self._is_away(update)
                raise DatabaseAway from error
            code = secrets.token_hex(3)
            log.exception("update.failed", code=code, update_id=update.update_id, kind=update.event_type)
            self.count_handled(update.event_type, "failed", asyncio.get_running_loop().time() - started)
            trace = "\n".join([code, *where(error)])
            of = self.bot.id, update.update_id
            if not await self.asked([update], updates.failed, *of, trace, counted=counted, now=self.clock()):
                raise
            self.count_handled(update.event_type, "let_go", None)
            await self.apologise(self.bot, update, code)
        else:
            self._away_since = None
            self._told_later.pop(update.update_id, None)
            self.count_handled(update.event_type, "handled", asyncio.get_running_loop().time() - started)
        finally:
            if answered:
                self._note_answered(update)
            else:
                self._unmarked.release()

    def _note_answered(self, update: Update) -> None:
        self._answered.append(update.update_id)
        if self._marking is None or self._marking.done():
            self._marking = asyncio.ensure_future(self._mark())  # noqa: TID251 - kept, and awaited by drain

    async def _mark(self) -> None:
        """Keep which updates were answered, many at once; what cannot be kept is at worst answered twice."""
        while self._answered:
            await asyncio.sleep(MARK_SECONDS)
            ids, self._answered = self._answered, []
            try:
                await self.store.transaction(updates.answered, self.bot.id, ids)
            except DBAPIError as error:
                log.warning("updates.unmarked", number=len(ids), trouble=outage(error) or type(error).__name__)
            finally:
                for _ in ids:
                    self._unmarked.release()

    async def _settle(self, update: Update) -> None:
        """Forget the tries of what has been handled; where they stay they harm nobody."""
        try:
            await self.store.transaction(updates.settled, self.bot.id, update.update_id)
        except DBAPIError as error:
            if not outage(error):
                raise
            log.warning("update.unsettled", update_id=update.update_id, trouble=outage(error))

    async def asked(
        self,
        batch: Sequence[Update],
        use_case: Callable[Concatenate[Session, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Write for updates; raise DatabaseAway, when their people have been told so, if that cannot be now."""
        try:
            return await self.store.transaction(use_case, *args, **kwargs)
        except DBAPIError as error:
            if not outage(error):
                raise
            for update in {chat_of(each): each for each in reversed(batch)}.values():
                await self._is_away(update)
            raise DatabaseAway from error

    async def _is_away(self, update: Update) -> None:
        """Tell whose update waits for the database, once, when that has been away for some seconds."""
        now = asyncio.get_running_loop().time()
        if self._away_since is None:
            self._away_since = now
        if self.postpone is None or now - self._away_since < AWAY_SECONDS or update.update_id in self._told_later:
            return
        if len(self._told_later) >= TOLD:
            del self._told_later[next(iter(self._told_later))]
        self._told_later[update.update_id] = None
        await self.postpone(self.bot, update)


class Polling:
    """Asks for updates, and confirms a prefix of them when it is done."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._bot = intake.bot
        self._offset: int | None = None
        """The lowest id that is not finished."""
        self._confirmed: int | None = None
        """The offset that Telegram was last told."""
        self._working: dict[int, asyncio.Task[None]] = {}
        self._waiting: set[int] = set()
        """Taken, and not begun yet."""
        self._finished: set[int] = set()
        self._progress = asyncio.Event()
        self._stopping = asyncio.Event()
        self._young = True
        """The first batch may hold the update that killed the process before this one."""
        self.trouble: str | None = None
        """Why no updates come in, for /health."""

    def stop(self) -> None:
        """Take no more updates; `run` ends when those at work are done."""
        self._stopping.set()
        self._progress.set()

    async def run(self) -> None:
        """Poll until stopped, then drain for some seconds and confirm what is done."""
        stopping = asyncio.ensure_future(self._stopping.wait())  # noqa: TID251 - awaited below
        failures = 0
        try:
            while not self._stopping.is_set():
                poll = asyncio.ensure_future(self._ask())  # noqa: TID251 - awaited or cancelled at once below
                await asyncio.wait({poll, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not poll.done():
                    poll.cancel()
                    await asyncio.gather(poll, return_exceptions=True)
                    break
                try:
                    batch = poll.result()
                except Exception as error:  # noqa: BLE001 - whatever the network or Telegram does, polling goes on
                    pause = self._pause_after(error, failures)
                    failures += 1
                    await asyncio.wait({stopping}, timeout=pause)
                    continue
                failures, self.trouble = 0, None
                taking = asyncio.ensure_future(self._take(batch))  # noqa: TID251 - awaited or cancelled at once below
                await asyncio.wait({taking, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not taking.done():  # it waits for the database
                    taking.cancel()
                    await asyncio.gather(taking, return_exceptions=True)
                    break
                taking.result()
                await self._wait_for_room(len(batch))
            await self._drain()
        finally:
            stopping.cancel()
            for task in self._working.values():
                task.cancel()

    async def _ask(self) -> list[dict[str, Any]]:
        asked = RawUpdates(offset=self._offset, limit=WINDOW, timeout=0 if self._working else POLL_SECONDS)
        said = await self._bot(asked, request_timeout=POLL_SECONDS + 15)
        self._confirmed = asked.offset
        if said and asked.offset and max(raw["update_id"] for raw in said) < asked.offset:
            # Telegram shows nothing below what was asked for, but when it began new ids after a quiet week.
            log.warning("polling.new_ids", offset=asked.offset)
            self._offset = None
            self._finished.clear()
        return said

    async def _confirm(self) -> None:
        """Tell Telegram what is done, if that is much: after a kill it comes again, and is answered again.

        What cannot be told now is told by the next poll, which has the words for what went wrong.
        """
        if self._offset is None or self._offset - (self._confirmed or 0) < CONFIRM_AT:
            return
        done = self._confirmed = self._offset
        try:
            await self._bot(RawUpdates(offset=done, limit=1, timeout=0), request_timeout=CONFIRM_SECONDS)
        except Exception as error:  # noqa: BLE001 - polling goes on
            log.info("polling.unconfirmed", error=type(error).__name__)

    async def _take(self, batch: list[dict[str, Any]]) -> None:
        """Start work on what is new; one by one on what was tried before a restart.

        A poll may show again what was finished while it was on its way: all below the offset is.
        """
        floor = self._offset or 0
        known = self._working.keys() | self._finished
        raw = {each["update_id"]: each for each in batch}
        found = {i: read(self._bot, raw[i]) for i in sorted(raw) if i >= floor and i not in known}
        if not found:
            return
        if self._offset is None:
            self._offset = self._confirmed = min(found)
        new = [update for update in found.values() if update]
        self._waiting = {update.update_id for update in new}
        counted = self._young
        self._young = False
        if counted:
            new = await self._with_care(new)
        for update in new:
            self._start(update, counted=counted)
        for update_id in found.keys() - {update.update_id for update in found.values() if update}:
            self._finish(update_id)

    async def _with_care(self, batch: list[Update]) -> list[Update]:
        """Leave out what a process before this one answered, and handle alone what it did not survive.

        Of the others a try is counted.
        """
        ask, bot_id = self._intake.asked, self._bot.id
        answered = await while_away(lambda: self._intake.answered_among(batch))
        for update_id in answered:
            self._finish(update_id)
        batch = [update for update in batch if update.update_id not in answered]
        before = await while_away(lambda: ask(batch, updates.tried, bot_id, [u.update_id for u in batch]))
        for update in batch:
            if update.update_id not in before:
                continue
            if await while_away(functools.partial(self._intake.count, update)):
                self._start(update, counted=True)
                await asyncio.wait({self._working[update.update_id]})
            else:
                self._finish(update.update_id)
            await self._confirm()
        rest = [u for u in batch if u.update_id not in before]
        ids = [u.update_id for u in rest]
        await while_away(lambda: ask(rest, updates.count, bot_id, ids, now=self._intake.clock()))
        return rest

    def _start(self, update: Update, *, counted: bool) -> None:
        previous = self._intake.chats.get(chat_of(update))
        task = asyncio.ensure_future(self._work(update, previous, counted=counted))  # noqa: TID251 - kept in _working
        self._working[update.update_id] = task
        self._waiting.discard(update.update_id)
        self._intake.chats[chat_of(update)] = task

    async def _work(self, update: Update, previous: asyncio.Task[Any] | None, *, counted: bool) -> None:
        """Handle an update after its chat's earlier ones, again while it fails and may be tried."""
        task = asyncio.current_task()
        try:
            if previous and not previous.done():
                await asyncio.wait({previous})
            for pause in itertools.chain(BACK_OFF, itertools.repeat(BACK_OFF[-1])):
                try:
                    await self._intake.handle(update, counted=counted)
                    break
                except DatabaseAway as error:
                    log.warning("database.away", trouble=outage(error.__cause__ or error))
                    pause = min(pause, AGAIN_SECONDS)  # noqa: PLW2901 - a database is looked for more often
                except Exception:  # noqa: BLE001 - recorded and counted by handle
                    counted = False
                await asyncio.sleep(pause)
            self._finish(update.update_id)
        finally:
            self._working.pop(update.update_id, None)
            if self._intake.chats.get(chat_of(update)) is task:
                del self._intake.chats[chat_of(update)]
            self._progress.set()

    def _finish(self, update_id: int) -> None:
        """Move the offset over the finished prefix."""
        self._finished.add(update_id)
        self._waiting.discard(update_id)
        unfinished = [i for i in (*self._working, *self._waiting) if i not in self._finished]
        floor = min(unfinished) if unfinished else max(self._finished) + 1
        if self._offset is None or floor > self._offset:
            self._offset = floor
        self._finished = {i for i in self._finished if i >= self._offset}

    async def _wait_for_room(self, batch: int) -> None:
        """Wait for progress while something is at work: the same updates come back until the lowest is done.

        Each look shows up to 100 updates again, so it waits until half is done; or for a moment, as somebody new may
        write, unless the window is full and would show nobody new.
        """
        half = len(self._working) // 2
        patience = None if batch >= WINDOW else LOOK_AGAIN_SECONDS
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while len(self._working) > half and not self._stopping.is_set():
                    self._progress.clear()
                    await self._progress.wait()
                    await self._confirm()

    def _pause_after(self, error: Exception, failures: int) -> float:
        match error:
            case TelegramConflictError():
                self.trouble = "another process polls for this bot"
                log.error("polling.conflict", hint=self.trouble)
                return CONFLICT_SECONDS
            case TelegramUnauthorizedError() | TelegramNotFound():
                self.trouble = "Telegram refuses CONVOCA_BOT_TOKEN"
                log.error("polling.token_refused", hint=self.trouble)
                return WRONG_TOKEN_SECONDS
            case TelegramRetryAfter():
                return error.retry_after
            case _:
                if failures:
                    self.trouble = "the Bot API server does not answer"
                    log.warning("polling.failed", error=type(error).__name__)
                return BACK_OFF[min(failures, len(BACK_OFF) - 1)]

    async def _drain(self) -> None:
        """Let what is at work end, then confirm what is done, so that nobody is answered twice after a restart."""
        if self._working:
            await asyncio.wait(set(self._working.values()), timeout=DRAIN_SECONDS)
        await self._intake.marked()
        if self._offset is not None:
            try:
                await self._bot.get_updates(offset=self._offset, limit=1, timeout=0, request_timeout=CONFIRM_SECONDS)
            except Exception as error:  # noqa: BLE001 - what was not confirmed comes again, and is known
                log.info("polling.unconfirmed", error=type(error).__name__)


def read(bot: Bot, raw: Any) -> Update | None:
    """Read an update; None for one that is of another Bot API than ours: it would never be readable, and is let go.

    Raises ValueError for what is no update at all.
    """
    try:
        update = Update.model_validate(raw, context={"bot": bot})
        _ = update.event_type
    except UpdateTypeLookupError:
        places = ["update"]
    except ValidationError as error:
        if not (isinstance(raw, dict) and isinstance(raw.get("update_id"), int)):
            raise
        places = [".".join(map(str, fault["loc"])) for fault in error.errors()]
    else:
        return update
    log.error("update.unreadable", update_id=raw["update_id"], places=places[:5])
    return None


async def while_away(attempt: Callable[[], Awaitable[R]]) -> R:
    """Try until the database works."""
    while True:
        try:
            return await attempt()
        except DatabaseAway as error:
            log.warning("database.away", trouble=outage(error.__cause__ or error))
            await asyncio.sleep(1)


def chat_of(update: Update) -> int:
    """Say whose queue an update belongs to."""
    event = update.event
    chat = getattr(event, "chat", None)
    person = getattr(event, "from_user", None)
    return chat.id if chat else person.id if person else 0
