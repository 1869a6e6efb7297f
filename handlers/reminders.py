"""«I confirm», said to a reminder; giving up a place is `handlers.mine`'s."""

from aiogram import Router
from sqlalchemy.orm import Session

from civic import registration
from civic.conversation import Reply
from civic.errors import RegistrationUnknown
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="reminders")


@on_choice(router, "confirm")
async def confirm(_event: object, chat: Chat, choice: Choice) -> None:
    """Note that she comes."""

    def note(session: Session) -> list[Reply]:
        if chat.person_id is None:
            raise RegistrationUnknown
        own = registration.confirm(session, choice.number(), person_id=chat.person_id, actor=chat.actor, now=chat.now)
        return [Reply("confirmed", {"registration": own.id})]

    await chat.do(note)
