"""The link of a party: by it people take over the place that is held for them, from their own Telegram."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from civic import meetings, offers, outbox, parties, people, places, privacy
from civic import registration as registrations
from civic.audit import Actor
from civic.errors import CompanionTaken, ConsentMissing, LinkUnknown, PartyFull, RegistrationUnknown
from civic.places import AHEAD, LARGEST_PARTY
from civic.registration import LINK_BYTES
from civic.schema import Consent, Meeting, Party, Person, Registration


@dataclass(frozen=True)
class Held:
    """A place that is held for somebody who has not come yet."""

    id: int
    first_name: str | None
    sure: bool
    """It is a place; else a position on the waiting list, maybe with an offer."""


@dataclass(frozen=True)
class Invitation:
    """What who opens a party's link is told: the meeting, and first names only."""

    link: str
    card: meetings.Card
    by: str | None
    """The first name of who began the party."""
    held: tuple[Held, ...]
    """The places that nobody took over yet, in the order in which they are taken."""
    full: bool
    waits: bool
    """Somebody who comes besides would wait for a place."""
    own_id: int | None
    """The registration of the person who looks, when she comes to this meeting already."""
    own_party: bool
    """She comes with this party."""
    consented: bool
    """She agreed already that those who convene keep her data."""
    chosen: int | None = None
    """Which of those places is meant, where that is clear."""


def opened(
    session: Session, link: str, person_id: int | None, now: datetime, *, companion_id: int | None = None
) -> Invitation:
    """Look at a party by its link, as somebody who opens it; raises LinkUnknown, MeetingStarted, MeetingCancelled.

    `companion_id`: whose place is meant, as long as nobody took it over.
    """
    party = _party(session, link)
    meeting = session.get_one(Meeting, party.meeting_id)
    places.check_open(meeting, now)
    coming = parties.of_party(session, party.id)
    own = _own(session, meeting.id, person_id)
    first = next((each for each in coming if each.person_id is not None), None)
    convening = [entity.id for entity in meetings.entities(session, meeting.id)]
    held = _unclaimed(coming)
    return Invitation(
        link=link,
        card=meetings.card_of(session, meeting, person_id, now),
        by=people.first_name(first.name) if first else None,
        held=tuple(Held(each.id, people.first_name(each.name), each.state == "registered") for each in held),
        full=len(coming) >= LARGEST_PARTY,
        waits=_would_wait(session, meeting, party.id, now),
        own_id=own.id if own and own.state != "cancelled" else None,
        own_party=own is not None and own.state != "cancelled" and own.party_id == party.id,
        consented=people.has_consented(session, person_id, convening, "attend"),
        chosen=companion_id if companion_id in {each.id for each in held} else None,
    )


def join(
    session: Session,
    link: str,
    companion_id: int | None,
    *,
    person_id: int,
    name: str,
    actor: Actor,
    now: datetime,
) -> Registration:
    """Take over a place that is held in a party: a companion's whom she says she is, else the first without a name.

    Only when all are taken it is a further place, or a position on the list. Who comes to the meeting already stays as
    she is. The others of the party are told. Raises LinkUnknown, CompanionTaken (also where she must say who she is),
    PartyFull, ConsentMissing, MeetingStarted, MeetingCancelled.
    """
    meeting = meetings.lock(session, _party(session, link).meeting_id)
    party = _party(session, link)
    places.check_open(meeting, now)
    convening = [entity.id for entity in meetings.entities(session, meeting.id)]
    if not people.has_consented(session, person_id, convening, "attend"):
        raise ConsentMissing(meeting.id)
    known = _own(session, meeting.id, person_id)
    if known is not None and known.state != "cancelled":
        return known
    coming = parties.of_party(session, party.id)
    unclaimed = _unclaimed(coming)
    if unclaimed:
        nameless = next((each for each in unclaimed if not each.name), None)
        chosen = next((each for each in unclaimed if each.id == companion_id), None) if companion_id else nameless
        if chosen is None:
            raise CompanionTaken(meeting.id)
    elif companion_id:
        raise CompanionTaken(meeting.id)
    elif len(coming) >= LARGEST_PARTY:
        raise PartyFull(meeting.id)
    else:
        chosen = None
    if known is not None:
        privacy.empty(session, known)  # she gave that place up, and has one registration in a meeting
        session.flush()
    if chosen is None:
        chosen = registrations.new(session, meeting, party.id, person_id)
        seat_newcomer(session, meeting, chosen, now)
    chosen.person_id = person_id
    chosen.name = people.readable(people.name_of(session, person_id) or name)
    chosen.known_version = meeting.version
    # The party has one list of topics; which support she needs she says herself, with a permission of her own.
    chosen.answered = sorted({*chosen.answered, "companions", "topics"} - {"needs", "needs?"})
    session.execute(  # her own permission holds from now on
        update(Consent)
        .where(Consent.registration_id == chosen.id, Consent.purpose == "attend", Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    registrations.record(session, chosen, "join", actor, now, new={"state": chosen.state})
    session.flush()
    _tell(session, meeting, chosen, now)
    return chosen


def renew(session: Session, registration_id: int, *, person_id: int, actor: Actor, now: datetime) -> str:
    """Give a party another link; the one there was leads nowhere from now on."""
    meeting, own = registrations.locked(session, registration_id, person_id)
    places.check_open(meeting, now)
    if own.state not in AHEAD:
        raise RegistrationUnknown
    party = session.get_one(Party, own.party_id)
    party.link = secrets.token_urlsafe(LINK_BYTES)
    registrations.record(session, own, "renew_link", actor, now)
    session.flush()
    return party.link


def _party(session: Session, link: str) -> Party:
    party = session.scalar(select(Party).where(Party.link == link).execution_options(populate_existing=True))
    if party is None:
        raise LinkUnknown
    return party


def _own(session: Session, meeting_id: int, person_id: int | None) -> Registration | None:
    if person_id is None:
        return None
    return session.scalar(
        select(Registration)
        .where(Registration.meeting_id == meeting_id, Registration.person_id == person_id)
        .execution_options(populate_existing=True)
    )


def _unclaimed(coming: parties.Members) -> list[Registration]:
    """List the places that nobody took over, those that are sure first."""
    held = [each for each in coming if each.person_id is None]
    return sorted(held, key=lambda each: (each.state != "registered", each.state != "offered", each.id))


def _would_wait(session: Session, meeting: Meeting, party_id: int, now: datetime) -> bool:
    """Tell whether a further one of a party waits: no place is free, or some of it wait already."""
    return not places.free(session, meeting, now) or offers.number_of(session, party_id) is not None


def seat_newcomer(session: Session, meeting: Meeting, newcomer: Registration, now: datetime) -> None:
    """Give a further place of a party as to any newcomer; with the party, where some of it wait."""
    tally = places.tally(session, meeting, now)
    if tally.free and tally.waiting:
        offers.serve(session, meeting, now)
    waits = _would_wait(session, meeting, newcomer.party_id, now)
    parties.enter(session, meeting, [newcomer], 0 if waits else 1, now=now)


def _tell(session: Session, meeting: Meeting, joined: Registration, now: datetime) -> None:
    """Tell the others of the party, and who registered her, that she comes from her own chat now."""
    outbox.enqueue_all(
        session,
        select(Person.id)
        .where(
            Person.id != joined.person_id,
            or_(
                Person.id == joined.registered_by,
                Person.id.in_(
                    select(Registration.person_id).where(
                        Registration.party_id == joined.party_id,
                        Registration.person_id.is_not(None),
                        Registration.state.in_(AHEAD),
                    )
                ),
            ),
        )
        .order_by(Person.id),
        kind="joined",
        cause=f"r{joined.id}/joined",
        due_at=now,
        params={"registration": joined.id},
        priority=outbox.Priority.USUAL,
        until=meeting.starts_at,
    )
