"""Whom owed rows of the outbox are for, and which meetings they are about: a statement for many of them."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from civic.schema import Commitment, CommitmentUpdate, Conversation, Meeting, Offer, Outbox, Person, Registration


def people(session: Session, rows: Iterable[Outbox]) -> dict[int, Person]:
    """Find who each row is for, by id."""
    ids = {row.person_id for row in rows if row.person_id is not None}
    found = session.scalars(select(Person).where(Person.id.in_(ids))) if ids else ()
    return {person.id: person for person in found}


def languages(session: Session, chats: set[int]) -> dict[int, str]:
    """Say in which language each chat without a person is spoken to."""
    talks = session.scalars(select(Conversation).where(Conversation.chat_id.in_(chats))) if chats else ()
    return {talk.chat_id: talk.data.get("language", "es") for talk in talks}


_WAYS: Final[dict[str, Select[int, int]]] = {
    "offer": select(Offer.id, Offer.meeting_id).where(Offer.id.in_(bindparam("ids", expanding=True))),
    "registration": select(Registration.id, Registration.meeting_id).where(
        Registration.id.in_(bindparam("ids", expanding=True))
    ),
    "update": select(CommitmentUpdate.id, Commitment.meeting_id)
    .join(Commitment, Commitment.id == CommitmentUpdate.commitment_id)
    .where(CommitmentUpdate.id.in_(bindparam("ids", expanding=True))),
}
"""From what a row's parameters name to its meeting."""


def meetings(session: Session, rows: Iterable[Outbox]) -> dict[int, Meeting]:
    """Find the meeting that each row is about, by row."""
    of_row = {row.id: row.params["meeting"] for row in rows if row.params and "meeting" in row.params}
    for word, way in _WAYS.items():
        named = {row.id: row.params[word] for row in rows if row.params and word in row.params}
        if named:
            found: dict[int, int] = dict(session.execute(way, {"ids": [*named.values()]}).all())
            of_row |= {row_id: found[subject] for row_id, subject in named.items() if subject in found}
    if not of_row:
        return {}
    found_meetings = session.scalars(select(Meeting).where(Meeting.id.in_(set(of_row.values()))))
    by_id = {each.id: each for each in found_meetings}
    return {row_id: by_id[meeting_id] for row_id, meeting_id in of_row.items() if meeting_id in by_id}
