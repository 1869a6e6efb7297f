"""The places of a meeting, counted: what is free, who waits, and in which order. Nothing here changes anything."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from civic.columns import Moment
from civic.errors import MeetingCancelled, MeetingStarted, MeetingUnknown
from civic.schema import Meeting, Registration

HOLD: Final = timedelta(minutes=2)
"""How long a place given up is kept for who gave it up («Fue un error»)."""
TAKING: Final = ("registered", "offered", "attended", "no_show")
"""States that take a place."""
ON_THE_LIST: Final = ("waiting", "offered")
AHEAD: Final = ("registered", "waiting", "offered")
"""States of who is still to come."""
LARGEST_PARTY: Final = 10
"""People of a party, with those who joined by its link: it has to fit in one workshop."""


@dataclass(frozen=True)
class Tally:
    """A meeting's places at a moment."""

    free: int
    """What a party could have now: never under 0."""
    fits: bool
    """Everybody who has a place, and every one that is held, has room: who comes back to a held place has it still."""
    waiting: int
    """Who waits and has no offer."""
    listed: int
    """Who is on the list: all of them, also with an offer."""
    coming: int
    """Who has a place, and has not said that she could not go."""
    last_number: int
    """The highest number of the waiting list, of whoever is or was on it; 0 when nobody ever was."""


_HELD = and_(
    Registration.state == "cancelled",
    Registration.cancelled_from.in_(("registered", "offered")),
    Registration.cancelled_at > bindparam("since", type_=Moment()),
)
_TALLY = select(
    func.coalesce(func.sum(case((or_(Registration.state.in_(TAKING), _HELD), 1), else_=0)), 0),
    func.coalesce(func.sum(case((Registration.state == "waiting", 1), else_=0)), 0),
    func.coalesce(func.sum(case((Registration.state.in_(ON_THE_LIST), 1), else_=0)), 0),
    func.coalesce(func.sum(case((Registration.state.in_(("registered", "attended")), 1), else_=0)), 0),
    func.coalesce(func.max(Registration.queue_number), 0),
).where(Registration.meeting_id == bindparam("meeting"))


def tally(session: Session, meeting: Meeting, now: datetime) -> Tally:
    """Count a meeting's places; true for a while only under the meeting's lock.

    Reserved places count until their date, and a place given up for two minutes.
    """
    taken, waiting, listed, coming, last = session.execute(_TALLY, {"meeting": meeting.id, "since": now - HOLD}).one()
    reserved = meeting.reserved if meeting.reserved_until is None or now < meeting.reserved_until else 0
    return Tally(max(meeting.capacity - reserved - taken, 0), taken <= meeting.capacity, waiting, listed, coming, last)


def free(session: Session, meeting: Meeting, now: datetime) -> int:
    """Say how many places are free: never under 0."""
    return tally(session, meeting, now).free


def free_where_awaited(session: Session, now: datetime) -> dict[int, int]:
    """Say how many places are free, by meeting, wherever people wait and there are any: of convened meetings ahead.

    One statement, which counts the places of no other meeting: a clock asks it at every tick.
    """
    waits = select(Registration.id).where(Registration.meeting_id == Meeting.id, Registration.state == "waiting")
    reserved = case((or_(Meeting.reserved_until.is_(None), Meeting.reserved_until > now), Meeting.reserved), else_=0)
    awaited = (
        select(Meeting.id, (Meeting.capacity - reserved).label("places"))
        .where(Meeting.state == "convened", Meeting.starts_at > now, waits.exists())
        .cte("awaited")
        .prefix_with("MATERIALIZED")
    )
    of_it = Registration.meeting_id == awaited.c.id
    has_place = select(func.count()).where(of_it, Registration.state.in_(TAKING)).scalar_subquery()
    held = select(func.count()).select_from(Registration).where(of_it, _HELD).scalar_subquery()
    left = (awaited.c.places - has_place - held).label("free")
    found = session.execute(select(awaited.c.id, left).where(left > 0), {"since": now - HOLD})
    return {row.id: row.free for row in found}


def in_party(session: Session, party_id: int) -> int:
    """Count who of a party is still to come."""
    coming = select(func.count()).where(Registration.party_id == party_id, Registration.state.in_(AHEAD))
    return session.scalar(coming) or 0


def position(session: Session, registration: Registration) -> int | None:
    """Say which place on the waiting list a registration has, from 1, counting people; None when it is not on it.

    Who holds an offer is still on the list: she may let it lapse, and keeps her position.
    """
    if registration.state not in ON_THE_LIST:
        return None
    ahead = or_(
        Registration.queue_number < registration.queue_number,
        and_(Registration.queue_number == registration.queue_number, Registration.id <= registration.id),
    )
    return session.scalar(
        select(func.count()).where(
            Registration.meeting_id == registration.meeting_id, Registration.state.in_(ON_THE_LIST), ahead
        )
    )


def is_open(meeting: Meeting, now: datetime) -> bool:
    """Tell whether a meeting's places may change: it is convened and has not started."""
    return meeting.state == "convened" and meeting.starts_at > now


class Opening(Protocol):
    """What of a meeting says whether its places may change."""

    @property
    def id(self) -> int:
        """Its id."""
        ...

    @property
    def code(self) -> str:
        """Its code."""
        ...

    @property
    def state(self) -> str:
        """One of draft, convened, cancelled."""
        ...

    @property
    def starts_at(self) -> datetime:
        """When it begins."""
        ...


def check_open(meeting: Opening, now: datetime) -> None:
    """Raise what keeps a meeting's places from changing: MeetingUnknown (a draft), MeetingCancelled, MeetingStarted."""
    if meeting.state == "draft":
        raise MeetingUnknown(meeting.code)
    if meeting.state == "cancelled":
        raise MeetingCancelled(meeting.id)
    if meeting.starts_at <= now:
        raise MeetingStarted(meeting.id)
