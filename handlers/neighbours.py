"""Inviting a neighbour: a text to forward."""

from aiogram import Router
from sqlalchemy.orm import Session

from civic import places
from civic.conversation import Reply
from civic.errors import NothingOpen
from civic.schema import Meeting
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="neighbours")


@on_choice(router, "nb")
async def invite(_event: object, chat: Chat, choice: Choice) -> None:
    """Give a text to forward, while signing up is possible."""

    def look(session: Session) -> list[Reply]:
        meeting = session.get(Meeting, choice.number())
        if meeting is None:
            raise NothingOpen
        places.check_open(meeting, chat.now)
        return [Reply("neighbour", {"meeting": meeting.id})]

    await chat.do(look)
