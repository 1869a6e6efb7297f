"""«Yes, I can go», said to a meeting that moved: it counts for the date and place that the message told of."""

from aiogram import Router
from sqlalchemy.orm import Session

from civic import meetings, registration, versions
from civic.conversation import Reply
from civic.places import AHEAD, ON_THE_LIST
from civic.schema import Meeting
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="changes")


def confirming(
    session: Session, chat: Chat, registration_id: int, version: int | None = None, *, ward: int | None = None
) -> list[Reply]:
    """Note that she comes, or who is told on her phone, to the meeting as she knows it; or say how it moved, and ask.

    `version` is what the button told of; None for one that told of none. Who waits has no place to confirm: she is
    shown her number.
    """
    own = registration.known_to(session, registration_id, chat.person_id if ward is None else ward)
    about = {"registration": own.id} if ward is None else {"registration": own.id, "for": ward}
    known = own.known_version if version is None else version
    if own.meeting.state == "convened" and own.meeting.version != known and own.state in AHEAD:
        meeting = session.get_one(Meeting, own.meeting.id)
        if not versions.is_as_told(session, meeting, known, chat.standing.language):
            return news(session, meeting, chat, known, ward=ward)
    if own.state in ON_THE_LIST:
        return [Reply("place", about)]
    registration.confirm_known(session, own, actor=chat.actor, now=chat.now)
    return [Reply("confirmed", about)]


def news(session: Session, meeting: Meeting, chat: Chat, known: int, *, ward: int | None = None) -> list[Reply]:
    """Tell her here and now, or who is told on her phone, how a meeting has changed since the version that is known."""
    meeting = meetings.lock(session, meeting.id)
    whose = chat.person_id if ward is None else ward
    if whose is not None:
        versions.heard(session, meeting.id, {whose: meeting.version}, now=chat.now)
    kind = "cancelled" if meeting.state == "cancelled" else "moved"
    about = {"meeting": meeting.id, "version": meeting.version, "known": known}
    return [Reply(kind, about if ward is None else {**about, "for": ward})]


@on_choice(router, "can")
async def can(_event: object, chat: Chat, choice: Choice) -> None:
    """Note that she still comes."""
    await chat.do(lambda session: confirming(session, chat, choice.number(), choice.number(1)))
