"""Commitments and their updates as an organiser writes them in the chat: saved at each word, seen by nobody before.

A draft of a commitment is the commitment itself, not yet published; a draft of an update is a row of its own, one per
commitment and organiser, which holds the evidence of a commitment's publication, too. What goes out is exactly what was
shown: a fingerprint of the draft goes with the preview.
"""

import hashlib
import json
import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import audit, commitments, evidence_drafts, meetings, staff
from civic.audit import Actor
from civic.commitments import STATUSES, Change, Published
from civic.daytime import local_date
from civic.errors import CommitmentUnknown, DraftChanged, NotAnOrganiser, NothingOpen, NotTaken, SentAlready
from civic.schema import Commitment, CommitmentUpdate, Evidence, Meeting, UpdateDraft

LONGEST: Final = 1000
"""Characters of a commitment's text, of who answers for it and of its indicator."""
KEPT: Final = timedelta(days=30)
"""How long the draft of an update waits for its organiser."""
FIELDS: Final = ("text", "responsible", "due", "indicator")
"""What is written of a commitment, in the order in which it is asked; the entity is chosen."""
UPDATE_FIELDS: Final = ("progress", "note", "due", "because")
"""What is written of an update; its status is chosen, its evidence sent."""

_COLUMNS: Final = {"text": "text", "responsible": "responsible", "due": "due_on", "indicator": "indicator"}
_LONGEST_SLUG: Final = 34
"""Characters, which leaves room for a number."""


# A commitment ----------------------------------------------------------------------------------------------------


def begin(session: Session, meeting_id: int, text: str, *, actor: Actor, now: datetime) -> Commitment:
    """Write a new commitment down as a draft, of the first entity that convenes until another is chosen (M13).

    Raises NotAnOrganiser, and NotTaken for a text that is empty or too long.
    """
    meeting = _own_meeting(session, meeting_id, actor)
    said = _words(text, LONGEST)
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
        _not_past(session, row, value, now)
    elif field != "due":
        value = _words(value, LONGEST)
    else:
        raise NotTaken("not_a_date")
    setattr(row, _COLUMNS[field], value)
    session.flush()
    audit.record(session, actor, "redrafted", f"c{row.id}", now=now, meeting_id=row.meeting_id, new={"field": field})
    return row


def choose_entity(session: Session, commitment_id: int, entity_id: int, *, actor: Actor, now: datetime) -> Commitment:
    """Say which of the convening entities a draft commits (M15); raises as `write` does."""
    row = _own_draft(session, commitment_id, actor)
    if entity_id not in {each.id for each in meetings.entities(session, row.meeting_id)}:
        raise NothingOpen
    row.entity_id = entity_id
    session.flush()
    audit.record(session, actor, "redrafted", f"c{row.id}", now=now, meeting_id=row.meeting_id, new={"field": "entity"})
    return row


def discard(session: Session, commitment_id: int, fingerprint: str, *, actor: Actor, now: datetime) -> int:
    """Delete a draft that nobody changed since it was shown; give its meeting's id. Raises DraftChanged besides."""
    row = _own_draft(session, commitment_id, actor)
    if fingerprint_of(session, row) != fingerprint:
        raise DraftChanged
    _let_go_of(session, row.id)
    old = {"slug": row.slug}
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
    return _sign([row.id, row.text, row.entity_id, row.responsible, due, row.indicator, evidence])


def own(session: Session, commitment_id: int, person_id: int | None) -> Commitment:
    """Find a commitment, drafts too, for who organises its meeting; raises CommitmentUnknown or NotAnOrganiser."""
    row = session.get(Commitment, commitment_id)
    if row is None:
        raise CommitmentUnknown
    if not staff.organises(session, person_id, row.meeting_id):
        raise NotAnOrganiser
    return row


# Its update ------------------------------------------------------------------------------------------------------


def update_of(session: Session, commitment_id: int, person_id: int | None) -> UpdateDraft | None:
    """Give the update that an organiser is writing; None when there is none."""
    return session.scalar(
        select(UpdateDraft).where(UpdateDraft.commitment_id == commitment_id, UpdateDraft.person_id == person_id)
    )


def empty_update(commitment_id: int, person_id: int, now: datetime) -> UpdateDraft:
    """Make a draft that says nothing and is kept nowhere: what an update begins from."""
    return UpdateDraft(commitment_id=commitment_id, person_id=person_id, evidence=[], touched_at=now)


def write_update(session: Session, commitment_id: int, *, actor: Actor, now: datetime, **said: Any) -> UpdateDraft:
    """Save words of an update: status, progress (0 to 100), note, due_on (not past), because.

    Raises NotAnOrganiser, NothingOpen for what takes no updates, and NotTaken for what cannot stand there.
    """
    row = _own_published(session, commitment_id, actor)
    for field, value in said.items():
        said[field] = _checked(session, row, field, value, now)
    draft = _draft_of(session, row, actor, now)
    for field, value in said.items():
        setattr(draft, field, value)
    if draft.due_on == _last(session, row.id).due_on:
        draft.due_on = draft.because = None
    session.flush()
    return draft


def add_evidence(
    session: Session,
    commitment_id: int,
    proof: commitments.Proof,
    *,
    note: str | None = None,
    actor: Actor,
    now: datetime,
) -> UpdateDraft:
    """Add a file or an address to an update's draft, or to a commitment's, to be published with it.

    A file's caption becomes the update's note where it has none. Raises as `write_update` does.
    """
    row = _own_open(session, commitment_id, actor)
    draft = _draft_of(session, row, actor, now)
    evidence_drafts.add(session, draft, proof)
    if note and note.strip() and draft.note is None and row.published_at is not None:
        draft.note = note.strip()[: commitments.LONGEST_NOTE]
    session.flush()
    return draft


def remove_evidence(session: Session, commitment_id: int, key: str, *, actor: Actor, now: datetime) -> None:
    """Take evidence out of an update's draft, or of a commitment's, by its key; once more is harmless."""
    row = _own_open(session, commitment_id, actor)
    drafts = select(UpdateDraft).where(UpdateDraft.commitment_id == row.id)
    if row.published_at is not None:
        drafts = drafts.where(UpdateDraft.person_id == actor.person_id)
    for draft in session.scalars(drafts).all():
        draft.touched_at = now
        evidence_drafts.remove(session, draft, key)


def discard_update(session: Session, commitment_id: int, *, actor: Actor) -> None:
    """Let the draft of an update go; once more is harmless."""
    row = _own_published(session, commitment_id, actor)
    draft = update_of(session, row.id, actor.person_id)
    if draft is not None:
        evidence_drafts.let_go(session, draft)


def update_obstacles(session: Session, draft: UpdateDraft) -> list[str]:
    """Name what keeps an update back: because (a new due date without its reason), nothing (it changes nothing)."""
    last = _last(session, draft.commitment_id)
    if draft.due_on is not None and not draft.because:
        return ["because"]
    changes = (
        draft.status not in {None, last.status},
        draft.progress not in {None, last.progress},
        draft.note not in (None, last.note),
        draft.due_on not in {None, last.due_on},
        bool(draft.evidence),
    )
    return [] if any(changes) else ["nothing"]


def send(session: Session, commitment_id: int, fingerprint: str, *, actor: Actor, now: datetime) -> Published:
    """Send an update as it was shown, and tell who follows (M14); its draft is gone then.

    Raises NotAnOrganiser, SentAlready on a second tap, NothingOpen without a draft, DraftChanged when it is not what
    was shown or something keeps it back (`update_obstacles`).
    """
    row = _own_published(session, commitment_id, actor)
    draft = update_of(session, row.id, actor.person_id)
    if draft is None:
        raise SentAlready(row.id) if _last(session, row.id).author_id == actor.person_id else NothingOpen
    if update_fingerprint(session, draft) != fingerprint or update_obstacles(session, draft):
        raise DraftChanged
    change = Change(
        status=draft.status,
        progress=draft.progress,
        note=draft.note,
        proofs=evidence_drafts.proofs(session, draft.evidence),
        due_on=draft.due_on,
        because=draft.because,
    )
    code = session.get_one(Meeting, row.meeting_id).code
    done = commitments.update(session, code, row.slug, change, actor=actor, now=now)
    session.delete(draft)
    session.flush()
    return done


def update_fingerprint(session: Session, draft: UpdateDraft) -> str:
    """Give a short sign of all that an update says, and of what it comes after."""
    due = draft.due_on.isoformat() if draft.due_on else None
    said = [draft.status, draft.progress, draft.note, due, draft.because, draft.evidence]
    return _sign([draft.commitment_id, _last(session, draft.commitment_id).number, *said])


def let_go(session: Session, *, now: datetime) -> None:
    """Let go the drafts of updates that nobody touched for 30 days, with their files. Retention's tick.

    What belongs to a commitment that is not published yet waits as long as that does.
    """
    published = select(Commitment.id).where(Commitment.published_at.is_not(None))
    old = select(UpdateDraft).where(UpdateDraft.touched_at < now - KEPT, UpdateDraft.commitment_id.in_(published))
    for draft in session.scalars(old).all():
        evidence_drafts.let_go(session, draft)


def forget(session: Session, person_id: int) -> None:
    """Let go what a person was drafting, with its files: she is erased."""
    for draft in session.scalars(select(UpdateDraft).where(UpdateDraft.person_id == person_id)).all():
        evidence_drafts.let_go(session, draft)


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


def _own_open(session: Session, commitment_id: int, actor: Actor) -> Commitment:
    """Lock a commitment that may still say something: one that was not withdrawn."""
    row = _own_commitment(session, commitment_id, actor)
    if row.withdrawn_because is not None:
        raise NothingOpen
    return row


def _own_published(session: Session, commitment_id: int, actor: Actor) -> Commitment:
    row = _own_open(session, commitment_id, actor)
    if row.published_at is None:
        raise NothingOpen
    return row


def _let_go_of(session: Session, commitment_id: int) -> None:
    """Let go all drafts about a commitment: they went out, or it is deleted."""
    for draft in session.scalars(select(UpdateDraft).where(UpdateDraft.commitment_id == commitment_id)).all():
        evidence_drafts.let_go(session, draft)


def _draft_of(session: Session, row: Commitment, actor: Actor, now: datetime) -> UpdateDraft:
    """Give the actor's draft, made when there is none; the commitment is locked."""
    draft = update_of(session, row.id, actor.person_id)
    if draft is None:
        if actor.person_id is None:
            raise NotAnOrganiser
        draft = empty_update(row.id, actor.person_id, now)
        session.add(draft)
    draft.touched_at = now
    return draft


def _checked(session: Session, row: Commitment, field: str, value: Any, now: datetime) -> Any:
    """Take a value of an update as it will be kept; None takes it back."""
    if value is None:
        return None
    match field:
        case "status" if value not in STATUSES:
            raise NothingOpen
        case "progress" if not 0 <= value <= commitments.WHOLE:
            raise NotTaken("not_a_percentage")
        case "due_on":
            _not_past(session, row, value, now)
        case "note":
            return _words(value, commitments.LONGEST_NOTE)
        case "because":
            return _words(value, commitments.LONGEST_REASON)
    return value


def _words(text: str, most: int) -> str:
    said = text.strip()
    if not 0 < len(said) <= most:
        raise NotTaken("too_long", most)
    return said


def _not_past(session: Session, row: Commitment, day: date, now: datetime) -> None:
    if day < local_date(now, session.get_one(Meeting, row.meeting_id).timezone):
        raise NotTaken("past")


def _last(session: Session, commitment_id: int) -> CommitmentUpdate:
    return session.scalars(
        select(CommitmentUpdate)
        .where(CommitmentUpdate.commitment_id == commitment_id)
        .order_by(CommitmentUpdate.number.desc())
        .limit(1)
    ).one()


def _slug(session: Session, meeting_id: int, text: str) -> str:
    """Make a commitment's id out of its first words, of no other in its meeting."""
    spelt = unicodedata.normalize("NFKD", text.casefold())
    words = re.sub(r"[^a-z0-9]+", "-", "".join(each for each in spelt if not unicodedata.combining(each))).strip("-")
    stem = words if len(words) <= _LONGEST_SLUG else words[: _LONGEST_SLUG + 1].rpartition("-")[0] or words
    stem = stem[:_LONGEST_SLUG].strip("-") or "c"
    taken = set(session.scalars(select(Commitment.slug).where(Commitment.meeting_id == meeting_id)))
    slug, number = stem, 1
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


def _sign(said: list[Any]) -> str:
    return hashlib.sha256(json.dumps(said, ensure_ascii=True, sort_keys=True).encode()).hexdigest()[:10]
