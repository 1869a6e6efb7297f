"""Places that came free, offered to who waits: for a while, in the list's order, before any newcomer."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from civic import audit, meetings, outbox, places, workshops
from civic.audit import BY_THE_CLOCK, Actor
from civic.daytime import after_daytime, daytime_between
from civic.errors import OfferGone, PlaceGone, RegistrationUnknown
from civic.outbox import Priority
from civic.places import AHEAD, HOLD
from civic.schema import Meeting, Offer, Party, Person, Registration

SHORTEST: Final = timedelta(hours=2)
LONGEST: Final = timedelta(hours=24)


class Waiting(NamedTuple):
    """A party in the line: who of it waits, and whether it takes fewer places than that."""

    party_id: int
    size: int
    takes_any: bool


def choose_offers(free: int, line: Iterable[Waiting]) -> list[tuple[int, int]]:
    """Say which parties of a line (best first) are offered how many places: each first one that fits, or takes any."""
    chosen = []
    for party in line:
        if free == 0:
            break
        size = min(party.size, free) if party.takes_any else party.size
        if size <= free:
            chosen.append((party.party_id, size))
            free -= size
    return chosen


def lasts_until(now: datetime, starts_at: datetime, zone: str) -> datetime:
    """Say until when an offer made now holds: a quarter of the daytime left, 2 to 24 such hours, not past the start."""
    quarter = daytime_between(now, starts_at, zone) / 4
    return min(after_daytime(now, min(max(quarter, SHORTEST), LONGEST), zone), starts_at)


def serve(session: Session, meeting: Meeting, now: datetime) -> list[Offer]:
    """Offer what is free to who waits; the caller holds the meeting's lock.

    Who cannot be told (BAJA, blocked, no chat) keeps her position and stops nobody; who let fewer offers lapse is
    asked first.
    """
    if meeting.state != "convened" or meeting.starts_at <= now:
        return []
    tally = places.tally(session, meeting, now)
    if not (tally.free and tally.waiting):
        return []
    expires_at = lasts_until(now, meeting.starts_at, meeting.timezone)
    made = []
    for party_id, size in choose_offers(tally.free, _line(session, meeting.id)):
        offer = Offer(
            meeting_id=meeting.id,
            party_id=party_id,
            places=size,
            made_at=now,
            expires_at=expires_at,
            state="open",
        )
        session.add(offer)
        for registration in _of_party(session, party_id, "waiting")[:size]:
            registration.state = "offered"
        session.flush()
        for person_id in session.scalars(_reached(party_id)):
            outbox.enqueue(
                session,
                person_id,
                cause=f"o{offer.id}",
                kind="offer",
                due_at=now,
                params={"offer": offer.id},
                priority=Priority.URGENT,
                until=expires_at,
            )
        audit.record(session, BY_THE_CLOCK, "offer", f"o{offer.id}", now=now, meeting_id=meeting.id, new={"n": size})
        made.append(offer)
    return made


def accept(session: Session, offer_id: int, *, person_id: int, actor: Actor, now: datetime) -> Registration:
    """Take an offered place.

    Too late for the offer, the answer still counts (a silent person she is not): what is free is hers if she is next,
    else the registration comes back still waiting, with its position. Taking twice is taking once. Raises OfferGone
    for one that was declined or withdrawn, MeetingStarted, MeetingCancelled.
    """
    meeting, offer, own = _mine(session, offer_id, person_id)
    if offer.state == "accepted":
        return own
    places.check_open(meeting, now)
    if offer.state == "open" and now >= offer.expires_at:
        _lapse(session, offer, now)
    if offer.state in {"lapsed", "excused"}:
        offer.state = "excused"
        session.flush()
        serve(session, meeting, now)
        audit.record(session, actor, "excuse", f"o{offer.id}", now=now, meeting_id=meeting.id)
        latest = open_of(session, offer.party_id)
        if latest is None:
            return own
        offer = latest
    if offer.state != "open":
        raise OfferGone(meeting.id)
    offer.state = "accepted"
    offer.closed_at = now
    for registration in _of_party(session, offer.party_id, "offered"):
        registration.state = "registered"
        registration.known_version = meeting.version
        if meeting.seating:
            session.flush()
            workshops.seat_one(session, registration, now=now)
    audit.record(session, actor, "accept", f"o{offer.id}", now=now, meeting_id=meeting.id)
    session.flush()
    return own


def decline(session: Session, offer_id: int, *, person_id: int, actor: Actor, now: datetime) -> Registration:
    """Turn an offer down, which leaves the list; the place is held for two minutes, for a change of mind.

    Declining after it lapsed leaves the list too. Raises OfferGone for one that was accepted or withdrawn,
    MeetingStarted, MeetingCancelled.
    """
    meeting, offer, own = _mine(session, offer_id, person_id)
    if own.state == "cancelled":
        return own
    places.check_open(meeting, now)
    leaving = "offered" if offer.state == "open" else "waiting"
    if offer.state not in {"open", "lapsed", "excused"} or own.state != leaving:
        raise OfferGone(meeting.id)
    offer.state = "declined" if offer.state == "open" else "excused"
    offer.closed_at = now
    for registration in _of_party(session, offer.party_id, leaving):
        registration.state = "cancelled"
        registration.cancelled_at = now
        registration.cancelled_from = leaving
    audit.record(session, actor, "decline", f"o{offer.id}", now=now, meeting_id=meeting.id)
    session.flush()
    return own


def undo_decline(session: Session, offer_id: int, *, person_id: int, actor: Actor, now: datetime) -> Registration:
    """Bring a declined offer back: for two minutes, or as long as nobody else has the place; else PlaceGone."""
    meeting, offer, own = _mine(session, offer_id, person_id)
    if own.state != "cancelled":
        return own
    places.check_open(meeting, now)
    if offer.state != "declined" or own.cancelled_from != "offered":
        raise PlaceGone(meeting.id)
    reopen(session, meeting, own, actor=actor, now=now)
    return own


def reopen(session: Session, meeting: Meeting, declined: Registration, *, actor: Actor, now: datetime) -> None:
    """Restore who left the list with an offer in hand, and the offer; under the meeting's lock. Raises PlaceGone.

    An offer whose time has passed in between comes back as a position on the list.
    """
    offer = session.scalars(
        select(Offer)
        .where(Offer.party_id == declined.party_id, Offer.state == "declined")
        .order_by(Offer.id.desc())
        .limit(1)
    ).first()
    back = gone_together(session, declined)
    if offer is None:
        raise PlaceGone(meeting.id)
    still = now < offer.expires_at
    tally = places.tally(session, meeting, now)
    theirs = tally.fits if is_held(declined, now) else still and not tally.waiting and tally.free >= len(back)
    if not theirs:
        raise PlaceGone(meeting.id)
    for registration in back:
        registration.state = "offered" if still else "waiting"
        registration.cancelled_at = registration.cancelled_from = None
    offer.state = "open" if still else "excused"
    offer.closed_at = None if still else now
    audit.record(session, actor, "undo", f"o{offer.id}", now=now, meeting_id=meeting.id)
    session.flush()
    if not still:
        serve(session, meeting, now)


def lapse_due(session: Session, meeting_id: int, now: datetime) -> int:
    """Close a meeting's offers whose time has passed, tell who let them pass, and serve the list; say how many lapsed.

    Who let one lapse keeps her position. Once the meeting has started nobody is told any more.
    """
    meeting = meetings.lock(session, meeting_id)
    due = session.scalars(
        select(Offer)
        .where(Offer.meeting_id == meeting_id, Offer.state == "open", Offer.expires_at <= now)
        .order_by(Offer.id)
        .execution_options(populate_existing=True)
    ).all()
    for offer in due:
        _lapse(session, offer, now)
        audit.record(session, BY_THE_CLOCK, "lapse", f"o{offer.id}", now=now, meeting_id=meeting_id)
        if meeting.state != "convened" or meeting.starts_at <= now:
            continue
        for person_id in session.scalars(_reached(offer.party_id)):
            outbox.enqueue(
                session,
                person_id,
                cause=f"o{offer.id}",
                kind="lapsed",
                due_at=now,
                params={"offer": offer.id},
                until=meeting.starts_at,
            )
    session.flush()
    serve(session, meeting, now)
    return len(due)


def meetings_to_serve(session: Session, now: datetime) -> list[int]:
    """Name the meetings where `lapse_due` has something to do: an offer's time has passed, or a place is for the list.

    A place comes free without anybody doing anything when its two minutes' hold ends, or a reservation does.
    """
    lapsing = set(session.scalars(select(Offer.meeting_id).where(Offer.state == "open", Offer.expires_at <= now)))
    waited_for = session.scalars(
        select(Meeting).where(
            Meeting.state == "convened",
            Meeting.starts_at > now,
            select(Registration.id)
            .where(Registration.meeting_id == Meeting.id, Registration.state == "waiting")
            .exists(),
        )
    )
    serving = {
        meeting.id
        for meeting in waited_for
        if (free := places.free(session, meeting, now)) and choose_offers(free, _line(session, meeting.id))
    }
    return sorted(lapsing | serving)


def next_due(session: Session, now: datetime) -> datetime | None:
    """Say when a list is to be served next: `now`, an offer's end, or the end of a hold; None when nothing is ahead."""
    if meetings_to_serve(session, now):
        return now
    waits = aliased(Registration)
    waited_for = select(waits.id).where(waits.meeting_id == Meeting.id, waits.state == "waiting").exists()
    ahead = [
        session.scalar(select(func.min(Offer.expires_at)).where(Offer.state == "open")),
        session.scalar(
            select(func.min(Meeting.reserved_until)).where(
                Meeting.state == "convened", Meeting.reserved_until > now, Meeting.reserved > 0, waited_for
            )
        ),
    ]
    given_up = session.scalar(
        select(func.min(Registration.cancelled_at))
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .where(
            Meeting.state == "convened",
            Meeting.starts_at > now,
            Registration.state == "cancelled",
            Registration.cancelled_from.in_(("registered", "offered")),
            Registration.cancelled_at > now - HOLD,
            waited_for,
        )
    )
    if given_up:
        ahead.append(given_up + HOLD)
    return min((moment for moment in ahead if moment), default=None)


def open_of(session: Session, party_id: int) -> Offer | None:
    """Find the offer that a party may answer."""
    return session.scalar(select(Offer).where(Offer.party_id == party_id, Offer.state == "open"))


def gone_together(session: Session, registration: Registration) -> Sequence[Registration]:
    """List who of a party left in the same act."""
    return session.scalars(
        select(Registration)
        .where(
            Registration.party_id == registration.party_id,
            Registration.state == "cancelled",
            Registration.cancelled_at == registration.cancelled_at,
            Registration.cancelled_from == registration.cancelled_from,
        )
        .order_by(Registration.id)
    ).all()


def is_held(registration: Registration, now: datetime) -> bool:
    """Tell whether a place given up is still kept for who gave it up."""
    return registration.cancelled_at is not None and registration.cancelled_at > now - HOLD


def _mine(session: Session, offer_id: int, person_id: int) -> tuple[Meeting, Offer, Registration]:
    """Lock an offer's meeting and read the offer and the person's registration anew; not hers: RegistrationUnknown."""
    offer = session.get(Offer, offer_id)
    if offer is None:
        raise RegistrationUnknown
    meeting = meetings.lock(session, offer.meeting_id)
    session.refresh(offer)
    own = session.scalar(
        select(Registration)
        .where(Registration.party_id == offer.party_id, Registration.person_id == person_id)
        .execution_options(populate_existing=True)
    )
    if own is None:
        raise RegistrationUnknown
    return meeting, offer, own


def _lapse(session: Session, offer: Offer, now: datetime) -> None:
    offer.state = "lapsed"
    offer.closed_at = now
    for registration in _of_party(session, offer.party_id, "offered"):
        registration.state = "waiting"


def _line(session: Session, meeting_id: int) -> list[Waiting]:
    """List the parties that wait and can be offered something, best first."""
    lapsed = (
        select(func.count())
        .where(Offer.party_id == Party.id, Offer.state == "lapsed")
        .correlate(Party)
        .scalar_subquery()
    )
    asked = select(Offer.id).where(Offer.party_id == Party.id, Offer.state == "open").exists()
    rows = session.execute(
        select(Party.id, func.count(), Party.takes)
        .join(Registration, Registration.party_id == Party.id)
        .where(Party.meeting_id == meeting_id, Registration.state == "waiting", ~asked, _reached(Party.id).exists())
        .group_by(Party.id)
        .order_by(lapsed, func.min(Registration.queue_number), func.min(Registration.id))
    )
    return [Waiting(party_id, size, takes == "any") for party_id, size, takes in rows]


def _reached(party_id: Any) -> Select[int]:
    """Select who of a party can be told something unprompted."""
    member = aliased(Registration)
    return (
        select(Person.id)
        .join(member, member.person_id == Person.id)
        .where(
            member.party_id == party_id,
            member.state.in_(AHEAD),
            Person.chat_id.is_not(None),
            Person.unreachable_since.is_(None),
            Person.tell == "all",
        )
        .order_by(Person.id)
    )


def _of_party(session: Session, party_id: int, state: str) -> Sequence[Registration]:
    return session.scalars(
        select(Registration)
        .where(Registration.party_id == party_id, Registration.state == state)
        .order_by(Registration.id)
        .execution_options(populate_existing=True)
    ).all()
