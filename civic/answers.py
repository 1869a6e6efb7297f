"""What a registration is asked after it has its place, and what was answered so far, as one person looks at it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import questions, support
from civic.columns import Text
from civic.places import ON_THE_LIST
from civic.schema import Meeting, Party, Registration
from civic.support import Whose


@dataclass(frozen=True)
class Topic:
    """A workshop with a topic of its own (M9)."""

    number: int
    topic: Text


@dataclass(frozen=True)
class Question:
    """One question to one registration. `what` is `name`, `topics` or `attr:NAME`."""

    registration_id: int
    what: str
    title: Text
    name: str | None
    topics: tuple[Topic, ...]
    ranked: tuple[int, ...]
    """Numbers of the workshops chosen so far, best first."""
    number: int
    """Which of the meeting's attributes it is, from 0."""
    options: tuple[Text, ...]
    chosen: Any
    """The option chosen before; None when there is none."""


@dataclass(frozen=True)
class Answers:
    """Everything that a registration may be asked, with what was answered."""

    registration_id: int
    meeting_id: int
    waits: bool
    """On the waiting list, maybe with an offer."""
    title: Text
    name: str | None
    topics: tuple[Topic, ...]
    """None any more once she is seated."""
    ranked: tuple[int, ...]
    attributes: dict[str, list[Text]]
    chosen: dict[str, Any]
    supports: tuple[Whose, ...]
    """Of whom she is asked which support is needed; none where the meeting asks nobody."""


def answers(session: Session, registration_id: int, person_id: int | None) -> Answers | None:
    """Gather the answers of a person's own registration; None for one that is not hers."""
    found = session.execute(
        select(Registration, Meeting, Party)
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .join(Party, Party.id == Registration.party_id)
        .where(Registration.id == registration_id, Registration.person_id == person_id)
    ).first()
    if found is None or person_id is None:
        return None
    registration, meeting, party = found
    seated = registration.workshop_id is not None
    workshops = () if seated else questions.topics(session, meeting.id)
    return Answers(
        registration_id=registration_id,
        meeting_id=meeting.id,
        waits=registration.state in ON_THE_LIST,
        title=meeting.title,
        name=registration.name,
        topics=tuple(Topic(each.number, each.topic) for each in workshops if each.topic),
        ranked=tuple(party.choices),
        attributes=meeting.attributes,
        chosen=registration.attributes,
        supports=tuple(support.everyone(session, registration)) if meeting.needs else (),
    )


def question(session: Session, registration_id: int, what: str, person_id: int | None) -> Question | None:
    """Ask one thing; None when there is nothing of that sort to ask this person."""
    known = answers(session, registration_id, person_id)
    if known is None or (what == "topics" and not known.topics):
        return None
    attribute = what.removeprefix("attr:")
    if what not in {"name", "topics"} and attribute not in known.attributes:
        return None
    return Question(
        registration_id=registration_id,
        what=what,
        title=known.title,
        name=known.name,
        topics=known.topics,
        ranked=known.ranked,
        number=list(known.attributes).index(attribute) if attribute in known.attributes else -1,
        options=tuple(known.attributes.get(attribute, ())),
        chosen=known.chosen.get(attribute),
    )
