"""Signing up: the permission, the place at once, and then the questions that may wait."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from aiogram import Router
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic import answers, concerns, meetings, people, places, questions, registration
from civic.audit import Actor
from civic.conversation import Reply
from civic.errors import AnswerUnclear, MeetingUnknown, NothingOpen
from civic.places import AHEAD
from civic.schema import Meeting, Registration
from handlers.asking import sounds_like_a_question
from handlers.calling import called_in, is_told, keeps
from handlers.chat import Chat, Choice
from handlers.complaints import also_complaint, is_complaint
from handlers.courtesy import is_all_the_same, is_none, skips
from handlers.filters import Answering, on_choice
from handlers.naming import topics_named, wordings
from handlers.numbers import listed_numbers
from handlers.other_answers import going_on_with, noted, others_answered
from handlers.settled import answered_before, going_on
from handlers.understanding import plain

router = Router(name="signup")

_ASKING: Final = {
    "companions": ("companions", True),
    "name": ("question", True),
    "needs": ("needs", True),
    "topics": ("question", True),
    "phone": ("phone", True),
}
"""By question: the kind of reply that asks it, and whether it may be answered in free words. Others are just tapped."""
_NUMBERS = re.compile(r"[\d\s,;.&+and y-]+", re.ASCII)


@on_choice(router, "go")
async def want_to_go(_event: object, chat: Chat, choice: Choice) -> None:
    """Give a place at once to who has given permission, else ask for it."""

    def go(session: Session) -> list[Reply]:
        meeting = _public(session, choice.number())
        convening = [entity.id for entity in meetings.entities(session, meeting.id)]
        if people.has_consented(session, chat.person_id, convening, "attend"):
            return _register(session, chat, meeting.id, _known(chat))
        places.check_open(meeting, chat.now)
        if chat.acts_for is not None:  # whose permission is read to her
            return [Reply("other_consent", {"meeting": meeting.id})]
        return [Reply("consent", {"meeting": meeting.id})]

    await chat.do(go)


@on_choice(router, "yes")
async def accept(_event: object, chat: Chat, choice: Choice) -> None:
    """Record the permission and give the place, in one transaction."""

    def agree(session: Session) -> list[Reply]:
        meeting = _public(session, choice.number())
        places.check_open(meeting, chat.now)
        if chat.acts_for is not None:
            raise NothingOpen
        person = people.consent(session, chat.incoming, chat.first_name, meeting.id, "attend", now=chat.now)
        return _register(session, chat, meeting.id, person.id)

    await chat.do(agree)


@on_choice(router, "minor")
async def minor(_event: object, chat: Chat, choice: Choice) -> None:
    """Keep nothing of who is under 18, and say how to come all the same."""
    await chat.do(lambda session: _declined(session, chat, choice.number(), "minor"))


@on_choice(router, "no")
async def refuse(_event: object, chat: Chat, choice: Choice) -> None:
    """Keep nothing of who does not accept, and say where else to read and ask."""
    await chat.do(lambda session: _declined(session, chat, choice.number(), "refused"))


@on_choice(router, "map")
async def map_(_event: object, chat: Chat, choice: Choice) -> None:
    """Show where a meeting is."""
    await chat.do(lambda session: [Reply("map", {"meeting": _public(session, choice.number()).id})])


@on_choice(router, "report")
async def report(_event: object, chat: Chat, choice: Choice) -> None:
    """Give the report to read before a meeting (M8)."""
    await chat.do(lambda session: [Reply("report", {"meeting": _public(session, choice.number()).id})])


@on_choice(router, "next")
async def go_on(_event: object, chat: Chat, choice: Choice) -> None:
    """Go on with the questions where they were left."""
    await chat.do(lambda session: asked_next(session, choice.number(), chat.person_id, chat.now))


@on_choice(router, "change")
async def change(_event: object, chat: Chat, choice: Choice) -> None:
    """Offer the answers to change."""

    def offer(session: Session) -> list[Reply]:
        own = registration.mine(session, choice.number(), chat.person_id)
        places.check_open(session.get_one(Meeting, own.meeting_id), chat.now)
        return [Reply("changing", {"registration": own.id})]

    await chat.do(offer)


@on_choice(router, "name", "topics", "ask")
async def ask(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask one thing again."""

    def again(session: Session) -> list[Reply]:
        own = registration.mine(session, choice.number(), chat.person_id)
        places.check_open(session.get_one(Meeting, own.meeting_id), chat.now)
        what = _attribute(session, own.id, chat, choice.number(1)) if choice.verb == "ask" else choice.verb
        if answers.question(session, own.id, what, chat.person_id) is None:
            raise NothingOpen
        return [question(own.id, what)]

    await chat.do(again)


@on_choice(router, "keep")
async def keep_name(_event: object, chat: Chat, choice: Choice) -> None:
    """Keep the name there is."""

    def keep(session: Session) -> Sequence[Reply]:
        own = choice.number()
        if said := answered_before(session, chat, own, "name"):
            return said
        return going_on(session, chat, own, "name", _name(session, chat, own, None))

    await chat.do(keep)


@router.message(Answering("name"))
async def name(event: Message, chat: Chat) -> None:
    """Take the name she likes to be called by."""
    text = event.text or ""
    kept = (
        plain(text) == "1" or keeps(text) or is_none(text) or skips(text)
    )  # the number of the one button, or no other name

    def written(session: Session) -> list[Reply]:
        own = chat.asked_about()
        if kept:
            return _name(session, chat, own, None)
        try:
            called, rest = called_in(text)
        except AnswerUnclear:
            if not (is_complaint(text) and chat.open_question):
                raise
            return also_complaint(text, [chat.open_question])  # a complaint, not a name
        following = _name(session, chat, own, called)
        back = noted(own, "name") if called != text or is_told(called) else None  # taken out of more words
        beside = others_answered(
            session, own, rest, "name", person_id=_known(chat), actor=chat.actor, now=chat.now, first=back
        )
        return also_complaint(text, going_on_with(beside, following))

    await chat.do(written)


@on_choice(router, "rank")
async def rank(_event: object, chat: Chat, choice: Choice) -> None:
    """Take a ranking as far as it was tapped: the button holds all of it."""

    def ranked(session: Session) -> list[Reply]:
        if said := answered_before(session, chat, choice.number(), "topics"):
            return said
        own = _topics(session, chat, choice.number(), ranking(" ".join(choice.args[1:])))
        return [Reply("ranking", {"registration": own, "what": "topics"}, f"topics:{own}")]

    await chat.do(ranked)


@on_choice(router, "ranked")
async def ranked(_event: object, chat: Chat, choice: Choice) -> None:
    """End the ranking; with `none` there is no preference."""

    def done(session: Session) -> Sequence[Reply]:
        own = registration.mine(session, choice.number(), chat.person_id).id
        if said := answered_before(session, chat, own, "topics"):
            return said
        if choice.args[1:] == ("none",):
            _topics(session, chat, own, None)
        return going_on(session, chat, own, "topics", asked_next(session, own, chat.person_id, chat.now))

    await chat.do(done)


@router.message(Answering("topics"))
async def topics(event: Message, chat: Chat) -> None:
    """Take a ranking in numbers («2, 4»), or none."""
    text = event.text or ""

    def written(session: Session) -> Sequence[Reply]:
        own = chat.asked_about()
        if is_complaint(text) and chat.open_question:
            return also_complaint(text, [chat.open_question])
        numbers, named = _ranked_in(session, chat, own, text)
        _topics(session, chat, own, numbers)
        back = [noted(own, "topics")] if named else []
        return [*back, *asked_next(session, own, chat.person_id, chat.now)]

    await chat.do(written)


@on_choice(router, "attr")
async def attribute(_event: object, chat: Chat, choice: Choice) -> None:
    """Take an optional attribute, or that she would rather not say."""

    def taken(session: Session) -> Sequence[Reply]:
        own = registration.mine(session, choice.number(), chat.person_id).id
        what = _attribute(session, own, chat, choice.number(1))
        asked = answers.question(session, own, what, chat.person_id)
        if asked is None:
            raise NothingOpen
        if said := answered_before(session, chat, own, what):
            return said
        option = None if choice.args[2:] == ("none",) else _option(asked, choice.number(2))
        questions.answer_attribute(
            session, own, what.removeprefix("attr:"), option, person_id=_known(chat), actor=chat.actor, now=chat.now
        )
        return going_on(session, chat, own, what, asked_next(session, own, chat.person_id, chat.now))

    await chat.do(taken)


def question(registration_id: int, what: str) -> Reply:
    """Ask one thing of a registration."""
    kind, in_words = _ASKING.get(what, ("question", False))
    step = f"{what}:{registration_id}" if in_words else None
    return Reply(kind, {"registration": registration_id, "what": what}, step)


def asked_next(session: Session, registration_id: int, person_id: int | None, now: datetime) -> list[Reply]:
    """Ask what is still open, or say that this was all; where nothing is asked any more, show how she stands."""
    own = registration.mine(session, registration_id, person_id)
    if own.state not in AHEAD or not places.is_open(session.get_one(Meeting, own.meeting_id), now):
        return [Reply("place", {"registration": own.id})]
    asked = questions.next_question(session, own, now)
    return [question(*asked) if asked else Reply("answered", {"registration": own.id})]


def _register(session: Session, chat: Chat, meeting_id: int, person_id: int) -> list[Reply]:
    """Give the place, then ask the first question that is open."""
    known = people.name_of(session, person_id) or chat.first_name
    actor = chat.actor if chat.acts_for is not None else Actor(person_id, chat.actor.through)
    own = registration.register(session, meeting_id, person_id, name=known, actor=actor, now=chat.now)
    return given(session, own, chat.now)


def given(session: Session, own: Registration, now: datetime) -> list[Reply]:
    """Say that somebody has her place or position, and ask the first question that is open."""
    asked = questions.next_question(session, own, now)
    place = Reply("place", {"registration": own.id, "pin": True})
    return [place, question(*asked)] if asked else [place]


def _declined(session: Session, chat: Chat, meeting_id: int, kind: str) -> list[Reply]:
    """Take a no to the permission; to who gave it since, show how she stands instead."""
    meeting = _public(session, meeting_id)
    convening = [entity.id for entity in meetings.entities(session, meeting.id)]
    if not people.has_consented(session, chat.person_id, convening, "attend"):
        return [Reply(kind, {"meeting": meeting.id})]
    own = concerns.own_in(session, chat.person_id, meeting.id)
    return [Reply("card", {"code": meeting.code}) if own is None else Reply("place", {"registration": own})]


def _public(session: Session, meeting_id: int) -> Meeting:
    """Find a meeting that is anybody's business; MeetingUnknown for a draft."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or meeting.state == "draft":
        raise MeetingUnknown(str(meeting_id))
    return meeting


def _known(chat: Chat) -> int:
    if chat.person_id is None:
        raise NothingOpen
    return chat.person_id


def _name(session: Session, chat: Chat, registration_id: int, called: str | None) -> list[Reply]:
    own = questions.answer_name(
        session, registration_id, called, person_id=_known(chat), actor=chat.actor, now=chat.now
    )
    return asked_next(session, own.id, chat.person_id, chat.now)


def _topics(session: Session, chat: Chat, registration_id: int, numbers: list[int] | None) -> int:
    own = questions.answer_topics(
        session, registration_id, numbers, person_id=_known(chat), actor=chat.actor, now=chat.now
    )
    return own.id


def ranking(text: str) -> list[int] | None:
    """Read «2, 4» as a ranking, best first, and «none» (or 0) as none; raises AnswerUnclear for anything else."""
    if is_none(text):
        return None
    if not _NUMBERS.fullmatch(text.casefold()):
        raise AnswerUnclear
    found = [int(each) for each in re.findall(r"\d{1,5}", text)]
    if not found:
        raise AnswerUnclear
    return [number for number in dict.fromkeys(found) if number]


_OF_HERSELF: Final = frozenset({"vivo", "vivimos", "soy", "somos", "tengo", "voy", "vamos", "mi"})
"""First words of what somebody says of herself: another answer."""


def _ranked_in(session: Session, chat: Chat, registration_id: int, text: str) -> tuple[list[int] | None, bool]:
    """Read a ranking in numbers, or in the topics' own words; and whether it was the words."""
    said = set(plain(text).split())
    if is_all_the_same(text) or {"cualquiera", "cualquier", "whichever"} & said:
        return None, False
    if "no" in said and {"ninguno", "ninguna"} & said:
        return None, False
    try:
        return ranking(text), False
    except AnswerUnclear:
        if sounds_like_a_question(text) or not _OF_HERSELF.isdisjoint(plain(text).split()[:1]):
            raise
        if numbers := listed_numbers(text):
            return list(dict.fromkeys(numbers)), True
        asked = answers.question(session, registration_id, "topics", chat.person_id)
        offered = {each.number: wordings(each.topic) for each in asked.topics} if asked else {}
        return topics_named(text, offered), True


def _attribute(session: Session, registration_id: int, chat: Chat, number: int) -> str:
    known = answers.answers(session, registration_id, chat.person_id)
    names = list(known.attributes) if known else []
    if not 0 <= number < len(names):
        raise NothingOpen
    return f"attr:{names[number]}"


def _option(asked: answers.Question, number: int) -> str:
    if not 0 <= number < len(asked.options):
        raise NothingOpen
    return str(asked.options[number])
