"""«I confirm», said to a reminder, or to several at once; giving up a place is `handlers.mine`'s."""

from collections.abc import Sequence
from typing import Final

from aiogram import Router
from sqlalchemy.orm import Session

from civic import wards
from civic.conversation import Reply
from civic.errors import MeetingCancelled, MeetingStarted, RegistrationUnknown
from handlers.changes import confirming
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="reminders")

MOST: Final = 20
"""Places confirmed by one tap: no button of ours names more."""


@on_choice(router, "confirm")
async def confirm(_event: object, chat: Chat, choice: Choice) -> None:
    """Note that she comes."""
    await chat.do(lambda session: confirming(session, chat, choice.number()))


@on_choice(router, "ca")
async def confirm_all(_event: object, chat: Chat, choice: Choice) -> None:
    """Note that she comes, and all on her phone, to several meetings; and say what has changed of any since."""
    said = ".".join(choice.args[:1]).split(".")[:MOST]
    numbers = [Choice(choice.verb, (each,)).number() for each in said]

    def note(session: Session) -> list[Reply]:
        phone = (None, *(each.id for each in wards.of(session, chat.person_id)))
        replies = [reply for number in numbers for reply in _confirming(session, chat, number, phone)]
        noted = [each.params["registration"] for each in replies if each.kind == "confirmed"]
        if not replies:
            raise RegistrationUnknown
        if len(noted) <= 1:
            return replies
        others = [each for each in replies if each.kind != "confirmed"]
        return [Reply("confirmed_all", {"registrations": noted}), *others]

    await chat.do(note)


def _confirming(session: Session, chat: Chat, number: int, phone: Sequence[int | None]) -> list[Reply]:
    """Note it of whoever's place it is on her phone; nothing of a place that is nobody's there, or was given up."""
    for ward in phone:
        attempt = session.begin_nested()
        try:
            replies = confirming(session, chat, number, ward=ward)
        except RegistrationUnknown:
            attempt.rollback()
        except (MeetingCancelled, MeetingStarted):
            attempt.rollback()
            about = {"registration": number}
            return [Reply("place", about if ward is None else {**about, "for": ward})]
        else:
            attempt.commit()
            return replies
    return []
