"""Who comes with somebody: companions in one party, each with a place, a position and a code of their own.

Companions are held under the meeting's lock, by whoever registered them, until they take their place over themselves
(`civic.invitations`). Who has a place keeps it; the waiting ones of a party share one number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import audit, leaving, meetings, offers, people, places, questions, wards, workshops
from civic import registration as registrations
from civic.audit import Actor
from civic.errors import AnswerUnclear, PartyFull, RegistrationUnknown
from civic.people import ATTEND_VERSION
from civic.places import AHEAD, LARGEST_PARTY
from civic.schema import Consent, Meeting, Party, Person, Registration

MOST_COMPANIONS: Final = 4
"""That one person brings."""
Takes = Literal["together", "any"]
Members = Sequence[Registration]


@dataclass(frozen=True)
class Member:
    """Somebody of a party, as one person of it sees her."""

    id: int
    number: int
    """Among the others of the party, from 1: «Acompañante 1» is who has no name."""
    name: str | None
    """Whole of whom she answers for; of anybody else the first name."""
    code: str | None
    """Only of whom she answers for."""
    state: str
    """registered, waiting, offered"""
    position: int | None
    claimed: bool
    """She took her place over, and answers for herself."""
    hers: bool
    """The person who looks answers for her: a companion of hers that nobody took over."""
    ward: int | None = None
    """Who she is, signed up from the phone of the person who looks, who acts for her there (`civic.wards`)."""


@dataclass(frozen=True)
class Group:
    """A party as one person of it sees it, without herself."""

    registration_id: int
    party_id: int
    state: str
    """Her own."""
    takes: str
    card: meetings.Card
    members: tuple[Member, ...]
    brought: int
    """How many came with her, also those who took their place over."""
    link: str
    full: bool
    """Nobody else fits in it."""
    offer_id: int | None
    """The offer that is open for some whom she answers for."""


def bring(
    session: Session,
    registration_id: int,
    companions: int,
    *,
    takes: Takes | None = None,
    person_id: int,
    actor: Actor,
    now: datetime,
) -> str | None:
    """Bring so many companions in all, from 0 to 4; say what must be chosen first (`split`, `drop`), else None.

    Where fewer places are left than it takes, nothing changes until she says what she `takes`: to wait together, or
    any place there is while the others wait. With none left they wait, before nobody. Fewer than now: who is dropped is
    asked, unless it is plain. Repeating it is harmless. Raises AnswerUnclear for another number, PartyFull,
    RegistrationUnknown, MeetingStarted, MeetingCancelled.
    """
    if not 0 <= companions <= MOST_COMPANIONS:
        raise AnswerUnclear
    meeting, own = registrations.locked(session, registration_id, person_id)
    places.check_open(meeting, now)
    if own.state not in AHEAD:
        raise RegistrationUnknown
    came = _brought(session, own, person_id)
    if companions < len(came):
        going = _plainly(came, len(came) - companions)
        if going is None:
            return "drop"
        leaving.leave(session, going, act="drop", actor=actor, now=now)
    elif companions > len(came):
        if places.in_party(session, own.party_id) + companions - len(came) > LARGEST_PARTY:
            raise PartyFull(meeting.id)
        if not _hold(session, meeting, own, companions - len(came), takes, actor=actor, now=now):
            return "split"
    if "companions" not in own.answered:
        own.answered = [*own.answered, "companions"]
    new = {"companions": companions, "takes": takes}
    registrations.record(session, own, "bring", actor, now, new=new)
    session.flush()
    return None


def wait_for(
    session: Session, registration_id: int, takes: Takes, *, person_id: int, actor: Actor, now: datetime
) -> None:
    """Say how the waiting ones of a party are served: one offer for all, or any place there is."""
    meeting, own = registrations.locked(session, registration_id, person_id)
    places.check_open(meeting, now)
    party = session.get_one(Party, own.party_id)
    if party.takes == takes:
        return
    party.takes = takes
    registrations.record(session, own, "takes", actor, now, new={"takes": takes})
    session.flush()
    offers.serve(session, meeting, now)


def drop(session: Session, companion_id: int, *, person_id: int, actor: Actor, now: datetime) -> Registration:
    """Take a companion out of the party, whose place is held for two minutes; twice is once.

    Raises RegistrationUnknown for anybody whom she does not answer for, MeetingStarted, MeetingCancelled.
    """
    meeting, companion = _hers(session, companion_id, person_id)
    if companion.state == "cancelled":
        return companion
    places.check_open(meeting, now)
    leaving.leave(session, [companion], act="drop", actor=actor, now=now)
    return companion


def undo_drop(
    session: Session, companion_id: int, *, person_id: int, actor: Actor, now: datetime, whole: bool = False
) -> Registration:
    """Bring a dropped companion back, as `registration.undo` does; with `whole`, all who were dropped in that act."""
    meeting, companion = _hers(session, companion_id, person_id)
    if companion.state != "cancelled":
        return companion
    places.check_open(meeting, now)
    back = leaving.gone_together(session, companion) if whole else [companion]
    leaving.come_back(session, meeting, back, actor=actor, now=now)
    return companion


def name(
    session: Session, companion_id: int, called: str | None, *, person_id: int, actor: Actor, now: datetime
) -> Registration:
    """Name a companion who allowed it, or take her name back (None).

    That she allowed it is kept beside it: a consent for each entity that convenes, and who recorded it. Raises
    AnswerUnclear for what is no name.
    """
    meeting, companion = _hers(session, companion_id, person_id)
    places.check_open(meeting, now)
    if companion.state not in AHEAD:
        raise RegistrationUnknown
    if called is not None:
        called = questions.as_name(called)
        _allowed(session, companion, person_id, now)
    else:
        _withdrawn(session, companion, now)
    companion.name = called
    registrations.record(session, companion, "name", actor, now)
    session.flush()
    return companion


def group(session: Session, registration_id: int, person_id: int | None, now: datetime) -> Group | None:
    """Look at who comes with a person; None for a registration that is not hers."""
    own = session.get(Registration, registration_id)
    if own is None or person_id is None or own.person_id != person_id:
        return None
    meeting = session.get_one(Meeting, own.meeting_id)
    party = session.get_one(Party, own.party_id)
    others = [each for each in of_party(session, own.party_id) if each.id != own.id]
    on_this_phone = {each.id for each in wards.of(session, person_id)}
    members = []
    for each in others:
        hers = each.person_id is None and each.registered_by == person_id
        ward = each.person_id if each.person_id in on_this_phone else None
        known = hers or ward is not None
        members.append(
            Member(
                id=each.id,
                number=number_in(others, each, person_id),
                name=each.name if known else people.first_name(each.name),
                code=each.code if known else None,
                state=each.state,
                position=places.position(session, each),
                claimed=each.person_id is not None and ward is None,
                hers=hers,
                ward=ward,
            )
        )
    offer = offers.open_of(session, own.party_id)
    return Group(
        registration_id=own.id,
        party_id=own.party_id,
        state=own.state,
        takes=party.takes,
        card=meetings.card_of(session, meeting, person_id, now),
        members=tuple(members),
        brought=sum(each.registered_by == person_id for each in others),
        link=party.link,
        full=len(others) + (own.state in AHEAD) >= LARGEST_PARTY,
        offer_id=offer.id if offer and any(each.hers and each.state == "offered" for each in members) else None,
    )


def of_party(session: Session, party_id: int) -> Members:
    """List who of a party is still to come, in the order in which they came to it."""
    return session.scalars(
        select(Registration)
        .where(Registration.party_id == party_id, Registration.state.in_(AHEAD))
        .order_by(Registration.id)
        .execution_options(populate_existing=True)
    ).all()


def number_in(coming: Members, one: Registration, person_id: int | None) -> int:
    """Count which of the others of a party one is, from 1, as a person of it sees them."""
    others = (each for each in coming if each.person_id is None or each.person_id != person_id)
    return sum(each.id <= one.id for each in others)


def own_in(session: Session, party_id: int, person_id: int) -> Registration | None:
    """Find a person's own registration in a party, whatever its state."""
    return session.scalar(
        select(Registration).where(Registration.party_id == party_id, Registration.person_id == person_id)
    )


def left_behind(session: Session, person_id: int | None, now: datetime) -> list[Registration]:
    """List the registrations that a person gave up while companions whom she answers for still come, soonest first."""
    if person_id is None:
        return []
    with_company = (
        select(Registration.party_id)
        .where(
            Registration.person_id.is_(None),
            Registration.registered_by == person_id,
            Registration.state.in_(AHEAD),
        )
        .distinct()
    )
    return list(
        session.scalars(
            select(Registration)
            .join(Meeting, Meeting.id == Registration.meeting_id)
            .where(
                Registration.person_id == person_id,
                Registration.state == "cancelled",
                Registration.party_id.in_(with_company),
                Meeting.state == "convened",
                Meeting.starts_at > now,
            )
            .order_by(Meeting.starts_at, Registration.id)
        )
    )


def brought_by(session: Session, person_id: int, now: datetime) -> int:
    """Count who comes to meetings ahead, or waits, with nobody but a person to answer for them."""
    theirs = (
        select(func.count())
        .select_from(Registration)
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .where(
            Registration.person_id.is_(None),
            Registration.registered_by == person_id,
            Registration.state.in_(AHEAD),
            Meeting.state == "convened",
            Meeting.starts_at > now,
        )
    )
    return session.scalar(theirs) or 0


def enter(session: Session, meeting: Meeting, newcomers: Sequence[Registration], seats: int, *, now: datetime) -> None:
    """Give the first so many newcomers of a party a place, and the others its number on the waiting list."""
    number = None
    if seats < len(newcomers):
        last = places.tally(session, meeting, now).last_number
        number = offers.number_of(session, newcomers[0].party_id) or last + 1
    for place, each in enumerate(newcomers):
        each.state = "registered" if place < seats else "waiting"
        each.queue_number = None if place < seats else number
        each.known_version = meeting.version
        each.registered_at = now
    session.add_all(newcomers)
    session.flush()
    if meeting.seating:
        for each in newcomers[:seats]:
            workshops.seat_one(session, each, now=now)


def _hold(
    session: Session,
    meeting: Meeting,
    own: Registration,
    wanted: int,
    takes: Takes | None,
    *,
    actor: Actor,
    now: datetime,
) -> bool:
    """Hold so many more places, or positions with what others of the party wait for; False: she must choose first."""
    wanted -= _taken_back(session, meeting, own, wanted, actor=actor, now=now)
    tally = places.tally(session, meeting, now)
    if tally.free and tally.waiting:
        offers.serve(session, meeting, now)
        tally = places.tally(session, meeting, now)
    waits = offers.number_of(session, own.party_id) is not None
    seats = 0 if waits else min(tally.free, wanted)
    if 0 < seats < wanted:
        if takes is None:
            return False
        session.get_one(Party, own.party_id).takes = takes
        seats = seats if takes == "any" else 0
    newcomers = []
    for _ in range(wanted):
        one = registrations.new(session, meeting, own.party_id, None)
        one.registered_by = own.person_id
        newcomers.append(one)
    if newcomers:
        enter(session, meeting, newcomers, seats, now=now)
    return True


def _taken_back(
    session: Session, meeting: Meeting, own: Registration, wanted: int, *, actor: Actor, now: datetime
) -> int:
    """Bring back who was dropped less than two minutes ago, as what they had is still held; say how many."""
    dropped = session.scalars(
        select(Registration)
        .where(
            Registration.party_id == own.party_id,
            Registration.person_id.is_(None),
            Registration.registered_by == own.person_id,
            Registration.state == "cancelled",
            Registration.cancelled_from.in_(("registered", "waiting")),
        )
        .order_by(Registration.cancelled_at.desc(), Registration.id)
    ).all()
    back = [each for each in dropped if leaving.is_held(each, now)][:wanted]
    if not back or not places.tally(session, meeting, now).fits:
        return 0
    leaving.come_back(session, meeting, back, actor=actor, now=now)
    return len(back)


def _brought(session: Session, own: Registration, person_id: int) -> list[Registration]:
    return [each for each in of_party(session, own.party_id) if each.registered_by == person_id and each.id != own.id]


def _plainly(came: Sequence[Registration], excess: int) -> list[Registration] | None:
    """Say who is dropped where nobody need be asked: waiting ones first, unnamed, never who took hers over."""
    droppable = [each for each in came if each.person_id is None]
    if not droppable:
        return None
    if excess >= len(droppable):
        return droppable if excess == len(droppable) else None
    unnamed = [each for each in droppable if not each.name]
    if len(unnamed) < excess:
        return None
    last = sorted(unnamed, key=lambda each: (each.state != "waiting", each.state != "offered", -each.id))
    return last[:excess]


def _hers(session: Session, companion_id: int, person_id: int) -> tuple[Meeting, Registration]:
    """Lock the meeting of a companion whom a person answers for, and read her anew; else RegistrationUnknown."""
    companion = session.get(Registration, companion_id)
    if companion is None:
        raise RegistrationUnknown
    meeting = meetings.lock(session, companion.meeting_id)
    session.refresh(companion)
    if companion.person_id is not None or companion.registered_by != person_id:
        raise RegistrationUnknown
    return meeting, companion


def _allowed(session: Session, companion: Registration, person_id: int, now: datetime) -> None:
    """Keep that a companion allowed her name to be kept, by each entity, and who says so."""
    language = session.get_one(Person, person_id).language
    known = {row.entity_id: row for row in _consents(session, companion)}
    for entity in meetings.entities(session, companion.meeting_id):
        row = known.get(entity.id)
        if row is None:
            row = Consent(registration_id=companion.id, entity_id=entity.id, purpose="attend", version=ATTEND_VERSION)
            session.add(row)
        elif row.withdrawn_at is None:
            continue
        row.language = language
        row.given_at = now
        row.withdrawn_at = None
        row.recorded_by = person_id
        new = {"entity": entity.id, "purpose": "attend", "version": ATTEND_VERSION}
        audit.record(session, Actor(person_id, "chat"), "consent", f"r{companion.id}", now=now, new=new)


def _withdrawn(session: Session, companion: Registration, now: datetime) -> None:
    for row in _consents(session, companion):
        row.withdrawn_at = row.withdrawn_at or now


def _consents(session: Session, companion: Registration) -> Sequence[Consent]:
    return session.scalars(
        select(Consent).where(
            Consent.registration_id == companion.id, Consent.purpose == "attend", Consent.version == ATTEND_VERSION
        )
    ).all()
