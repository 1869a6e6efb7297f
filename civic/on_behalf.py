"""Signing somebody up from another's phone: her own consent, which was read to her, and her own place.

She is a person of ours whose messages go to the phone of who signed her up (`civic.wards`). She comes on her own, or in
the party of who signed her up where they wish and it has room.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import invitations, meetings, parties, people, places, questions, wards
from civic import registration as registrations
from civic.audit import Actor
from civic.errors import ConsentMissing, PartyFull, PhoneFull
from civic.places import AHEAD
from civic.schema import Meeting, Person, Registration

SETTLED: Final = ("companions", "name")
"""What is not asked of who is signed up from another's phone: her name is known, and she brings nobody."""


def sign_up(
    session: Session, meeting_id: int, called: str, *, owner_id: int, together: bool, actor: Actor, now: datetime
) -> Registration:
    """Meet somebody who agreed to what was read to her, and give her a place in a meeting, or a number on its list.

    Her consent says who recorded it. Raises AnswerUnclear for what is no name, PhoneFull where as many were signed up
    from this phone as may be, PartyFull where she comes along and the party has no room, and as
    `registration.register`.
    """
    meeting = meetings.lock(session, meeting_id)
    places.check_open(meeting, now)
    name = questions.as_name(called)
    owner = session.get_one(Person, owner_id)
    if len(wards.of(session, owner_id)) >= wards.MOST:
        raise PhoneFull
    ward = Person(
        telegram_id=None,
        chat_id=owner.chat_id,
        name=name,
        language=owner.language,
        tell=owner.tell,
        rhythm=owner.rhythm,
        seen_at=now,
    )
    session.add(ward)
    session.flush()
    accept(session, ward, meeting_id, now=now)
    return take_part(session, meeting_id, ward, together=together, owner_id=owner_id, actor=actor, now=now)


def accept(session: Session, ward: Person, meeting_id: int, *, now: datetime) -> None:
    """Record that somebody agreed, on another's phone, that those who convene a meeting keep her data."""
    people.agree(session, ward, _convening(session, meeting_id), "attend", now=now)


def has_accepted(session: Session, ward: Person, meeting_id: int) -> bool:
    """Tell whether somebody agreed already that those who convene a meeting keep her data."""
    return people.has_consented(session, ward.id, _convening(session, meeting_id), "attend")


def take_part(
    session: Session,
    meeting_id: int,
    ward: Person,
    *,
    together: bool,
    owner_id: int,
    actor: Actor,
    now: datetime,
) -> Registration:
    """Give a person signed up from another's phone a place; `together`: in the party of who signed her up.

    Who comes already stays as she is. Raises ConsentMissing, PartyFull, and as `registration.register`.
    """
    meeting = meetings.lock(session, meeting_id)
    known = _of(session, meeting_id, ward.id)
    if known is not None and known.state in AHEAD:
        return known
    if known is None and together:
        return _come_along(session, meeting, ward, owner_id=owner_id, actor=actor, now=now)
    found = registrations.register(session, meeting_id, ward.id, name=ward.name or "", actor=actor, now=now)
    found.answered = sorted({*found.answered, *SETTLED})
    session.flush()
    return found


def may_come_along(session: Session, meeting_id: int, owner_id: int) -> bool:
    """Tell whether another person may come in somebody's party: she comes herself, and has brought fewer than four."""
    own = _of(session, meeting_id, owner_id)
    return own is not None and own.state in AHEAD and places.in_party(session, own.party_id) <= parties.MOST_COMPANIONS


def not_yet(session: Session, meeting_id: int, owner_id: int | None) -> list[Person]:
    """List who was signed up from somebody's phone for other meetings and does not come to this one."""
    coming = set(
        session.scalars(
            select(Registration.person_id).where(Registration.meeting_id == meeting_id, Registration.state.in_(AHEAD))
        )
        if (theirs := wards.of(session, owner_id))
        else ()
    )
    return [each for each in theirs if each.id not in coming]


def _come_along(
    session: Session, meeting: Meeting, ward: Person, *, owner_id: int, actor: Actor, now: datetime
) -> Registration:
    places.check_open(meeting, now)
    if not has_accepted(session, ward, meeting.id):
        raise ConsentMissing(meeting.id)
    own = _of(session, meeting.id, owner_id)
    if own is None or not may_come_along(session, meeting.id, owner_id):
        raise PartyFull(meeting.id)
    newcomer = registrations.new(session, meeting, own.party_id, ward.id)
    newcomer.name = ward.name
    newcomer.answered = sorted({*SETTLED, "topics"})  # the party has one list of topics
    invitations.seat_newcomer(session, meeting, newcomer, now)
    registrations.record(session, newcomer, "register", actor, now, new={"state": newcomer.state})
    return newcomer


def _of(session: Session, meeting_id: int, person_id: int) -> Registration | None:
    return session.scalar(
        select(Registration)
        .where(Registration.meeting_id == meeting_id, Registration.person_id == person_id)
        .execution_options(populate_existing=True)
    )


def _convening(session: Session, meeting_id: int) -> list[int]:
    return [entity.id for entity in meetings.entities(session, meeting_id)]
