"""Groups: whoever speaks to the bot there, or brings it in, is pointed to the private chat; nothing else happens.

It stands before the routers (`handlers.middleware`): no handler ever sees an update of a group.
"""

from collections.abc import Sequence
from typing import Final

import structlog
from aiogram import Bot
from aiogram.enums import ChatMemberStatus, ChatType, MessageEntityType
from aiogram.types import ChatMemberUpdated, Message, Update
from sqlalchemy.orm import Session

from civic import groups
from handlers.chat import Services
from locales import choose
from messages import catalogue, message
from messages.kind import Who
from messages.telegram import classify

log = structlog.get_logger(__name__)

GROUPS: Final = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})
INSIDE: Final = frozenset({ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.RESTRICTED})


async def answer(services: Services, bot: Bot, update: Update) -> None:
    """Say the one line to a group that speaks to the bot or has just let it in, at most once a day."""
    said = update.message
    if said and said.migrate_to_chat_id is not None:
        await services.store.transaction(groups.moved, bot.id, said.chat.id, said.migrate_to_chat_id)
        return
    event = update.my_chat_member or said
    if event is None or event.chat.type not in GROUPS:
        return
    if not (_lets_in(event) if isinstance(event, ChatMemberUpdated) else await _is_meant(bot, event)):
        return
    now = services.clock()
    if not await services.store.transaction(groups.may_speak, bot.id, event.chat.id, now=now):
        return
    who = Who(None, choose(event.from_user.language_code if event.from_user else None, services.links.locale))

    def say(session: Session) -> Sequence[message.Message]:
        return catalogue.render(session, who, "group", {}, now=now, links=services.links)

    # What cannot be said now is not owed: the next who speaks to it, tomorrow, is answered.
    await services.speak(bot, event.chat.id, await services.store.reading(say), tapped=None)


def _lets_in(change: ChatMemberUpdated) -> bool:
    """Tell whether the bot has just become a member, rather than left or changed its rights."""
    return change.new_chat_member.status in INSIDE and change.old_chat_member.status not in INSIDE


async def _is_meant(bot: Bot, said: Message) -> bool:
    """Tell whether words are for the bot: a command of nobody else's, its name, or an answer to what it said."""
    if said.reply_to_message and said.reply_to_message.from_user and said.reply_to_message.from_user.id == bot.id:
        return not (said.from_user and said.from_user.id == bot.id)
    text = said.text or said.caption or ""
    for entity in said.entities or said.caption_entities or ():
        if entity.type == MessageEntityType.TEXT_MENTION and entity.user and entity.user.id == bot.id:
            return True
        if entity.type in {MessageEntityType.MENTION, MessageEntityType.BOT_COMMAND}:
            _, at, name = entity.extract_from(text).partition("@")
            if (at and name.casefold() == await _name(bot)) or (not at and entity.offset == 0):
                return True
    return False


async def _name(bot: Bot) -> str:
    """Give the bot's own name on Telegram, asked once; none while Telegram does not say."""
    try:
        return ((await bot.me()).username or "").casefold()
    except Exception as error:  # noqa: BLE001 - classify raises what is not Telegram's
        log.warning("groups.name_unknown", reason=classify(error).reason)
        return ""
