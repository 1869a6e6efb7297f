"""A person's place in a meeting, or on its waiting list: signing up, giving up, coming back.

Whatever changes places locks the meeting first. The place comes first, questions after (`civic.questions`).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from civic import audit, leaving, meetings, needs, offers, people, places, workshops
from civic.audit import Actor
from civic.columns import Text
from civic.errors import ConsentMissing, RegistrationUnknown
from civic.places import HOLD, LARGEST_PARTY, free, position
from civic.schema import Meeting, MeetingEntity, Offer, Party, Registration, Workshop

__all__ = [
    "Place",
    "active_of",
    "cancel",
    "confirm",
    "confirm_known",
    "free",
    "known_to",
    "mine",
    "new_code",
    "place",
    "position",
    "register",
    "undo",
]

UNMISTAKABLE: Final = "ACDEFGHJKMNPQRTWXY34679"
"""Without 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V: 8 of them are 78 thousand million codes."""
CODE_LENGTH: Final = 8
LINK_BYTES: Final = 12
"""Of chance in a party's link: 16 characters."""


@dataclass(frozen=True)
class Company:
    """Who else of somebody's party is still to come, in numbers."""

    with_place: int
    on_the_list: int
    """Who waits, also with an offer."""
    position: int | None
    """Of the first of those."""
    speaks_for: int
    """For how many of all these she answers: companions of hers that nobody took over."""
    went: int
    """How many left in the same act as she did, herself included; 0 while she comes."""


@dataclass(frozen=True)
class Place:
    """What there is to say of one registration: a place, a position on the list, or that it was given up."""

    id: int
    state: str
    """registered, waiting, offered, cancelled, attended, no_show"""
    code: str | None
    name: str | None
    card: meetings.Card
    """The meeting, as this person sees it."""
    position: int | None
    """On the waiting list, from 1, counting people; also while she holds an offer."""
    workshop_number: int | None
    workshop_topic: Text | None
    workshop_room: Text | None
    offer_id: int | None
    """The offer that is open for her; or, when it was declined less than two minutes ago, that one."""
    offer_expires_at: datetime | None
    undo_until: datetime | None
    """Until when a place given up is held; None when it is not."""
    may_come_back: bool
    """It was given up, and is hers still if she takes that back."""
    cancelled_from: str | None
    """What she was before she gave it up: registered, waiting, offered."""
    confirmed: bool
    """She said «Confirmo» to the meeting as it is now."""
    late: bool
    """She has a place, the workshops were announced, and she has no seat in one yet."""
    offer_places: int
    """How many places that offer is of; 0 without one."""
    company: Company


@dataclass(frozen=True)
class Announced:
    """Of a meeting what decides whether a place in it can be confirmed."""

    id: int
    code: str
    state: str
    """draft, convened, cancelled"""
    version: int
    starts_at: datetime


@dataclass(frozen=True)
class Known:
    """How somebody's own registration stands, and which version of its meeting she was told of."""

    id: int
    state: str
    known_version: int
    meeting: Announced


_KNOWN: Final = (
    select(
        Registration.state,
        Registration.known_version,
        Meeting.id,
        Meeting.code,
        Meeting.state.label("meeting_state"),
        Meeting.version,
        Meeting.starts_at,
    )
    .join(Meeting, Meeting.id == Registration.meeting_id)
    .where(Registration.id == bindparam("which"), Registration.person_id == bindparam("person"))
)
_CONFIRM: Final = (
    update(Registration)
    .where(
        Registration.id == bindparam("which"),
        Registration.state == "registered",
        Registration.confirmed_version.is_distinct_from(bindparam("version")),
    )
    .values(confirmed_version=bindparam("version"))
)
_STATE: Final = select(Registration.state).where(Registration.id == bindparam("which"))


def register(
    session: Session, meeting_id: int, person_id: int, *, name: str, actor: Actor, now: datetime
) -> Registration:
    """Sign a person up: a place, or a number on the waiting list. Signing up twice is signing up once.

    Who waits is served before any newcomer. Who gave up a place less than two minutes ago gets it back; later she comes
    anew, at the end. Raises ConsentMissing (for any convening entity), MeetingCancelled, MeetingStarted, and
    MeetingUnknown for a draft.
    """
    meeting = meetings.lock(session, meeting_id)
    known = session.scalar(
        select(Registration)
        .where(Registration.person_id == person_id, Registration.meeting_id == meeting_id)
        .execution_options(populate_existing=True)
    )
    if known is not None and known.state != "cancelled":
        return known
    places.check_open(meeting, now)
    convening = session.scalars(select(MeetingEntity.entity_id).where(MeetingEntity.meeting_id == meeting_id)).all()
    if not people.has_consented(session, person_id, convening, "attend"):
        raise ConsentMissing(meeting_id)
    crowded = known is not None and places.in_party(session, known.party_id) >= LARGEST_PARTY
    if known is not None and leaving.is_held(known, now) and not crowded:
        leaving.come_back(session, meeting, leaving.gone_together(session, known), actor=actor, now=now)
        return known
    tally = places.tally(session, meeting, now)
    if tally.free and tally.waiting:
        offers.serve(session, meeting, now)
        tally = places.tally(session, meeting, now)
    registration = known or new(session, meeting, new_party(session, meeting), person_id)
    if crowded:  # with those who joined her party since; she comes alone then
        registration.party_id = new_party(session, meeting)
    number = offers.number_of(session, registration.party_id) or tally.last_number + 1
    registration.state = "registered" if tally.free else "waiting"
    registration.queue_number = None if tally.free else number
    registration.cancelled_at = registration.cancelled_from = registration.confirmed_version = None
    registration.known_version = meeting.version
    registration.registered_at = now
    if "name" not in registration.answered:
        registration.name = people.readable(name)
    session.add(registration)
    session.flush()
    if registration.state == "registered" and meeting.seating:
        workshops.seat_one(session, registration, now=now)
    if known is not None:  # what she said before of her needs holds, and may stand otherwise now
        needs.changed(session, meeting, now=now)
    record(session, registration, "register", actor, now, new={"state": registration.state})
    return registration


def cancel(
    session: Session, registration_id: int, *, person_id: int, actor: Actor, now: datetime, whole: bool = False
) -> Registration:
    """Give up a place, a position on the list or an offer (which is declining it); twice is once.

    With `whole`, all that she answers for leave with her, or after her; else her companions keep what they have. A
    place is held for two minutes and then offered to who waits. Raises MeetingStarted, MeetingCancelled,
    RegistrationUnknown.
    """
    meeting, registration = locked(session, registration_id, person_id)
    here = offers.spoken_for(session, registration.party_id, person_id)
    going = [each for each in here if whole or each is registration]
    if going or registration.state != "cancelled":
        places.check_open(meeting, now)
        leaving.leave(session, going, actor=actor, now=now)
    return registration


def undo(session: Session, registration_id: int, *, person_id: int, actor: Actor, now: datetime) -> Registration:
    """Take a giving-up back («Fue un error») for all who left in that act: for two minutes, or while nobody has it.

    Raises PlaceGone when somebody has, or waits for it; MeetingStarted, MeetingCancelled, RegistrationUnknown.
    """
    registration = mine(session, registration_id, person_id)
    leaving.take_back(session, registration, actor=actor, now=now)
    return registration


def known_to(session: Session, registration_id: int, person_id: int | None) -> Known:
    """Say how a registration of hers stands, and its meeting; anybody else's raises RegistrationUnknown."""
    session.flush()
    found = session.connection().execute(_KNOWN, {"which": registration_id, "person": person_id}).first()
    if found is None:
        raise RegistrationUnknown
    return Known(
        registration_id,
        found.state,
        found.known_version,
        Announced(found.id, found.code, found.meeting_state, found.version, found.starts_at),
    )


def confirm(session: Session, registration_id: int, *, person_id: int, actor: Actor, now: datetime) -> None:
    """Note that she comes («Confirmo») to the meeting as it is now; who has no place raises RegistrationUnknown."""
    confirm_known(session, known_to(session, registration_id, person_id), actor=actor, now=now)


def confirm_known(session: Session, own: Known, *, actor: Actor, now: datetime) -> None:
    """Note that she comes, to the meeting as it was just looked at.

    It takes no place from anybody: her own row is locked and not the meeting's, where all would queue. Raises
    RegistrationUnknown for who has no place, MeetingCancelled, MeetingStarted.
    """
    meeting = own.meeting
    session.flush()
    confirmed = session.connection().execute(_CONFIRM, {"which": own.id, "version": meeting.version})
    if not confirmed.rowcount and session.scalar(_STATE, {"which": own.id}) != "registered":
        raise RegistrationUnknown
    places.check_open(meeting, now)
    if confirmed.rowcount:
        new = {"version": meeting.version}
        audit.record(session, actor, "confirm", f"r{own.id}", now=now, meeting_id=meeting.id, new=new)


def mine(session: Session, registration_id: int, person_id: int | None) -> Registration:
    """Find a registration of this person's; anybody else's raises RegistrationUnknown."""
    registration = session.get(Registration, registration_id)
    if registration is None or person_id is None or registration.person_id != person_id:
        raise RegistrationUnknown
    return registration


def active_of(
    session: Session, person_id: int | None, now: datetime, *, over_for: timedelta = timedelta()
) -> list[Registration]:
    """List a person's registrations that stand, soonest meeting first, until so long after the meeting's end.

    Those of cancelled meetings are left out.
    """
    return list(
        session.scalars(
            select(Registration)
            .join(Meeting, Meeting.id == Registration.meeting_id)
            .where(
                Registration.person_id.is_not(None),
                Registration.person_id == person_id,
                Registration.state != "cancelled",
                Meeting.state == "convened",
                Meeting.ends_at > now - over_for,
            )
            .order_by(Meeting.starts_at, Registration.id)
        )
    )


def place(session: Session, registration_id: int, now: datetime) -> Place | None:
    """Look at one registration as it is at this moment; None when it is gone."""
    registration = session.get(Registration, registration_id)
    if registration is None:
        return None
    meeting = session.get_one(Meeting, registration.meeting_id)
    workshop = session.get(Workshop, registration.workshop_id) if registration.workshop_id else None
    held = leaving.is_held(registration, now)
    offer = _offer_in_hand(session, registration, held=held)
    return Place(
        id=registration.id,
        state=registration.state,
        code=registration.code,
        name=registration.name,
        card=meetings.card_of(session, meeting, registration.person_id, now),
        position=position(session, registration),
        workshop_number=workshop.number if workshop else None,
        workshop_topic=workshop.topic if workshop else None,
        workshop_room=workshop.room if workshop else None,
        offer_id=offer.id if offer else None,
        offer_expires_at=offer.expires_at if offer else None,
        undo_until=registration.cancelled_at + HOLD if held and registration.cancelled_at else None,
        may_come_back=leaving.may_come_back(session, registration, now),
        cancelled_from=registration.cancelled_from,
        confirmed=registration.confirmed_version == meeting.version,
        late=bool(meeting.seating) and registration.state == "registered" and workshop is None,
        offer_places=offer.places if offer else 0,
        company=_company(session, registration),
    )


def _company(session: Session, own: Registration) -> Company:
    others = session.scalars(
        select(Registration)
        .where(Registration.party_id == own.party_id, Registration.id != own.id)
        .order_by(Registration.queue_number, Registration.id)
    ).all()
    listed = [each for each in others if each.state in places.ON_THE_LIST]
    return Company(
        with_place=sum(each.state == "registered" for each in others),
        on_the_list=len(listed),
        position=position(session, listed[0]) if listed else None,
        speaks_for=sum(
            each.state in places.AHEAD
            and each.person_id is None
            and own.person_id is not None
            and each.registered_by == own.person_id
            for each in others
        ),
        went=len(leaving.gone_together(session, own)) if own.state == "cancelled" else 0,
    )


def new_code(session: Session) -> str:
    """Draw a code that nobody has: what a person shows at the desk, safe to read aloud and to copy by hand."""
    while True:
        code = "".join(secrets.choice(UNMISTAKABLE) for _ in range(CODE_LENGTH))
        if session.scalar(select(Registration.id).where(Registration.code == code)) is None:
            return code


def new_party(session: Session, meeting: Meeting) -> int:
    """Make a party for who comes to a meeting; say its id."""
    party = Party(meeting_id=meeting.id, takes="together", link=secrets.token_urlsafe(LINK_BYTES), choices=[])
    session.add(party)
    session.flush()
    return party.id


def new(session: Session, meeting: Meeting, party_id: int, person_id: int | None) -> Registration:
    """Make a registration in a party, of a person or a companion; without a state yet, and in no session."""
    return Registration(
        meeting_id=meeting.id,
        party_id=party_id,
        person_id=person_id,
        code=new_code(session),
        attributes={},
        answered=[],
    )


def _offer_in_hand(session: Session, registration: Registration, *, held: bool) -> Offer | None:
    if registration.state == "offered":
        return offers.open_of(session, registration.party_id)
    if not held or registration.cancelled_from != "offered":
        return None
    return session.scalars(
        select(Offer)
        .where(Offer.party_id == registration.party_id, Offer.state == "declined")
        .order_by(Offer.id.desc())
        .limit(1)
    ).first()


def locked(session: Session, registration_id: int, person_id: int) -> tuple[Meeting, Registration]:
    """Lock the meeting of a registration of hers, and read it anew."""
    registration = mine(session, registration_id, person_id)
    meeting = meetings.lock(session, registration.meeting_id)
    session.refresh(registration)
    return meeting, registration


def record(
    session: Session,
    registration: Registration,
    act: str,
    actor: Actor,
    now: datetime,
    *,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session, actor, act, f"r{registration.id}", now=now, meeting_id=registration.meeting_id, old=old, new=new
    )
