"""Signing up somebody else from the same phone: what is read to her, whether she comes along, and her name."""

import unicodedata
from typing import Final

from aiogram import Router
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic import meetings, on_behalf, people, places, wards
from civic.conversation import Reply
from civic.errors import AnswerUnclear, MeetingUnknown, NothingOpen, RegistrationUnknown
from civic.schema import Meeting
from handlers.calling import called_in
from handlers.chat import Chat, Choice
from handlers.complaints import also_complaint, is_complaint
from handlers.filters import Answering, on_choice
from handlers.signup import given
from handlers.understanding import plain
from messages.other_words import BEFORE_A_NAME, COMMANDS, NOT_IN_A_NAME
from messages.words import NONE

router = Router(name="others")

STEP = "other"
MOST_WORDS: Final = 8
"""Of a name."""
_OF_NAMES: Final = " '’.-"


def name_in(text: str) -> str:
    """Read a name that was written for another person: «se llama Rosa»; raises AnswerUnclear for what says more.

    A place is taken on it, so it is no name that has other signs than names have, or words of which none is made.
    """
    words = people.readable(text).split()
    for lead in sorted(BEFORE_A_NAME, key=len, reverse=True):
        size = len(lead.split())
        if len(words) > size and plain(" ".join(words[:size])) == lead:
            words = words[size:]
            break
    said, _ = called_in(" ".join(words).strip(" .,:;"))
    if len(said.split()) > MOST_WORDS or not all(map(_may_be_named, said)):
        raise AnswerUnclear
    if not (NOT_IN_A_NAME | COMMANDS).isdisjoint(plain(said).split()):
        raise AnswerUnclear
    return said


def _may_be_named(sign: str) -> bool:
    return sign.isalpha() or unicodedata.combining(sign) > 0 or sign in _OF_NAMES


@on_choice(router, "other")
async def begin(_event: object, chat: Chat, choice: Choice) -> None:
    """Begin: for which meeting, where there are several; for whom, where she signed somebody up before."""

    def start(session: Session) -> list[Reply]:
        if not choice.args:
            found, more = meetings.coming(session, chat.now)
            if len(found) != 1 or more:
                return [Reply("other_where")]
            meeting = found[0]
        else:
            meeting = _open(session, choice.number(), chat)
        if chat.person_id is None:  # whom we may write to first
            return [Reply("other_own", {"meeting": meeting.id})]
        if choice.args[1:] != ("new",) and on_behalf.not_yet(session, meeting.id, chat.person_id):
            return [Reply("other_who", {"meeting": meeting.id})]
        return [Reply("other_consent", {"meeting": meeting.id})]

    await chat.do(start)


@on_choice(router, "wown")
async def permit(_event: object, chat: Chat, choice: Choice) -> None:
    """Record the permission of who has the phone, who need not come herself, and go on to who comes."""

    def agree(session: Session) -> list[Reply]:
        meeting = _open(session, choice.number(), chat)
        people.consent(session, chat.incoming, chat.first_name, meeting.id, "attend", now=chat.now)
        return [Reply("other_consent", {"meeting": meeting.id})]

    await chat.do(agree)


@on_choice(router, "wgo")
async def go(_event: object, chat: Chat, choice: Choice) -> None:
    """Sign up somebody who was signed up from this phone before: what she agreed to may cover it."""

    def again(session: Session) -> list[Reply]:
        meeting, ward = _open(session, choice.number(), chat), _ward(chat)
        if not on_behalf.has_accepted(session, wards.acted_for(session, chat.standing.person_id, ward), meeting.id):
            return [Reply("other_consent", {"meeting": meeting.id})]
        return _accepted(session, chat, meeting)

    await chat.do(again)


@on_choice(router, "wyes")
async def accept(_event: object, chat: Chat, choice: Choice) -> None:
    """Go on with who agreed to what was read to her; nothing is kept before her name is written."""

    def agreed(session: Session) -> list[Reply]:
        meeting = _open(session, choice.number(), chat)
        _owner(chat)
        if chat.acts_for is not None:
            ward = wards.acted_for(session, chat.standing.person_id, chat.acts_for)
            on_behalf.accept(session, ward, meeting.id, now=chat.now)
        return _accepted(session, chat, meeting)

    await chat.do(agreed)


@on_choice(router, "wwith")
async def together(_event: object, chat: Chat, choice: Choice) -> None:
    """Take whether she comes along, in the same party and workshop."""

    def chosen(session: Session) -> list[Reply]:
        meeting = _open(session, choice.number(), chat)
        _owner(chat)
        along = choice.number(1) == 1
        if chat.acts_for is None:
            return [_name(meeting, along=along)]
        return _given(session, chat, meeting.id, along=along)

    await chat.do(chosen)


@on_choice(router, "wminor")
async def minor(_event: object, chat: Chat, choice: Choice) -> None:
    """Say how somebody under 18 comes."""
    await chat.do(lambda session: [Reply("other_minor", {"meeting": _open(session, choice.number(), chat).id})])


@on_choice(router, "wno")
async def refuse(_event: object, chat: Chat, choice: Choice) -> None:
    """Keep nothing of who does not agree."""
    await chat.do(lambda session: [Reply("other_refused", {"meeting": _open(session, choice.number(), chat).id})])


@router.message(Answering(STEP))
async def named(event: Message, chat: Chat) -> None:
    """Take her name, and give her the place: from here on she is somebody of ours."""
    text = event.text or ""

    def written(session: Session) -> list[Reply]:
        step = Choice.parse(chat.standing.step or "")
        if is_complaint(text) and chat.open_question:
            return also_complaint(text, [chat.open_question])
        if plain(text) in NONE:
            return [Reply("other_refused", {"meeting": step.number()})]
        owner = _owner(chat)
        own = on_behalf.sign_up(
            session,
            step.number(),
            name_in(text),
            owner_id=owner,
            together=step.number(1) == 1,
            actor=chat.actor,
            now=chat.now,
        )
        return [
            Reply(reply.kind, {**reply.params, "for": own.person_id}, reply.step)
            for reply in given(session, own, chat.now)
        ]

    await chat.do(written)


def _accepted(session: Session, chat: Chat, meeting: Meeting) -> list[Reply]:
    """Ask whether she comes along, where she may; else her name, or give her the place."""
    if on_behalf.may_come_along(session, meeting.id, _owner(chat)):
        return [Reply("other_together", {"meeting": meeting.id})]
    return _given(session, chat, meeting.id) if chat.acts_for is not None else [_name(meeting)]


def _name(meeting: Meeting, *, along: bool = False) -> Reply:
    return Reply("other_name", {"meeting": meeting.id}, f"{STEP}:{meeting.id}:{int(along)}")


def _given(session: Session, chat: Chat, meeting_id: int, *, along: bool = False) -> list[Reply]:
    ward = wards.acted_for(session, chat.standing.person_id, _ward(chat))
    own = on_behalf.take_part(
        session, meeting_id, ward, together=along, owner_id=_owner(chat), actor=chat.actor, now=chat.now
    )
    return given(session, own, chat.now)


def _open(session: Session, meeting_id: int, chat: Chat) -> Meeting:
    """Find a meeting for which people may sign up now."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise MeetingUnknown(str(meeting_id))
    places.check_open(meeting, chat.now)
    return meeting


def _owner(chat: Chat) -> int:
    """Say who signs somebody up: whoever writes in this chat."""
    if chat.standing.person_id is None:
        raise NothingOpen
    return chat.standing.person_id


def _ward(chat: Chat) -> int:
    if chat.acts_for is None:
        raise RegistrationUnknown
    return chat.acts_for
