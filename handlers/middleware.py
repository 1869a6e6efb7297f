"""Before any handler: whose chat, where it stands, what was tapped or meant, and whether this update came before."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiogram import BaseMiddleware, Bot
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Message, TelegramObject, Update, User
from sqlalchemy.orm import Session

from civic import conversation
from civic.conversation import Incoming
from civic.errors import Problem
from handlers import groups
from handlers.chat import Chat, Choice, Services, interrupted
from handlers.understanding import chosen, plain
from locales import choose
from messages import catalogue
from messages.kind import Who
from messages.message import Button
from messages.telegram import classify
from messages.words import MENU

log = structlog.get_logger(__name__)

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
        standing = await self._services.store.reading(conversation.look, incoming)
        tapped = query.message.message_id if query and query.message else None
        chat = Chat(self._services, bot, incoming, standing, self._services.clock(), user.full_name, tapped)
        try:
            if standing.repeated is not None:
                return await chat.repeat(standing.repeated)
            data["chat"] = chat
            data["choice"] = await self._choice(chat, message, query)
            return await handler(event, data)
        except Problem as problem:
            return await chat.refuse(problem)
        finally:
            if query:
                await _stop_waiting(bot, query)

    async def _choice(self, chat: Chat, message: Message | None, query: CallbackQuery | None) -> Choice | None:
        """Understand a tap, or words that name a button of what was asked last."""
        if query:
            return Choice.parse(query.data or "")
        if message is None or not message.text or message.text.startswith("/"):
            return None
        named = await self._named(chat, message.text)
        return named or _of_the_menu(chat, message.text)

    async def _named(self, chat: Chat, words: str) -> Choice | None:
        """Find the button that words name: of what was asked last, else of what stands near it.

        That is what was said in the same answer, what was interrupted, and what was told unprompted meanwhile.
        """
        standing = chat.standing
        before = interrupted(standing.asked) if standing.asked else None
        near = [(said, False) for said in (*reversed(standing.beside), before, standing.news)]

        def look(session: Session) -> Button | None:
            who = Who(chat.person_id, standing.language)
            for said, numbers in [(standing.asked, standing.step is None), *near]:
                if said is None:
                    continue
                messages = catalogue.render(
                    session, who, said.kind, said.params, now=chat.now, links=self._services.links
                )
                if button := chosen(words, messages, numbers=numbers):
                    return button
            return None

        button = await self._services.store.reading(look)
        return Choice.parse(button.choice) if button and button.choice else None


def _of_the_menu(chat: Chat, words: str) -> Choice | None:
    """Understand «ayuda» or «mis encuentros» as a whole message, unless somebody is giving her opinion in words."""
    meant = MENU.get(plain(words))
    return Choice.parse(meant) if meant and not (chat.standing.step or "").startswith("fb") else None


def message_chat(message: Message | None, user: User) -> int:
    """Say which chat to answer in: a private chat's id is the person's."""
    return message.chat.id if message else user.id


def _private(update: Update) -> tuple[User, Message | None, CallbackQuery | None] | None:
    """Take the person, message and tap out of an update of a private chat; None for all else."""
    if update.message and update.message.chat.type == ChatType.PRIVATE and update.message.from_user:
        if update.message.from_user.is_bot:
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
