"""Commitments as an organiser writes them in the chat: saved at each word, seen by nobody before they are published.

A draft is the commitment itself, not yet published; its evidence waits in `update_draft`. What goes out is exactly what
was shown: a fingerprint of the draft goes with the preview. `update_drafts` does the same for what follows.
"""

import hashlib
import json
import re
import unicodedata
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import audit, commitments, evidence_drafts, meetings, staff
from civic.audit import Actor
from civic.commitments import Published
from civic.daytime import local_date
from civic.errors import CommitmentUnknown, DraftChanged, NotAnOrganiser, NothingOpen, NotTaken, SentAlready
from civic.schema import Commitment, Entity, Evidence, Meeting, UpdateDraft

LONGEST: Final = 1000
"""Characters of a commitment's text, of who answers for it and of its indicator."""
FIELDS: Final = ("text", "responsible", "due", "indicator")
"""What is written of a commitment, in the order in which it is asked; the entity is chosen."""

_COLUMNS: Final = {"text": "text", "responsible": "responsible", "due": "due_on", "indicator": "indicator"}
_LONGEST_SLUG: Final = 34
"""Characters, which leaves room for a number."""


# A commitment ----------------------------------------------------------------------------------------------------


def begin(session: Session, meeting_id: int, text: str, *, actor: Actor, now: datetime) -> Commitment:
    """Write a new commitment down as a draft, of the first entity that convenes until another is chosen (M13).

    Raises NotAnOrganiser, and NotTaken for a text that is empty or too long.
    """
    meeting = _own_meeting(session, meeting_id, actor)
    said = words(text, LONGEST)
    entity = meetings.entities(session, meeting.id)[0]
    row = Commitment(meeting_id=meeting.id, entity_id=entity.id, slug=_slug(session, meeting.id, said), text=said)
    row.answers = []
    session.add(row)
    session.flush()
    audit.record(session, actor, "drafted", f"c{row.id}", now=now, meeting_id=meeting.id, new={"slug": row.slug})
    return row


def write(
    session: Session, commitment_id: int, field: str, value: str | date, *, actor: Actor, now: datetime
) -> Commitment:
    """Change a draft's text, responsible, indicator (words) or due date (a day in the meeting's zone, not past).

    Raises NotAnOrganiser, NothingOpen for what is published already, and NotTaken for what cannot stand there.
    """
    row = _own_draft(session, commitment_id, actor)
    if field not in FIELDS:
        raise NothingOpen
    if isinstance(value, date):
        not_past(session, row, value, now)
    elif field != "due":
        value = words(value, LONGEST)
    else:
        raise NotTaken("not_a_date")
    before = getattr(row, _COLUMNS[field])
    setattr(row, _COLUMNS[field], value)
    session.flush()
    _redrafted(session, row, field, before, value, actor=actor, now=now)
    return row


def choose_entity(session: Session, commitment_id: int, entity_id: int, *, actor: Actor, now: datetime) -> Commitment:
    """Say which of the convening entities a draft commits (M15); raises as `write` does."""
    row = _own_draft(session, commitment_id, actor)
    if entity_id not in {each.id for each in meetings.entities(session, row.meeting_id)}:
        raise NothingOpen
    before, row.entity_id = row.entity_id, entity_id
    session.flush()
    names = [session.get_one(Entity, number).name for number in (before, entity_id)]
    _redrafted(session, row, "entity", *names, actor=actor, now=now)
    return row


def _redrafted(
    session: Session, row: Commitment, field: str, before: Any, value: Any, *, actor: Actor, now: datetime
) -> None:
    """Leave a row of a field of a draft, old and new."""
    old, new = ({field: each.isoformat() if isinstance(each, date) else each} for each in (before, value))
    audit.record(session, actor, "redrafted", f"c{row.id}", now=now, meeting_id=row.meeting_id, old=old, new=new)


def discard(session: Session, commitment_id: int, fingerprint: str, *, actor: Actor, now: datetime) -> int:
    """Delete a draft that nobody changed since it was shown; give its meeting's id. Raises DraftChanged besides."""
    row = _own_draft(session, commitment_id, actor)
    if fingerprint_of(session, row) != fingerprint:
        raise DraftChanged
    _let_go_of(session, row.id)
    old = {"slug": row.slug, "text": row.text}
    audit.record(session, actor, "draft_deleted", f"c{row.id}", now=now, meeting_id=row.meeting_id, old=old)
    session.delete(row)
    session.flush()
    return row.meeting_id


def obstacles(session: Session, row: Commitment) -> list[str]:
    """Name what keeps a draft from being published: not_convened, cancelled, responsible, due, indicator (M13)."""
    meeting = session.get_one(Meeting, row.meeting_id)
    state = {"draft": ["not_convened"], "cancelled": ["cancelled"]}.get(meeting.state, [])
    return state + [field for field in FIELDS if not getattr(row, _COLUMNS[field])]


def publish(session: Session, commitment_id: int, fingerprint: str, *, actor: Actor, now: datetime) -> Published:
    """Publish a draft as it was shown, and tell who follows (M14).

    Raises NotAnOrganiser, SentAlready for what is published, DraftChanged when it is not what was shown or something
    keeps it back (`obstacles`).
    """
    row = _own_commitment(session, commitment_id, actor)
    if row.published_at is not None:
        raise SentAlready(row.id)
    if fingerprint_of(session, row) != fingerprint or obstacles(session, row):
        raise DraftChanged
    code = session.get_one(Meeting, row.meeting_id).code
    (done,) = commitments.publish(session, code, [row.slug], actor=actor, now=now)
    for each in evidence_drafts.of_commitment(session, row.id):
        proof = {"sha256": each.get("sha256"), "address": each.get("address")}
        session.add(Evidence(update_id=done.update_id, name=each["name"], **proof))
    session.flush()
    _let_go_of(session, row.id)
    return done


def fingerprint_of(session: Session, row: Commitment) -> str:
    """Give a short sign of all that a draft says, its evidence included: another text, another sign."""
    due = row.due_on.isoformat() if row.due_on else None
    evidence = evidence_drafts.of_commitment(session, row.id)
    return sign([row.id, row.text, row.entity_id, row.responsible, due, row.indicator, evidence])


def own(session: Session, commitment_id: int, person_id: int | None) -> Commitment:
    """Find a commitment, drafts too, for who organises its meeting; raises CommitmentUnknown or NotAnOrganiser."""
    row = session.get(Commitment, commitment_id)
    if row is None:
        raise CommitmentUnknown
    if not staff.organises(session, person_id, row.meeting_id):
        raise NotAnOrganiser
    return row


# Behind them -----------------------------------------------------------------------------------------------------


def _own_meeting(session: Session, meeting_id: int, actor: Actor) -> Meeting:
    """Lock a meeting that the actor organises at this moment."""
    meeting = meetings.lock(session, meeting_id)
    if not staff.organises(session, actor.person_id, meeting.id):
        raise NotAnOrganiser
    return meeting


def _own_commitment(session: Session, commitment_id: int, actor: Actor) -> Commitment:
    """Lock a commitment, after its meeting, for who organises that."""
    found = own(session, commitment_id, actor.person_id)
    _own_meeting(session, found.meeting_id, actor)
    row = session.scalar(
        select(Commitment)
        .where(Commitment.id == commitment_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise CommitmentUnknown
    return row


def _own_draft(session: Session, commitment_id: int, actor: Actor) -> Commitment:
    row = _own_commitment(session, commitment_id, actor)
    if row.published_at is not None:
        raise SentAlready(row.id)
    return row


def open_to(session: Session, commitment_id: int, actor: Actor) -> Commitment:
    """Lock a commitment that may still say something: one that was not withdrawn."""
    row = _own_commitment(session, commitment_id, actor)
    if row.withdrawn_because is not None:
        raise NothingOpen
    return row


def _let_go_of(session: Session, commitment_id: int) -> None:
    """Let go all drafts about a commitment: they went out, or it is deleted."""
    for draft in session.scalars(select(UpdateDraft).where(UpdateDraft.commitment_id == commitment_id)).all():
        evidence_drafts.let_go(session, draft)


def words(text: str, most: int) -> str:
    """Take 1 to so many characters, without the space around them; raises NotTaken."""
    said = text.strip()
    if not 0 < len(said) <= most:
        raise NotTaken("too_long", most)
    return said


def not_past(session: Session, row: Commitment, day: date, now: datetime) -> None:
    """Raise NotTaken for a day that is over in the zone of a commitment's meeting."""
    if day < local_date(now, session.get_one(Meeting, row.meeting_id).timezone):
        raise NotTaken("past")


def _slug(session: Session, meeting_id: int, text: str) -> str:
    """Make a commitment's id out of its first words, of no other in its meeting."""
    spelt = unicodedata.normalize("NFKD", text.casefold())
    joined = re.sub(r"[^a-z0-9]+", "-", "".join(each for each in spelt if not unicodedata.combining(each))).strip("-")
    stem = joined if len(joined) <= _LONGEST_SLUG else joined[: _LONGEST_SLUG + 1].rpartition("-")[0] or joined
    stem = stem[:_LONGEST_SLUG].strip("-") or "c"
    taken = set(session.scalars(select(Commitment.slug).where(Commitment.meeting_id == meeting_id)))
    slug, number = stem, 1
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


def sign(said: list[Any]) -> str:
    """Give a short sign of what a draft says: what differs in anything has another."""
    return hashlib.sha256(json.dumps(said, ensure_ascii=True, sort_keys=True).encode()).hexdigest()[:10]
