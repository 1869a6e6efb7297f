"""A notice to forward: the same in plain text, as it is now."""

from aiogram import Router
from sqlalchemy.orm import Session

from civic import public_record
from civic.conversation import Reply
from civic.errors import CommitmentUnknown, MeetingUnknown, NothingOpen
from civic.schema import Meeting
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="forwarding")

COMMITMENT = "c"
OF_MEETING = frozenset("rvxs")


@on_choice(router, "fwd")
async def forward(_event: object, chat: Chat, choice: Choice) -> None:
    """Give a text to forward about what is anybody's business."""

    def look(session: Session) -> list[Reply]:
        what, number = choice.args[0] if choice.args else "", choice.number(1)
        if what == COMMITMENT:
            if public_record.history(session, number, chat.now) is None:
                raise CommitmentUnknown
            return [Reply("forward", {"what": what, "commitment": number})]
        if what not in OF_MEETING:
            raise NothingOpen
        meeting = session.get(Meeting, number)
        if meeting is None or meeting.state == "draft":
            raise MeetingUnknown(str(number))
        known = {"known": choice.number(2)} if choice.args[2:] else {}
        return [Reply("forward", {"what": what, "meeting": number, **known})]

    await chat.do(look)
