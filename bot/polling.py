"""Updates by polling: asked for while earlier ones are at work, and confirmed as far as all before them are done."""

import asyncio
import contextlib
import functools
import itertools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from aiogram.exceptions import (
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from aiogram.types import Update

from bot.intake import ALLOWED, DRAIN_SECONDS, DatabaseAway, Intake, Unreadable, chat_of, is_numbered, read
from civic import updates
from civic.outages import outage

log = structlog.get_logger(__name__)

POLL_SECONDS = 30
WINDOW = 100
"""Updates above the lowest unfinished one that are worked on: getUpdates never shows more."""
CONFIRM_SECONDS = 2
CONFIRM_AT = 10
"""Finished updates that are worth a call to say so while others are at work: a killed process says them again."""
LOOK_AGAIN_SECONDS = 0.3
CONFLICT_SECONDS = 5
WRONG_TOKEN_SECONDS = 30
BACK_OFF = (0.5, 1, 2, 5, 10)
AGAIN_SECONDS = 2

R = TypeVar("R")


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """`getUpdates`, with each update as it came: one that cannot be read must not keep the others from us."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None
    limit: int
    timeout: int
    allowed_updates: list[str] = ALLOWED


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
        answered = await self._bot(asked, request_timeout=POLL_SECONDS + 15)
        said = [raw for raw in answered or () if is_numbered(raw)]
        if answered and not said:
            raise ValueError("updates without a number")
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
        new = [update for update in found.values() if isinstance(update, Update)]
        unreadable = [update for update in found.values() if isinstance(update, Unreadable)]
        self._waiting = set(found)
        counted = self._young
        self._young = False
        if counted:
            new = await self._with_care(new)
        for update in new:
            self._start(update, counted=counted)
        for each in unreadable:
            await while_away(functools.partial(self._intake.let_go_unread, each))
            self._finish(each.update_id)

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


async def while_away(attempt: Callable[[], Awaitable[R]]) -> R:
    """Try until the database works."""
    while True:
        try:
            return await attempt()
        except DatabaseAway as error:
            log.warning("database.away", trouble=outage(error.__cause__ or error))
            await asyncio.sleep(1)
