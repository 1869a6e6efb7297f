"""Places that came free, offered to who waits: for a while, in the list's order, before any newcomer."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from civic import audit, meetings, needs, outbox, places, workshops
from civic.audit import BY_THE_CLOCK, Actor
from civic.daytime import after_daytime, daytime_between
from civic.errors import OfferGone, RegistrationUnknown
from civic.outbox import Priority
from civic.places import AHEAD, HOLD, ON_THE_LIST
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


def left_over(session: Session, meeting_id: int, free: int) -> int:
    """Say how many of so many free places nobody on the list would be offered now."""
    return free - sum(size for _, size in choose_offers(free, _line(session, meeting_id)))


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
    """Take all the places of an offer.

    Too late for the offer, the answer still counts (a silent person she is not): what is free is hers if she is next,
    else the registration comes back still waiting, with its position. Taking twice is taking once. Raises OfferGone
    for one that was declined or withdrawn, MeetingStarted, MeetingCancelled.
    """
    meeting, offer, own = answering(session, offer_id, person_id)
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
    workshops.seat_missing(session, meeting, now=now)  # whose party fitted nowhere until now has the seats first
    taking = _of_party(session, offer.party_id, "offered")
    for registration in taking:
        registration.state = "registered"
        registration.known_version = meeting.version
    session.flush()
    if meeting.seating:
        for registration in taking:
            workshops.seat_one(session, registration, now=now)
    needs.changed(session, meeting, now=now)
    audit.record(session, actor, "accept", f"o{offer.id}", now=now, meeting_id=meeting.id)
    session.flush()
    return own


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
    serving = {
        meeting_id
        for meeting_id, free in places.free_where_awaited(session, now).items()
        if choose_offers(free, _line(session, meeting_id))
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


def open_for(session: Session, person_id: int, now: datetime) -> Sequence[int]:
    """List the ids of the offers that a person may answer now, for herself or a companion of hers."""
    return session.scalars(
        select(Offer.id)
        .join(Registration, Registration.party_id == Offer.party_id)
        .where(
            Offer.state == "open",
            Offer.expires_at > now,
            Registration.state == "offered",
            func.coalesce(Registration.person_id, Registration.registered_by) == person_id,
        )
        .distinct()
        .order_by(Offer.id)
    ).all()


def latest_of(session: Session, party_id: int) -> Offer | None:
    """Find a party's newest offer, however it ended."""
    return session.scalars(select(Offer).where(Offer.party_id == party_id).order_by(Offer.id.desc()).limit(1)).first()


def number_of(session: Session, party_id: int) -> int | None:
    """Say which number the waiting ones of a party share; None when nobody of it is on the list."""
    return session.scalar(
        select(func.min(Registration.queue_number)).where(
            Registration.party_id == party_id, Registration.state.in_(ON_THE_LIST)
        )
    )


def spoken_for(
    session: Session, party_id: int, person_id: int, states: Collection[str] = AHEAD
) -> Sequence[Registration]:
    """List whom of a party a person answers for: herself, and companions of hers that nobody took over."""
    return session.scalars(
        select(Registration)
        .where(
            Registration.party_id == party_id,
            func.coalesce(Registration.person_id, Registration.registered_by) == person_id,
            Registration.state.in_(states),
        )
        .order_by(Registration.id)
        .execution_options(populate_existing=True)
    ).all()


def answering(session: Session, offer_id: int, person_id: int) -> tuple[Meeting, Offer, Registration]:
    """Lock an offer's meeting, and read the offer and who answers anew; RegistrationUnknown for who has no say.

    Who answers is her own registration, whatever its state; or one of her companions, where she has none.
    """
    offer = session.get(Offer, offer_id)
    if offer is None:
        raise RegistrationUnknown
    meeting = meetings.lock(session, offer.meeting_id)
    session.refresh(offer)
    hers = spoken_for(session, offer.party_id, person_id, (*AHEAD, "cancelled"))
    if not hers:
        raise RegistrationUnknown
    return meeting, offer, next((each for each in hers if each.person_id == person_id), hers[0])


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
    """Select who of a party can be told something unprompted: who waits, or answers for one that waits."""
    member = aliased(Registration)
    return (
        select(Person.id)
        .join(member, func.coalesce(member.person_id, member.registered_by) == Person.id)
        .where(
            member.party_id == party_id,
            member.state.in_(ON_THE_LIST),
            Person.chat_id.is_not(None),
            Person.unreachable_since.is_(None),
            Person.tell == "all",
        )
        .distinct()
        .order_by(Person.id)
    )


def _of_party(session: Session, party_id: int, state: str) -> Sequence[Registration]:
    return session.scalars(
        select(Registration)
        .where(Registration.party_id == party_id, Registration.state == state)
        .order_by(Registration.id)
        .execution_options(populate_existing=True)
    ).all()
