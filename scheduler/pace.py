"""The one pace of a process: every call that makes or edits a message waits here for its turn.

Replies go first; deliveries take what replies leave of the allowance. All of it is true time.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final

import structlog
from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from sqlalchemy.exc import DBAPIError

from civic import leases
from civic.leases import Allowance
from civic.outages import outage
from civic.store import Store
from scheduler.chats import ChatAllowance
from scheduler.flow import Flow
from scheduler.recent import LOOK_AGAIN, Recent

log = structlog.get_logger(__name__)

FREE_PER_SECOND: Final = 30
CHATS_KNOWN: Final = 10_000
LOOK_SECONDS: Final = 0.5
"""How old the word of other processes may be: telling and hearing take their time too, a second in all."""
TELLING_SECONDS: Final = 0.7
"""After which every process that sends has told how many replies a second had."""
NEARLY_FULL: Final = 0.8
SECONDS_KEPT: Final = 60
"""For which the replies of a second are kept."""
REPLY_PATIENCE: Final = 3.0
DELIVERY_PATIENCE: Final = 1.0
"""Seconds that a call waits for a pause to end, rather than fail as if Telegram had refused it again."""
TURN_PATIENCE: Final = 15.0
"""Seconds that a delivery waits for its turn; then it is refused as in a pause: no try, and it is looked at anew."""


class Lane(IntEnum):
    """Why something is sent: what goes first where several wait."""

    GOING_ON = -1
    """The rest of a reply whose beginning is out: less is half said when a process is killed."""
    REPLY = 0
    URGENT = 1
    DELIVERY = 2


SPARED: Final = {Lane.URGENT: 3, Lane.DELIVERY: 6}
"""Calls on their way that deliveries leave to what goes before them, where a server does not answer."""
LANE: ContextVar[Lane] = ContextVar("lane", default=Lane.REPLY)
"""Set by delivery in its own tasks; all else answers people, each update in a task of its own."""


class Pace(BaseRequestMiddleware):
    """A request middleware of the bot's session that keeps what is sent within Telegram's limits.

    Smooth: a call every 1/`per_second` of a second, never a burst over all chats. A 429 pauses all of it, in every
    process. While paused for long a call fails with TelegramRetryAfter, as Telegram's own answer would be.
    """

    def __init__(
        self, store: Store, true_clock: Callable[[], datetime], *, per_second: float = 25, paid: bool = False
    ) -> None:
        """Take where processes tell each other, true time, and the messages a second over all chats.

        `paid` lets what goes beyond Telegram's free messages a second be paid for.
        """
        self._store = store
        self._true_clock = true_clock
        self._per_second = per_second
        self._paid = paid and per_second > FREE_PER_SECOND
        self._flow = Flow(per_second)
        self._recent = None if self._paid else Recent(max(FREE_PER_SECOND, math.ceil(per_second)))
        self._chats: dict[int, ChatAllowance] = {}
        self._looking = asyncio.Lock()
        self._looked_at = -math.inf
        self._paused_until: datetime | None = None
        self._replies: Counter[int] = Counter()
        self._noted: Counter[int] = Counter()

    @property
    def per_second(self) -> float:
        """Messages a second over all chats."""
        return self._per_second

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Let a call through when it is its turn; one that does not count goes at once."""
        chat_id = _chat(method)
        if chat_id is None:
            return await make_request(bot, method)
        lane = LANE.get()
        chat, loop = self._of_chat(chat_id), asyncio.get_running_loop()
        if self._paid and hasattr(method, "allow_paid_broadcast"):
            method.allow_paid_broadcast = True
        is_reply = lane <= Lane.REPLY
        chat.replies += is_reply
        try:
            async with asyncio.timeout(None if is_reply else TURN_PATIENCE):
                await self._turn(bot.id, method, lane, chat)
        except TimeoutError:
            raise TelegramRetryAfter(method=method, message="no turn in time", retry_after=1) from None
        finally:
            chat.replies -= is_reply
        if self._recent:
            self._recent.start()
        if is_reply:
            chat.replied += 1
            self._replies[int(self._true_clock().timestamp())] += 1
            LANE.set(Lane.GOING_ON)
        try:
            return await make_request(bot, method)
        except TelegramRetryAfter as error:
            await self.pause(bot.id, error.retry_after)
            raise
        finally:
            chat.answered(loop.time())
            if self._recent:
                self._recent.answered(loop.time())

    async def _turn(self, bot_id: int, method: TelegramMethod[Any], lane: Lane, chat: ChatAllowance) -> None:
        """Wait until a call may go. A turn that falls into a pause is lost: those who had one must not go all at once.

        So is one when the chat was sent something else meanwhile, or the last second is full. A delivery to who was
        answered meanwhile is refused: what she said may have changed what there is to say.
        """
        replied = chat.replied
        while True:
            await self._wait_out(bot_id, method, lane)
            if (wait := self._full_for(chat, lane)) > 0:
                await asyncio.sleep(wait)
            await self._flow.turn(lane)
            if lane > Lane.REPLY and chat.replied != replied:
                raise TelegramRetryAfter(method=method, message="answered meanwhile", retry_after=1)
            if await self.pause_left(bot_id, has_turn=True) <= 0 and self._full_for(chat, lane) <= 0:
                chat.take(asyncio.get_running_loop().time())
                return

    def _full_for(self, chat: ChatAllowance, lane: Lane) -> float:
        """Say for how many seconds a chat, or all of them together, may be sent nothing more."""
        now = asyncio.get_running_loop().time()
        is_reply = lane <= Lane.REPLY
        spare = SPARED.get(lane, 0)
        after = LOOK_AGAIN if chat.replies and not is_reply else 0.0
        return max(chat.wait(now), after, self._recent.wait(now, spare=spare) if self._recent else 0.0)

    async def pause(self, bot_id: int, seconds: float) -> None:
        """Send nothing for so many seconds, in any process."""
        until = self._true_clock() + timedelta(seconds=seconds)
        self._paused_until = max(until, self._paused_until or until)
        log.warning("pace.paused", seconds=seconds)
        try:
            await self._store.transaction(leases.pause, bot_id, until)
        except DBAPIError as error:
            _bear(error)

    async def pause_left(self, bot_id: int, *, has_turn: bool = False) -> float:
        """Say for how many seconds nothing may be sent.

        Calls that have had their turn don't wait for another's look: a slow one would let them all go at once.
        """
        if not (has_turn and self._looking.locked()):
            await self._look(bot_id)
        if self._paused_until is None:
            return 0
        return max(0, (self._paused_until - self._true_clock()).total_seconds())

    async def _wait_out(self, bot_id: int, method: TelegramMethod[Any], lane: Lane) -> None:
        while (left := await self.pause_left(bot_id)) > 0:
            if left > (REPLY_PATIENCE if lane <= Lane.REPLY else DELIVERY_PATIENCE):
                raise TelegramRetryAfter(method=method, message="paused", retry_after=math.ceil(left))
            await asyncio.sleep(left)

    def _of_chat(self, chat_id: int) -> ChatAllowance:
        now = asyncio.get_running_loop().time()
        if len(self._chats) > CHATS_KNOWN:
            self._chats = {known: each for known, each in self._chats.items() if not each.is_whole(now)}
        return self._chats.setdefault(chat_id, ChatAllowance(now))

    async def _look(self, bot_id: int) -> None:
        """Hear what other processes say, and tell them our replies, twice a second while there is something to send."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._looked_at < LOOK_SECONDS:
            return
        async with self._looking:
            if loop.time() - self._looked_at < LOOK_SECONDS:
                return
            now = self._true_clock().timestamp()
            told = int(now - TELLING_SECONDS) - 1
            try:
                said = await self._hear(bot_id, told, ended=int(now) - 1)
            except DBAPIError as error:
                _bear(error)
                self._looked_at = loop.time()
                return
            if said.paused_until is not None:
                self._paused_until = max(said.paused_until, self._paused_until or said.paused_until)
            if self._is_resuming(told):
                self._flow.share(self._per_second / 2)
                self._flow.space(1)
            else:
                self._share(self._noted[told], said.replies)
            self._noted = Counter({second: number for second, number in self._noted.items() if second >= told})
            self._looked_at = loop.time()

    def _is_resuming(self, told: int) -> bool:
        """Tell whether a pause is so young that nobody knows yet what others send after it: then all begin gently."""
        return not self._store.is_sqlite and self._paused_until is not None and self._paused_until.timestamp() > told

    def _share(self, ours: int, of_all: int) -> None:
        """Leave others their part of the pace, after a second in which so many replies were ours, and all processes'.

        Where replies alone fill the pace, who has sent most gets most, and who wants more a little more each time.
        """
        others = max(0, of_all - ours)
        is_full = ours + others > NEARLY_FULL * self._per_second
        self._flow.share(self._per_second * (ours + 1) / (ours + others + 1) if is_full else self._per_second)
        self._flow.space(self._per_second - others)

    async def _hear(self, bot_id: int, told: int, *, ended: int) -> Allowance:
        """Tell our replies of the seconds that ended, and hear those of all in one that everybody has told of."""
        ours = {second: number for second, number in self._replies.items() if second <= ended}
        if self._store.is_sqlite or not ours:  # one process alone has nobody to tell
            self._replies = Counter({second: n for second, n in self._replies.items() if second > ended})
            return await self._store.reading(leases.allowance, bot_id, told)
        await self._store.transaction(leases.note_replies, bot_id, ours)
        await self._store.transaction(leases.forget_seconds, ended - SECONDS_KEPT)
        for second in ours:
            self._noted[second] += self._replies.pop(second)
        return await self._store.reading(leases.allowance, bot_id, told)


def _bear(error: DBAPIError) -> None:
    """Go on by our own pace while the database is away: what people are told then must not need it."""
    trouble = outage(error)
    if trouble is None:
        raise error
    log.warning("pace.alone", trouble=trouble)


def counts(method: TelegramMethod[Any]) -> bool:
    """Tell whether a call counts for the pace: it makes or edits a message."""
    return _chat(method) is not None


def _chat(method: TelegramMethod[Any]) -> int | None:
    """Give the chat of a call that counts for the pace: it makes or edits a message."""
    name = method.__api_method__
    if not name.startswith(("send", "edit", "copy", "forward")) or name == "sendChatAction":
        return None
    chat_id = getattr(method, "chat_id", None)
    return chat_id if isinstance(chat_id, int) else None
