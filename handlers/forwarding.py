"""A notice to forward: the same in plain text, as it is now."""

from typing import Any

from aiogram import Router
from sqlalchemy.orm import Session

from civic import public_record
from civic.conversation import Reply
from civic.errors import CommitmentUnknown, MeetingUnknown, NothingOpen
from civic.schema import Meeting
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="forwarding")


@on_choice(router, "fwd")
async def forward(_event: object, chat: Chat, choice: Choice) -> None:
    """Give a text to forward about what is anybody's business, or was told on this phone."""

    def look(session: Session) -> list[Reply]:
        what, first = choice.args[0] if choice.args else "", choice.number(1)
        numbers = [choice.number(place) for place in range(1, len(choice.args))]
        about: dict[str, Any] = {"what": what}
        match what:
            case "c":
                if any(public_record.history(session, each, chat.now) is None for each in numbers):
                    raise CommitmentUnknown
                about["commitments"] = numbers
            case "a":
                about["announcement"] = first
            case "v":
                _check(session, [first])
                about |= {"meeting": first, "known": numbers[1] if numbers[1:] else 0}
            case "t":
                _check(session, [first])
                about |= {"meeting": first, "numbers": [choice.number(place) for place in (2, 3, 4)]}
            case "r" | "x" | "s" | "o":
                _check(session, numbers)
                about["meetings"] = numbers
            case _:
                raise NothingOpen
        return [Reply("forward", about)]

    await chat.do(look)


def _check(session: Session, numbers: list[int]) -> None:
    """Raise MeetingUnknown for any that is nobody's business."""
    for number in numbers:
        meeting = session.get(Meeting, number)
        if meeting is None or meeting.state == "draft":
            raise MeetingUnknown(str(number))
