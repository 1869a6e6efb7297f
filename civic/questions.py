"""The questions after a place: which is open, in which order, and what was answered.

Each may be left out. Some are asked about a companion, of who answers for her.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from civic import meetings, needs, people, places
from civic import registration as registrations
from civic.audit import Actor
from civic.errors import AnswerUnclear, NothingOpen, RegistrationUnknown
from civic.places import AHEAD
from civic.schema import Meeting, Party, Person, Registration, Workshop

MOST_CHOICES: Final = 5
LONGEST_NAME: Final = 80
SKIPPED: Final = "?"
"""Ends the word of a question that was left out for now: that is no answer, and it is asked once more."""

_WITH_TOPIC: Final = (
    select(Workshop)
    .where(Workshop.meeting_id == bindparam("meeting"), Workshop.topic.is_not(None))
    .order_by(Workshop.number)
)


def next_question(session: Session, registration: Registration, now: datetime) -> tuple[int, str] | None:
    """Say what to ask next, and of which registration: `name`, `needs`, `topics`, `attr:NAME`, `phone`; None: nothing.

    None too where answers are taken no more: a place given up, a meeting cancelled or begun.
    """
    meeting = session.get_one(Meeting, registration.meeting_id)
    if registration.state not in AHEAD or not places.is_open(meeting, now):
        return None
    return next(_open(session, registration, meeting), None)


def _open(session: Session, own: Registration, meeting: Meeting) -> Iterator[tuple[int, str]]:
    """Go through what was neither answered nor skipped, in the order in which it is asked."""
    if not is_settled(own, "companions"):
        yield own.id, "companions"
    if not is_settled(own, "name"):
        yield own.id, "name"
    if meeting.needs:
        yield from ((each.id, "needs") for each in needs.answered_for(session, own) if not is_settled(each, "needs"))
    ranks = own.workshop_id is None and "topics" not in own.answered
    if ranks and topics(session, meeting.id):
        yield own.id, "topics"
    for question in (f"attr:{name}" for name in meeting.attributes):
        if not is_settled(own, question):
            yield own.id, question
    if not is_settled(own, "phone") and not _left_phone(session, own):
        yield own.id, "phone"


def is_settled(registration: Registration, question: str) -> bool:
    """Tell whether a question was answered, or left out for now (`needs?`)."""
    return not {question, question + SKIPPED}.isdisjoint(registration.answered)


def settle(
    session: Session, registration: Registration, question: str, actor: Actor, now: datetime, *, skipped: bool = False
) -> None:
    """Note that a question was answered, or left out for now, whichever it was before."""
    others = [each for each in registration.answered if each not in {question, question + SKIPPED}]
    registration.answered = [*others, question + SKIPPED if skipped else question]
    registrations.record(session, registration, "answer", actor, now, new={"question": question})
    session.flush()


def _left_phone(session: Session, own: Registration) -> bool:
    """Tell whether her phone is known, and may be kept by who convenes this meeting."""
    person = session.get(Person, own.person_id) if own.person_id is not None else None
    if person is None or not person.phone:
        return False
    convening = [entity.id for entity in meetings.entities(session, own.meeting_id)]
    return people.has_consented(session, person.id, convening, "phone")


def answer_name(
    session: Session, registration_id: int, name: str | None, *, person_id: int, actor: Actor, now: datetime
) -> Registration:
    """Call her by the name that she likes; None keeps the one there is. Raises AnswerUnclear for what is no name."""
    registration = _answering(session, registration_id, person_id, now)
    if name is not None:
        called = as_name(name)
        registration.name = called
        session.get_one(Person, person_id).name = called
    settle(session, registration, "name", actor, now)
    return registration


def as_name(text: str) -> str:
    """Read a name that somebody wrote: up to 80 characters, a letter among them; else raises AnswerUnclear.

    A number alone answers another question.
    """
    called = people.readable(text)
    if len(called) > LONGEST_NAME or not any(map(str.isalpha, called)):
        raise AnswerUnclear
    return called


def answer_topics(
    session: Session, registration_id: int, numbers: list[int] | None, *, person_id: int, actor: Actor, now: datetime
) -> Registration:
    """Rank workshops by their numbers, best first, at most 5; None or nothing: any will do. It is the whole list anew.

    Raises AnswerUnclear for one that is not there or ranked twice, NothingOpen once she is seated.
    """
    registration = _answering(session, registration_id, person_id, now)
    if registration.workshop_id is not None:
        raise NothingOpen
    chosen = numbers or []
    offered = {each.number for each in topics(session, registration.meeting_id)}
    if len(chosen) > MOST_CHOICES or len(set(chosen)) < len(chosen) or not offered.issuperset(chosen):
        raise AnswerUnclear
    session.get_one(Party, registration.party_id).choices = list(chosen)
    settle(session, registration, "topics", actor, now)
    return registration


def answer_attribute(
    session: Session,
    registration_id: int,
    attribute: str,
    option: str | None,
    *,
    person_id: int,
    actor: Actor,
    now: datetime,
) -> Registration:
    """Note an optional attribute that mixes the groups; None: she would rather not say.

    Raises AnswerUnclear for an attribute or option that the meeting does not have.
    """
    registration = _answering(session, registration_id, person_id, now)
    meeting = session.get_one(Meeting, registration.meeting_id)
    if attribute not in meeting.attributes or (option is not None and option not in meeting.attributes[attribute]):
        raise AnswerUnclear
    others = {name: value for name, value in registration.attributes.items() if name != attribute}
    registration.attributes = others if option is None else others | {attribute: option}
    settle(session, registration, f"attr:{attribute}", actor, now, skipped=option is None)
    return registration


def topics(session: Session, meeting_id: int) -> Sequence[Workshop]:
    """List the workshops that people rank: those with a topic, where there is more than one."""
    found = session.scalars(_WITH_TOPIC, {"meeting": meeting_id})
    with_topic = [workshop for workshop in found if workshop.topic]
    return with_topic if len(with_topic) > 1 else []


def _answering(session: Session, registration_id: int, person_id: int, now: datetime) -> Registration:
    meeting, registration = registrations.locked(session, registration_id, person_id)
    places.check_open(meeting, now)
    if registration.state not in AHEAD:
        raise RegistrationUnknown
    return registration
