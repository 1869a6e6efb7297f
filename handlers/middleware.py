"""Before any handler: whose chat, where it stands, what was tapped or meant, and whether this update came before."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import structlog
from aiogram import BaseMiddleware, Bot
from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.enums import ChatType, ContentType
from aiogram.types import CallbackQuery, Message, TelegramObject, Update, User
from sqlalchemy.orm import Session

from civic import conversation
from civic.conversation import Incoming, Standing
from civic.errors import Problem
from handlers import groups
from handlers.chat import Chat, Choice, Services
from handlers.choices import said_back
from handlers.filters import taker
from handlers.meaning import meaning
from handlers.second_answers import taking_both
from locales import choose
from messages.telegram import classify

log = structlog.get_logger(__name__)

OF_THE_CHAT: Final = frozenset(
    {
        ContentType.PINNED_MESSAGE,
        ContentType.MESSAGE_AUTO_DELETE_TIMER_CHANGED,
        ContentType.CHAT_BACKGROUND_SET,
        ContentType.WRITE_ACCESS_ALLOWED,
        ContentType.CONNECTED_WEBSITE,
    }
)
"""What Telegram notes in a chat that somebody changed: nothing is said to us by it."""
_DESK = "org_"
"""How kinds of reply begin that are said to organisers."""
SPINNER_SECONDS = 3
"""Of true time that a button's spinner is worth: the chat's next update waits for it."""


class Talk(BaseMiddleware):
    """Makes the `chat` and the `choice` that handlers take. Only private chats are talked in; groups hear one line."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Look where the chat stands; repeat the answer of an update that came before."""
        if not isinstance(event, Update):
            return await handler(event, data)
        private = _private(event)
        bot: Bot = data["bot"]
        if private is None:
            if event.callback_query:
                return await _stop_waiting(bot, event.callback_query)
            return await groups.answer(self._services, bot, event)
        user, message, query = private
        language = choose(user.language_code, self._services.links.locale)
        incoming = Incoming(bot.id, event.update_id, message_chat(message, user), user.id, language)
        tapped = query.message.message_id if query and query.message else None
        chat = data["chat"] = Chat(self._services, bot, incoming, self._services.clock(), user.full_name, tapped)
        try:
            if query:
                does = self._tapped(query, chat, data)
                return await (does.call(query, **data) if does else handler(event, data))
            if await self._understood(chat, message, data):
                return await handler(event, data)
        except Problem as problem:
            return await chat.refuse(problem)
        finally:
            if query:
                await _stop_waiting(bot, query)

    def _tapped(self, query: CallbackQuery, chat: Chat, data: dict[str, Any]) -> HandlerObject | None:
        """Find a button's own handler; one that nothing waits for is the routers' to answer."""
        choice = chat.choice = data["choice"] = Choice.parse(query.data or "")
        chat.ward = choice.ward
        return taker(choice.verb)

    async def _understood(self, chat: Chat, message: Message | None, data: dict[str, Any]) -> bool:
        """Look where the chat stands, and which button words mean; False for an update that was answered before."""
        own = message if message and not message.forward_origin else None
        words, caption = (own.text, own.caption) if own else (None, None)
        standing, data["choice"] = await self._services.store.reading(self._look, chat, words, caption)
        chat.found, chat.choice, chat.words = standing, data["choice"], words
        chat.ward = chat.choice.ward if chat.choice else None
        chat.meant = said_back(chat.choice)
        if chat.choice and chat.choice.rest:
            chat.along = partial(taking_both, chat, chat.choice.rest)
        if standing.repeated is not None:
            await chat.repeat(standing.repeated)
        return standing.repeated is None

    def _look(
        self, session: Session, chat: Chat, words: str | None, caption: str | None
    ) -> tuple[Standing, Choice | None]:
        """Look where the chat stands and what words mean; of those beside a picture, just what they ask."""
        standing = conversation.look(session, chat.incoming)
        said = words or caption
        if not said or said.startswith("/") or standing.repeated is not None:
            return standing, None
        if not words and standing.asked is not None and standing.asked.kind.startswith(_DESK):
            return standing, None  # a picture is what was asked for
        meant = meaning(session, chat, standing, said)
        return standing, meant if words or (meant is not None and meant.verb == "about") else None


def message_chat(message: Message | None, user: User) -> int:
    """Say which chat to answer in: a private chat's id is the person's."""
    return message.chat.id if message else user.id


def _private(update: Update) -> tuple[User, Message | None, CallbackQuery | None] | None:
    """Take the person, message and tap out of an update of a private chat; None for all else."""
    if update.message and update.message.chat.type == ChatType.PRIVATE and update.message.from_user:
        if update.message.from_user.is_bot or update.message.content_type in OF_THE_CHAT:
            return None
        return update.message.from_user, update.message, None
    if update.callback_query:
        message = update.callback_query.message
        if message and message.chat.type != ChatType.PRIVATE:
            return None
        return update.callback_query.from_user, None, update.callback_query
    if update.my_chat_member and update.my_chat_member.chat.type == ChatType.PRIVATE:
        return update.my_chat_member.from_user, None, None
    return None


async def _stop_waiting(bot: Bot, query: CallbackQuery) -> None:
    """Stop the button's spinner; whatever keeps it from that, the answer itself is said."""
    try:
        await bot.answer_callback_query(query.id, request_timeout=SPINNER_SECONDS)
    except Exception as error:  # noqa: BLE001 - classify raises what is not Telegram's
        log.info("spinner.left", reason=classify(error).reason)
