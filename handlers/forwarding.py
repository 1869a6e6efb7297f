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
MOVED = "v"
OF_MEETING = frozenset({"r", MOVED, "x", "s"})


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
        others = [choice.number(place) for place in range(2, len(choice.args))]
        _check(session, [number] if what == MOVED else [number, *others])
        if what != MOVED:
            return [Reply("forward", {"what": what, "meetings": [number, *others]})]
        return [Reply("forward", {"what": what, "meeting": number, "known": others[0] if others else 0})]

    await chat.do(look)


def _check(session: Session, numbers: list[int]) -> None:
    """Raise MeetingUnknown for any that is nobody's business."""
    for number in numbers:
        meeting = session.get(Meeting, number)
        if meeting is None or meeting.state == "draft":
            raise MeetingUnknown(str(number))
