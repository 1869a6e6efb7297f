"""Which place of a person's own something is about: a meeting, an offer, or a companion whom she brought."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic.schema import Offer, Registration


def own_in(session: Session, person_id: int | None, meeting_id: int) -> int | None:
    """Find a person's registration in a meeting, whatever its state; None without one."""
    return session.scalar(
        select(Registration.id).where(
            Registration.meeting_id == meeting_id,
            Registration.person_id.is_not(None),
            Registration.person_id == person_id,
        )
    )


def own_beside(session: Session, person_id: int | None, registration_id: int) -> int | None:
    """Find a person's registration that this is, or beside which this companion of hers is; None for another's."""
    found = session.get(Registration, registration_id)
    if found is None or person_id is None or person_id not in {found.person_id, found.registered_by}:
        return None
    return found.id if found.person_id == person_id else own_in(session, person_id, found.meeting_id)


def own_of_offer(session: Session, person_id: int | None, offer_id: int) -> int | None:
    """Find a person's registration in the meeting of an offer that was for her, or for whom she brought."""
    offer = session.get(Offer, offer_id)
    if offer is None or person_id is None:
        return None
    hers = select(Registration.id).where(
        Registration.party_id == offer.party_id,
        func.coalesce(Registration.person_id, Registration.registered_by) == person_id,
    )
    return None if session.scalar(hers.limit(1)) is None else own_in(session, person_id, offer.meeting_id)
