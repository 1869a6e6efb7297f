"""Updates of commitments as an organiser writes them in the chat: saved at each word, seen by nobody before.

A draft is a row of its own, one per commitment and organiser; it also holds the evidence of a commitment that is not
published yet. What is sent is exactly what was shown: a fingerprint of the draft goes with the preview.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import commitments, drafting, evidence_drafts
from civic.audit import Actor
from civic.commitments import STATUSES, Change, Published
from civic.errors import DraftChanged, NotAnOrganiser, NothingOpen, NotTaken, SentAlready
from civic.schema import Commitment, CommitmentUpdate, Meeting, UpdateDraft

KEPT: Final = timedelta(days=30)
"""How long the draft of an update waits for its organiser."""


def of(session: Session, commitment_id: int, person_id: int | None) -> UpdateDraft | None:
    """Give the update that an organiser is writing; None when there is none."""
    return session.scalar(
        select(UpdateDraft).where(UpdateDraft.commitment_id == commitment_id, UpdateDraft.person_id == person_id)
    )


def empty(commitment_id: int, person_id: int, now: datetime) -> UpdateDraft:
    """Make a draft that says nothing and is kept nowhere: what an update begins from."""
    return UpdateDraft(commitment_id=commitment_id, person_id=person_id, evidence=[], touched_at=now)


def write(session: Session, commitment_id: int, *, actor: Actor, now: datetime, **said: Any) -> UpdateDraft:
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

    A file's caption becomes the update's note where it has none. Raises as `write` does.
    """
    row = drafting.open_to(session, commitment_id, actor)
    draft = _draft_of(session, row, actor, now)
    evidence_drafts.add(session, draft, proof)
    if note and note.strip() and draft.note is None and row.published_at is not None:
        draft.note = note.strip()[: commitments.LONGEST_NOTE]
    session.flush()
    return draft


def remove_evidence(session: Session, commitment_id: int, key: str, *, actor: Actor, now: datetime) -> None:
    """Take evidence out of an update's draft, or of a commitment's, by its key; once more is harmless."""
    row = drafting.open_to(session, commitment_id, actor)
    drafts = select(UpdateDraft).where(UpdateDraft.commitment_id == row.id)
    if row.published_at is not None:
        drafts = drafts.where(UpdateDraft.person_id == actor.person_id)
    for draft in session.scalars(drafts).all():
        draft.touched_at = now
        evidence_drafts.remove(session, draft, key)


def discard(session: Session, commitment_id: int, *, actor: Actor) -> None:
    """Let the draft of an update go; once more is harmless."""
    row = _own_published(session, commitment_id, actor)
    draft = of(session, row.id, actor.person_id)
    if draft is not None:
        evidence_drafts.let_go(session, draft)


def obstacles(session: Session, draft: UpdateDraft) -> list[str]:
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
    was shown or something keeps it back (`obstacles`).
    """
    row = _own_published(session, commitment_id, actor)
    draft = of(session, row.id, actor.person_id)
    if draft is None:
        raise SentAlready(row.id) if _last(session, row.id).author_id == actor.person_id else NothingOpen
    if fingerprint_of(session, draft) != fingerprint or obstacles(session, draft):
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


def fingerprint_of(session: Session, draft: UpdateDraft) -> str:
    """Give a short sign of all that an update says, and of what it comes after."""
    due = draft.due_on.isoformat() if draft.due_on else None
    said = [draft.status, draft.progress, draft.note, due, draft.because, draft.evidence]
    return drafting.sign([draft.commitment_id, _last(session, draft.commitment_id).number, *said])


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


def _own_published(session: Session, commitment_id: int, actor: Actor) -> Commitment:
    row = drafting.open_to(session, commitment_id, actor)
    if row.published_at is None:
        raise NothingOpen
    return row


def _draft_of(session: Session, row: Commitment, actor: Actor, now: datetime) -> UpdateDraft:
    """Give the actor's draft, made when there is none; the commitment is locked."""
    draft = of(session, row.id, actor.person_id)
    if draft is None:
        if actor.person_id is None:
            raise NotAnOrganiser
        draft = empty(row.id, actor.person_id, now)
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
            drafting.not_past(session, row, value, now)
        case "note":
            return drafting.words(value, commitments.LONGEST_NOTE)
        case "because":
            return drafting.words(value, commitments.LONGEST_REASON)
    return value


def _last(session: Session, commitment_id: int) -> CommitmentUpdate:
    return session.scalars(
        select(CommitmentUpdate)
        .where(CommitmentUpdate.commitment_id == commitment_id)
        .order_by(CommitmentUpdate.number.desc())
        .limit(1)
    ).one()
