"""Updates come in, and are confirmed to Telegram only after their work is done: nothing is lost when we are killed.

One chat's updates go in order, people side by side. An update that fails is tried 3 times (counted in the database,
so that one which kills the process is let go too), then let go with an apology, without holding up anyone.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from aiogram import Bot, Dispatcher
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
UNMARKED = 40
"""Updates at work, or answered and not yet marked so: their answers, a message or two each, come again after a kill."""
MARK_SECONDS = 0.05
MARK_AT_LAST_SECONDS = 1
DRAIN_SECONDS = 5
AWAY_SECONDS = 3
"""For which the database is away before people hear of it."""
OF_ANY_MESSAGE = ("message_id", "date", "chat", "from")
OF_ANY_TAP = ("id", "from", "chat_instance", "data")
HIGHEST = 2**63
"""What no number that a database keeps may reach."""
TOLD = 10_000
"""Updates that are remembered as answered with «later»."""

Apologise = Callable[[Bot, Update, str], Awaitable[None]]
Postpone = Callable[[Bot, Update], Awaitable[None]]


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
    _failed: set[int] = field(default_factory=set)
    """Updates whose last try failed, and which come again."""
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

    async def let_go_unread(self, update: "Unreadable") -> None:
        """Let go an update that cannot be read, kept for the operator: to try it again would change nothing.

        Raises DatabaseAway.
        """
        log.error("update.unreadable", update_id=update.update_id, places=update.places)
        trace = "\n".join(["it cannot be read", *update.places])
        await self.asked([], updates.unreadable, self.bot.id, update.update_id, trace, now=self.clock())
        self.count_handled("unreadable", "let_go", None)

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
            if counted or update.update_id in self._failed:
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
            self._failed.add(update.update_id)
            if not await self.asked([update], updates.failed, *of, trace, counted=counted, now=self.clock()):
                raise
            self._failed.discard(update.update_id)
            self.count_handled(update.event_type, "let_go", None)
            await self.apologise(self.bot, update, code)
        else:
            self._away_since = None
            self._told_later.pop(update.update_id, None)
            self._failed.discard(update.update_id)
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


@dataclass(frozen=True)
class Unreadable:
    """An update of another Bot API than ours: it would never be readable."""

    update_id: int
    places: tuple[str, ...]
    """What of it cannot be read, by name."""


def is_numbered(raw: Any) -> bool:
    """Tell whether something has an update's number: one that Telegram may give, and a database keep."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return isinstance(number, int) and 0 <= number < HIGHEST


def read(bot: Bot, raw: Any) -> Update | Unreadable:
    """Read an update; of another Bot API than ours, as far as any has it. Raises ValueError for what is no update."""
    if not is_numbered(raw):
        raise ValueError("no update")
    update = _read(bot, raw)
    if isinstance(update, Unreadable) and isinstance(bare := _read(bot, _bare(raw)), Update):
        log.error("update.read_in_part", update_id=update.update_id, places=update.places)
        return bare
    return update


def _read(bot: Bot, raw: Mapping[str, Any]) -> Update | Unreadable:
    try:
        update = Update.model_validate(without_nul(raw), context={"bot": bot})
        _ = update.event_type
    except (UpdateTypeLookupError, RecursionError):
        return Unreadable(raw["update_id"], ("update",))
    except ValidationError as error:
        places = (".".join(map(str, fault["loc"])) for fault in error.errors())
        return Unreadable(raw["update_id"], tuple(places)[:5])
    return update


def _bare(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Leave of a message that it came, and of a tap its button: whoever sent it is answered, and words are no act."""
    message, query = raw.get("message"), raw.get("callback_query")
    bare: dict[str, Any] = {"update_id": raw["update_id"]}
    if isinstance(message, dict):
        bare["message"] = {name: message[name] for name in OF_ANY_MESSAGE if name in message}
    elif isinstance(query, dict):
        under = query.get("message")
        where = (
            {"chat": under.get("chat"), "message_id": under.get("message_id"), "date": 0}
            if isinstance(under, dict)
            else None
        )
        bare["callback_query"] = {**{name: query[name] for name in OF_ANY_TAP if name in query}, "message": where}
    return bare


def without_nul(raw: Any) -> Any:
    """Leave out the letter that PostgreSQL can neither keep nor compare, wherever it stands."""
    match raw:
        case str():
            return raw.replace("\0", "")
        case dict():
            return {name: without_nul(value) for name, value in raw.items()}
        case list():
            return [without_nul(value) for value in raw]
        case _:
            return raw


def chat_of(update: Update) -> int:
    """Say whose queue an update belongs to."""
    event = update.event
    chat = getattr(event, "chat", None)
    person = getattr(event, "from_user", None)
    return chat.id if chat else person.id if person else 0
