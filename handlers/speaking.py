"""Saying a reply at once, within a few seconds: what cannot be said by then is owed, and delivery says it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from aiogram import Bot

from civic import delivery
from civic.store import Store
from messages.message import Message
from messages.telegram import Cure, Fault, Files, classify, pin, send

log = structlog.get_logger(__name__)

PATIENCE = 6.0
"""Seconds of true time that a reply may take, its wait for the pace included."""
BREATH = 0.3
"""Seconds of true time before the one quick second try."""
_NEVER = {Cure.REFUSED, Cure.DONE}


class Speaking:
    """Puts replies on their way (`handlers.chat.Speaker`)."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        *,
        patience: float = PATIENCE,
        count: Callable[[str], None] = lambda _how: None,
    ) -> None:
        """Take the store, the clock that people live by, and for how many seconds a reply may be tried.

        `count` hears how each message of a reply ended: said, again, owed, gone, refused.
        """
        self._store = store
        self._clock = clock
        self._patience = patience
        self._count = count
        self._files = Files(store)

    async def __call__(self, bot: Bot, chat_id: int, messages: Sequence[Message], *, tapped: int | None) -> bool:
        """Send the messages; False when they could not be sent now and are still owed.

        Who cannot be reached any more is marked so, and owed nothing.
        """
        pins: list[int] = []
        try:
            async with asyncio.timeout(self._patience):
                for message in messages:
                    said = await self._say(bot, chat_id, message, tapped)
                    if said is None or said is False:
                        return said is None
                    if message.pin and said is not True:
                        pins.append(said)
                    tapped = None
        except TimeoutError:
            log.warning("reply.late", seconds=self._patience)
            self._count("owed")
            return False
        for message_id in pins:
            await pin(bot, chat_id, message_id)
        return True

    async def _say(self, bot: Bot, chat_id: int, message: Message, tapped: int | None) -> int | bool | None:
        """Say one message: its id or True done, False owed, None nobody is there."""
        said = await self._try(bot, chat_id, message, tapped)
        if isinstance(said, Fault) and said.cure is Cure.AGAIN:
            self._count("again")
            await asyncio.sleep(BREATH)
            said = await self._try(bot, chat_id, message, tapped)
        if isinstance(said, Fault) and said.cure is Cure.MOVED and said.chat_id is not None:
            await self._store.transaction(delivery.moved, chat_id, said.chat_id)
            said = await self._try(bot, said.chat_id, message, tapped)
        if not isinstance(said, Fault):
            self._count("said")
            return said
        if said.cure is Cure.GONE:
            self._count("gone")
            await self._store.transaction(delivery.unreachable, chat_id, now=self._clock())
            return None
        log.warning("reply.failed", cure=said.cure.name, reason=said.reason)
        self._count("refused" if said.cure in _NEVER else "owed")
        return said.cure in _NEVER

    async def _try(self, bot: Bot, chat_id: int, message: Message, tapped: int | None) -> int | Fault:
        try:
            return await send(bot, chat_id, message, tapped=tapped, kept=self._files)
        except Exception as error:  # noqa: BLE001 - classify raises what is not Telegram's
            return classify(error)
