"""Parts of a meeting's people to whom its organisers may write: who is in each, and how many it reaches."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from civic.columns import Text
from civic.places import AHEAD, ON_THE_LIST
from civic.schema import Meeting, Person, Registration, Workshop

AFTERWARDS: Final = timedelta(days=30)
"""How long after a meeting's end its organisers may still write to who had a place."""
HAD_A_PLACE: Final = ("registered", "attended", "no_show")
SAID_ALREADY: Final = "nothing to say"
"""The reason of a row that was dropped as the same phone was told for another."""


class Part(NamedTuple):
    """A part of the people: all, waiting, unconfirmed, or workshop with its id."""

    what: str
    workshop_id: int | None = None


@dataclass(frozen=True)
class Reach:
    """How many people are in a part, how many are told, and of how many nobody hears us."""

    people: int
    reached: int
    """People who get a message, on whatever phone; they tell the companions whom they bring."""
    missed: int
    """People whom no message reaches: neither them nor who brings them."""
    brought: int = 0
    """Companions without a chat of their own: who brings them is told, and tells them."""


@dataclass(frozen=True)
class Seen:
    """A part as it is chosen."""

    part: Part
    number: int | None
    """The workshop's."""
    topic: Text | None
    reach: Reach


def parts(session: Session, meeting: Meeting, now: datetime) -> list[Part]:
    """List the parts that may be written to now; none of a draft, or of a meeting that was called off."""
    each = [Part("all"), Part("unconfirmed"), Part("waiting")]
    seated = select(Registration.workshop_id).where(Registration.meeting_id == meeting.id)
    workshops = (
        select(Workshop.id)
        .where(Workshop.meeting_id == meeting.id, Workshop.id.in_(seated))
        .order_by(Workshop.number, Workshop.id)
    )
    each += [Part("workshop", workshop_id) for workshop_id in session.scalars(workshops)]
    return [part for part in each if is_open(part, meeting, now)]


def is_open(part: Part, meeting: Meeting, now: datetime) -> bool:
    """Tell whether a part is written to at a moment: who waits or has not confirmed only before the meeting starts."""
    if meeting.state != "convened" or now >= meeting.ends_at + AFTERWARDS:
        return False
    return part.what in {"all", "workshop"} or now < meeting.starts_at


def seen(session: Session, meeting: Meeting, now: datetime) -> list[Seen]:
    """Look at the parts that have anybody in them."""
    of_number: dict[int, Any] = {
        row.id: row
        for row in session.execute(
            select(Workshop.id, Workshop.number, Workshop.topic).where(Workshop.meeting_id == meeting.id)
        )
    }
    found = []
    for part in parts(session, meeting, now):
        workshop = of_number.get(part.workshop_id or 0)
        reached = reach(session, meeting, part, now)
        if reached.people:
            found.append(
                Seen(part, workshop.number if workshop else None, workshop.topic if workshop else None, reached)
            )
    return found


def recipients(meeting: Meeting, part: Part, now: datetime, *, after: int = 0) -> Select[int]:
    """Select who is told, by id and in its order: in the part, or bringing somebody who is; no BAJA, no block."""
    tellers = select(_TELLER).where(*_of(meeting, part, now))
    return select(Person.id).where(Person.id > after, Person.id.in_(tellers), _HEARS).order_by(Person.id)


def reach(session: Session, meeting: Meeting, part: Part, now: datetime) -> Reach:
    """Count a part's people, and whom a message to them reaches."""
    people, missed, brought = session.execute(
        select(
            func.count(),
            func.count().filter(or_(Person.id.is_(None), ~_HEARS)),
            func.count().filter(Registration.person_id.is_(None), _HEARS),
        )
        .select_from(Registration)
        .outerjoin(Person, Person.id == _TELLER)
        .where(*_of(meeting, part, now))
    ).one()
    told = recipients(meeting, part, now).order_by(None).subquery()
    return Reach(people, session.scalar(select(func.count()).select_from(told)) or 0, missed, brought)


def still(session: Session, people: Collection[int], meeting_id: int) -> set[int]:
    """Say who of some people has something in a meeting at this moment, herself or for whom she brings."""
    rows = select(_TELLER).where(
        Registration.meeting_id == meeting_id, Registration.state != "cancelled", _TELLER.in_(people)
    )
    return {person_id for person_id in session.scalars(rows) if person_id is not None}


_TELLER: Final[ColumnElement[int | None]] = func.coalesce(Registration.person_id, Registration.registered_by)
"""Who is told for a registration: herself, or who brings her."""
_HEARS: Final = and_(Person.chat_id.is_not(None), Person.unreachable_since.is_(None), Person.tell == "all")


def _of(meeting: Meeting, part: Part, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Match a part's registrations: everybody to come before a meeting, from its start who has or had a place."""
    here = Registration.meeting_id == meeting.id
    match part.what:
        case "waiting":
            return here, Registration.state.in_(ON_THE_LIST)
        case "unconfirmed":
            said = Registration.confirmed_version
            return here, Registration.state == "registered", or_(said.is_(None), said != meeting.version)
        case "workshop":
            return here, Registration.state.in_(HAD_A_PLACE), Registration.workshop_id == part.workshop_id
        case _:
            return here, Registration.state.in_(AHEAD if now < meeting.starts_at else HAD_A_PLACE)
