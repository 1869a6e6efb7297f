"""Giving up places, positions and offers, alone or several at once, and taking that back.

Whoever calls holds the meeting's lock. Those who leave in one act share its moment, and come back together.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from civic import audit, meetings, needs, offers, places, wards, workshops
from civic.audit import Actor
from civic.errors import OfferGone, PartyFull, PlaceGone
from civic.places import HOLD, LARGEST_PARTY, ON_THE_LIST
from civic.schema import Audit, Meeting, Offer, Registration

REGRETTED: Final = timedelta(days=1)
"""Within which «I made a mistake», in words alone, means what was given up last."""


def leave(
    session: Session, leaving: Sequence[Registration], *, act: str = "cancel", actor: Actor, now: datetime
) -> None:
    """Let some of one party go in one act: places and offers are held for two minutes, then go to who waits."""
    for registration in leaving:
        old: dict[str, Any] = {"state": registration.state, "workshop": registration.workshop_id}
        registration.cancelled_from = registration.state
        registration.state = "cancelled"
        registration.cancelled_at = now
        registration.workshop_id = registration.badge = None
        subject = f"r{registration.id}"
        audit.record(session, actor, act, subject, now=now, meeting_id=registration.meeting_id, old=old)
    session.flush()
    for party_id in {registration.party_id for registration in leaving}:
        shrink_offer(session, party_id, "declined", now)


def shrink_offer(session: Session, party_id: int, end: str, now: datetime) -> None:
    """Let a party's open offer be for those who are still in it; with nobody left it ends (`declined`, `withdrawn`)."""
    offer = offers.open_of(session, party_id)
    if offer is None:
        return
    left = session.scalar(
        select(func.count()).where(Registration.party_id == party_id, Registration.state == "offered")
    )
    if left:
        offer.places = left
    else:
        offer.state = end
        offer.closed_at = now
    session.flush()


def decline(session: Session, offer_id: int, *, person_id: int, actor: Actor, now: datetime) -> Registration:
    """Turn an offer down, which leaves the list, for all that she answers for; a place that she has is still hers.

    What was offered is held for two minutes, for a change of mind. Declining after it lapsed leaves the list too.
    Raises OfferGone for one that was accepted or withdrawn, MeetingStarted, MeetingCancelled.
    """
    meeting, offer, own = offers.answering(session, offer_id, person_id)
    on_the_list = offers.spoken_for(session, offer.party_id, person_id, ON_THE_LIST)
    if not on_the_list and (own.state == "cancelled" or offer.state in {"declined", "excused"}):
        return own
    places.check_open(meeting, now)
    going = [each for each in on_the_list if offer.state == "open" or each.state == "waiting"]
    if offer.state not in {"open", "lapsed", "excused"} or not going:
        raise OfferGone(meeting.id)
    if offer.state == "lapsed":
        offer.state = "excused"
        offer.closed_at = now
    leave(session, going, act="decline", actor=actor, now=now)
    return own


def undo_decline(session: Session, offer_id: int, *, person_id: int, actor: Actor, now: datetime) -> Registration:
    """Bring a declined offer back: for two minutes, or as long as nobody else has the place; else PlaceGone."""
    meeting, offer, own = offers.answering(session, offer_id, person_id)
    gone = turned_down(offer, offers.spoken_for(session, offer.party_id, person_id, ("cancelled",)))
    if not gone and own.state != "cancelled":
        return own
    places.check_open(meeting, now)
    if not gone:
        raise PlaceGone(meeting.id)
    latest = max(gone, key=lambda each: each.cancelled_at or now)
    come_back(session, meeting, gone_together(session, latest), actor=actor, now=now)
    return own


def turned_down(offer: Offer, gone: Sequence[Registration]) -> list[Registration]:
    """Pick who of a party left because an offer was turned down; after its time had passed, they were still waiting."""
    was = {"open": "offered", "declined": "offered", "accepted": "offered", "excused": "waiting"}.get(offer.state)
    return [
        each
        for each in gone
        if was and each.cancelled_from == was and each.cancelled_at and each.cancelled_at >= offer.made_at
    ]


def given_up(session: Session, person_id: int | None, now: datetime) -> Registration | None:
    """Find what a person, or somebody for whom she answers, gave up last, within a day; None for nothing."""
    theirs = [person_id, *(each.id for each in wards.of(session, person_id))]
    brought = and_(Registration.person_id.is_(None), Registration.registered_by.in_(theirs))
    return session.scalars(
        select(Registration)
        .where(
            or_(Registration.person_id.in_(theirs), brought),
            Registration.state == "cancelled",
            Registration.cancelled_from.is_not(None),
            Registration.cancelled_at > now - REGRETTED,
        )
        .order_by(Registration.cancelled_at.desc(), Registration.person_id.is_(None), Registration.id)
        .limit(1)
    ).first()


def dropped_last(session: Session, party_id: int, person_id: int) -> Registration | None:
    """Find a companion whom a person dropped last of a party; None for nobody."""
    return session.scalars(
        select(Registration)
        .where(
            Registration.party_id == party_id,
            Registration.person_id.is_(None),
            Registration.registered_by == person_id,
            Registration.state == "cancelled",
        )
        .order_by(Registration.cancelled_at.desc(), Registration.id)
        .limit(1)
    ).first()


def take_back(session: Session, registration: Registration, *, actor: Actor, now: datetime) -> None:
    """Bring back what was given up, with all who left in that act; raises what `come_back` does, and MeetingStarted."""
    meeting = meetings.lock(session, registration.meeting_id)
    session.refresh(registration)
    if registration.state == "cancelled":
        places.check_open(meeting, now)
        come_back(session, meeting, gone_together(session, registration), actor=actor, now=now)


def gone_together(session: Session, registration: Registration) -> Sequence[Registration]:
    """List who of a party left in the same act."""
    return session.scalars(
        select(Registration)
        .where(
            Registration.party_id == registration.party_id,
            Registration.state == "cancelled",
            Registration.cancelled_at == registration.cancelled_at,
            Registration.cancelled_from.is_not(None),
        )
        .order_by(Registration.id)
    ).all()


def is_held(registration: Registration, now: datetime) -> bool:
    """Tell whether what was given up is still kept for who gave it up."""
    return (
        registration.cancelled_from is not None
        and registration.cancelled_at is not None
        and registration.cancelled_at > now - HOLD
    )


def may_come_back(session: Session, registration: Registration, now: datetime) -> bool:
    """Tell whether «Fue un error» brings back what was given up: it is held, or nobody else has it."""
    if registration.state != "cancelled" or registration.cancelled_from is None:
        return False
    meeting = session.get_one(Meeting, registration.meeting_id)
    back = gone_together(session, registration)
    room = places.in_party(session, registration.party_id) + len(back) <= LARGEST_PARTY
    return room and places.is_open(meeting, now) and _are_theirs(session, meeting, back, now)


def come_back(session: Session, meeting: Meeting, back: Sequence[Registration], *, actor: Actor, now: datetime) -> None:
    """Bring back some who left in one act, to what they were; raises PlaceGone when any of it is not theirs any more.

    Where others joined the party since, so that it would be too large, it raises PartyFull.
    An offer whose time has passed in between comes back as a position on the list.
    """
    if not back or not _are_theirs(session, meeting, back, now):
        raise PlaceGone(meeting.id)
    party_id = back[0].party_id
    if places.in_party(session, party_id) + len(back) > LARGEST_PARTY:
        raise PartyFull(meeting.id)
    number = offers.number_of(session, party_id)
    before = {each.id: each.cancelled_from or "waiting" for each in back}
    if "offered" in before.values() and not _offer_again(
        session, meeting, party_id, len([was for was in before.values() if was == "offered"]), now
    ):
        before = {key: "waiting" if was == "offered" else was for key, was in before.items()}
    for registration in back:
        registration.state = before[registration.id]
        registration.cancelled_at = registration.cancelled_from = None
        if registration.state in ON_THE_LIST and number is not None:
            registration.queue_number = number
        subject, new = f"r{registration.id}", {"state": registration.state}
        audit.record(session, actor, "undo", subject, now=now, meeting_id=meeting.id, new=new)
    session.flush()
    if meeting.seating:
        for registration in back:
            if registration.state == "registered":
                workshops.seat_one(session, registration, now=now, rather=_seat_before(session, registration))
    needs.changed(session, meeting, now=now)
    if "waiting" in before.values():
        offers.serve(session, meeting, now)


def _are_theirs(session: Session, meeting: Meeting, back: Sequence[Registration], now: datetime) -> bool:
    """Tell whether places and positions are still held for who gave them up, or nobody else has them.

    A hold that ended for a later act than this one, which was done before it, holds no more.
    """
    had = [each.cancelled_from for each in back]
    if None in had:
        return False
    taking = sum(was != "waiting" for was in had)
    if taking:
        tally = places.tally(session, meeting, now)
        if is_held(back[0], now):
            return tally.fits
        offer = offers.latest_of(session, back[0].party_id)
        if "offered" in had and (offer is None or now >= offer.expires_at):
            return False
        return offers.left_over(session, meeting.id, tally.free) >= taking
    return is_held(back[0], now) or not session.scalar(
        select(func.count()).where(
            Registration.meeting_id == meeting.id,
            Registration.state.in_(ON_THE_LIST),
            Registration.queue_number > back[0].queue_number,
        )
    )


def _offer_again(session: Session, meeting: Meeting, party_id: int, size: int, now: datetime) -> bool:
    """Open a party's offer again for so many more; False when its time has passed."""
    offer = offers.latest_of(session, party_id)
    if offer is None:
        raise PlaceGone(meeting.id)
    if offer.state == "open":
        offer.places += size
    elif now >= offer.expires_at:
        if offer.state == "declined":
            offer.state = "excused"
            offer.closed_at = now
        return False
    elif offer.state == "declined":
        offer.state = "open"
        offer.places = size
        offer.closed_at = None
    else:  # others of the party took their part of it in the meantime
        session.add(
            Offer(
                meeting_id=meeting.id,
                party_id=party_id,
                places=size,
                made_at=offer.made_at,
                expires_at=offer.expires_at,
                state="open",
            )
        )
    session.flush()
    return True


def _seat_before(session: Session, registration: Registration) -> int | None:
    """Say in which workshop she was when she gave up her place: the act remembers."""
    last = session.scalars(
        select(Audit)
        .where(Audit.subject == f"r{registration.id}", Audit.act.in_(("cancel", "drop")))
        .order_by(Audit.id.desc())
        .limit(1)
    ).first()
    return last.old.get("workshop") if last and last.old else None
