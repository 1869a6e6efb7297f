"""Which meeting somebody speaks of: the one of the open question, else of her places ahead, else of those open."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import meetings, registration, wards
from civic.conversation import Reply
from civic.schema import Announcement, Commitment, Meeting, Offer, Party, PlannedAct, Registration


def meetings_in_question(
    session: Session, said: Sequence[Reply | None], person_id: int | None, now: datetime
) -> list[Meeting]:
    """List the meetings that a question may be about: one where that is clear, none where there is none at all.

    `said` is what was said to her, the open question first; its meeting is meant, or those of a day's message. Else
    those to which she comes, or somebody told on her phone. Drafts are nobody's business.
    """
    for reply in said:
        named = [each for each in _all_of(session, reply.params) if each.state != "draft"] if reply else []
        if named:
            return named
    phone = (person_id, *(each.id for each in wards.of(session, person_id)))
    hers = [each.meeting_id for one in phone for each in registration.active_of(session, one, now)]
    if hers:
        return [session.get_one(Meeting, number) for number in dict.fromkeys(hers)]
    found, _ = meetings.coming(session, now)
    return found


def _all_of(session: Session, params: Mapping[str, Any]) -> list[Meeting]:
    """Find the meetings that a reply is about: several only of a day's message."""
    parts = params.get("parts")
    about = dict.fromkeys(part["params"].get("meeting") for part in parts) if parts else ()
    found = [session.get(Meeting, number) for number in about if number] if parts else [_of(session, params)]
    return [each for each in found if each]


def _of(session: Session, params: Mapping[str, Any]) -> Meeting | None:
    """Find the meeting that a reply is about, by the ids in its parameters."""
    if "interrupted" in params:
        return _of(session, params["interrupted"].get("params", {}))
    number = params.get("meeting")
    if number is None and "code" in params:
        return session.scalar(select(Meeting).where(Meeting.code == params["code"]))
    if number is None:
        number = _through_a_place(session, params)
    return session.get(Meeting, number) if isinstance(number, int) else None


_OF_A_MEETING: Final[Mapping[str, type[Offer | Commitment | PlannedAct | Announcement]]] = {
    "offer": Offer,
    "commitment": Commitment,
    "act": PlannedAct,
    "announcement": Announcement,
}
"""What replies name by its id that belongs to a meeting."""


def _through_a_place(session: Session, params: Mapping[str, Any]) -> int | None:
    """Find a meeting's id through a registration, a party's link, or what organisers do with it."""
    for name in ("registration", "companion"):
        if row := session.get(Registration, params.get(name) or 0):
            return row.meeting_id
    for name, table in _OF_A_MEETING.items():
        if number := params.get(name):
            return session.scalar(select(table.meeting_id).where(table.id == number))
    link = params.get("link")
    return session.scalar(select(Party.meeting_id).where(Party.link == link)) if link else None
