"""The one list of routers, in the order in which they are asked, and the dispatcher that asks them."""

from typing import Final

from aiogram import Dispatcher, F, Router
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic.conversation import Reply
from handlers import (
    changes,
    commitments,
    companions,
    feedback,
    handovers,
    mine,
    needs,
    neighbours,
    organiser,
    organiser_commitments,
    organiser_meetings,
    organiser_updates,
    others,
    privacy,
    reminders,
    signup,
    start,
    words,
)
from handlers import help as helping
from handlers.chat import Chat, Services, interrupting
from handlers.middleware import Talk

fallback = Router(name="fallback")

ROUTERS: Final = (
    words.router,
    start.router,
    signup.router,
    companions.router,
    others.router,
    needs.router,
    neighbours.router,
    mine.router,
    helping.router,
    privacy.router,
    reminders.router,
    changes.router,
    feedback.router,
    commitments.router,
    organiser.router,
    organiser_commitments.router,
    organiser_meetings.router,
    organiser_updates.router,
    handovers.router,
    fallback,
)


def dispatcher(services: Services) -> Dispatcher:
    """Make the dispatcher of one installation; its state is in the database, so aiogram keeps none."""
    made = Dispatcher(disable_fsm=True)
    made.update.outer_middleware(Talk(services))
    made.sub_routers.extend(ROUTERS)  # not `include_router`: a process may make more than one dispatcher
    return made


@fallback.message(F.text)
async def not_understood(_event: Message, chat: Chat) -> None:
    """Say so, and what was asked."""
    await _again(chat, "not_understood")


@fallback.message()
async def no_media(_event: Message, chat: Chat) -> None:
    """Say that only words are read, and what was asked."""
    await _again(chat, "no_media")


@fallback.callback_query()
async def old_button(_event: object, chat: Chat) -> None:
    """Answer a button that nothing waits for any more."""
    await _again(chat, "not_understood")


async def _again(chat: Chat, kind: str) -> None:
    def say(_session: Session) -> list[Reply]:
        if chat.open_question:
            return [Reply(f"{kind}_here"), chat.open_question]
        said_before = chat.standing.asked
        return [interrupting(kind, said_before) if said_before else Reply(kind)]

    await chat.do(say)
