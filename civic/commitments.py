"""Commitments (M13, M14): written down as drafts, published whole, and changed afterwards only by updates that stay."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import audit, fan_out, files, following, meetings
from civic.audit import Actor
from civic.columns import Text
from civic.commitment_file import CommitmentDraft, CommitmentFile
from civic.daytime import end_of_minute, next_decent
from civic.errors import Faults
from civic.meeting_fields import is_address
from civic.schema import Commitment, CommitmentUpdate, Entity, Evidence, Meeting

STATUSES: Final = ("not_started", "in_progress", "fulfilled", "partly_fulfilled", "not_fulfilled")
LARGEST_EVIDENCE: Final = 20_000_000
"""Bytes of one file: what a bot may send and a phone may open."""
LONGEST_NOTE: Final = 2000
LONGEST_REASON: Final = 500
WHOLE: Final = 100
"""Per cent."""


@dataclass(frozen=True)
class Imported:
    """What an import did: slugs, in the file's order."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True)
class Proof:
    """Evidence of an update: a file's content with its type, or an address."""

    name: str
    content: bytes | None = None
    media_type: str = "application/octet-stream"
    address: str | None = None


@dataclass(frozen=True)
class Change:
    """What an update says; None (and no proofs) is left as it was."""

    status: str | None = None
    progress: int | None = None
    note: Text | None = None
    proofs: tuple[Proof, ...] = ()
    due_on: date | None = None
    because: str | None = None


@dataclass(frozen=True)
class Published:
    """What a publication or an update did."""

    slug: str
    update_id: int
    told: int | None
    """To how many people it is news; None of so many that the clock gathers them (`people_told`)."""
    due_at: datetime
    """When they are told: at the end of the minute, or in the morning."""


def import_commitments(session: Session, file: CommitmentFile, *, actor: Actor, now: datetime) -> Imported:
    """Write a file's commitments down as drafts; drafts change, and those that the file leaves out stay.

    Raises Faults for those of the file, an unknown meeting, an entity that does not convene it, and a published one
    that differs: all at once.
    """
    found = session.scalar(select(Meeting).where(Meeting.code == file.meeting))
    if found is None:
        raise Faults((*file.faults, *([f"meeting: {file.meeting} is unknown"] if file.meeting else [])))
    meeting = meetings.lock(session, found.id)
    convening = meetings.entities(session, meeting.id)
    known = {each.slug: each for each in _of(session, meeting.id)}
    faults = list(file.faults)
    created: list[str] = []
    changed: list[str] = []
    unchanged: list[str] = []
    for number, draft in enumerate(file.commitments, 1):
        if not draft.entity:
            continue  # a fault of the file
        entity_id = _entity(convening, draft.entity)
        if entity_id is None:
            codes = ", ".join(each.code for each in convening)
            faults.append(f"commitments[{number}].entity: {draft.entity} does not convene {meeting.code} ({codes} do)")
            continue
        columns = _columns(draft, entity_id)
        row = known.get(draft.slug)
        if row is None:
            session.add(Commitment(meeting_id=meeting.id, slug=draft.slug, **columns))
            created.append(draft.slug)
            continue
        differing = [name for name, value in columns.items() if getattr(row, name) != value]
        if row.published_at and differing:
            faults += [
                f"commitments[{number}].{_FIELDS[name]}: {draft.slug} is published and changes only by an update"
                for name in differing
            ]
        for name in differing:
            setattr(row, name, columns[name])
        (changed if differing else unchanged).append(draft.slug)
    if faults:
        raise Faults(tuple(faults))
    done = Imported(tuple(created), tuple(changed), tuple(unchanged))
    if created or changed:
        new = {"created": created, "changed": changed}
        audit.record(session, actor, "commitments_imported", f"m{meeting.id}", now=now, meeting_id=meeting.id, new=new)
    session.flush()
    return done


def publish(
    session: Session, code: str, slugs: Collection[str] | None, *, actor: Actor, now: datetime
) -> list[Published]:
    """Publish commitments of a convened meeting, all drafts by default, and tell who follows, once each (M14).

    Those that are published already are left as they are. Raises MeetingUnknown, and Faults with every lack at once:
    a responsible, a due date and an indicator are what M13 asks for.
    """
    meeting = meetings.lock(session, meetings.by_code(session, code).id)
    if meeting.state != "convened":
        why = (
            "is a draft: convene it first" if meeting.state == "draft" else "was cancelled: nothing was promised there"
        )
        raise Faults((f"{code} {why}",))
    rows = _of(session, meeting.id)
    known = {each.slug: each for each in rows}
    faults = [f"{slug}: {code} has no such commitment" for slug in slugs or () if slug not in known]
    chosen = [each for each in rows if each.published_at is None and (slugs is None or each.slug in slugs)]
    faults += [lack for each in chosen for lack in lacks(each)]
    if not chosen and not faults:
        faults.append(f"{code} has no draft to publish")
    if faults:
        raise Faults(tuple(faults))
    published = []
    for row in chosen:
        row.published_at = now
        if row.due_on is None:  # `lacks` has named it; the type checker cannot know
            raise AssertionError
        first = CommitmentUpdate(
            commitment_id=row.id,
            number=1,
            at=now,
            author_id=actor.person_id,
            status="not_started",
            progress=0,
            due_on=row.due_on,
        )
        session.add(first)
        session.flush()
        audit.record(session, actor, "published", f"c{row.id}", now=now, meeting_id=meeting.id, new=_state(first))
        published.append(_told(session, meeting, row, first, "published", now))
    return published


def update(session: Session, code: str, slug: str, change: Change, *, actor: Actor, now: datetime) -> Published:
    """Add an update to a published commitment: it stays in its history, and whoever follows is told, once (M14).

    What the change leaves out stays as it was; a new due date needs its reason. Raises MeetingUnknown, and Faults with
    everything that is wrong at once.
    """
    meeting = meetings.by_code(session, code)
    row = session.scalar(
        select(Commitment)
        .where(Commitment.meeting_id == meeting.id, Commitment.slug == slug)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise Faults((f"{slug}: {code} has no such commitment",))
    if row.published_at is None:
        raise Faults((f"{slug} is a draft: publish it first",))
    if row.withdrawn_because is not None:
        raise Faults((f"{slug} was withdrawn: {row.withdrawn_because}",))
    last = _last(session, row.id)
    faults = _wrong(change, last)
    if not faults and _says_nothing(session, change, last):
        faults = [f"{slug} stands so already: this update would change nothing"]
    if faults:
        raise Faults(tuple(faults))
    moved = change.due_on is not None and change.due_on != last.due_on
    new = CommitmentUpdate(
        commitment_id=row.id,
        number=last.number + 1,
        at=now,
        author_id=actor.person_id,
        status=change.status or last.status,
        progress=last.progress if change.progress is None else change.progress,
        due_on=change.due_on or last.due_on,
        note=change.note,
        because=change.because if moved else None,
    )
    session.add(new)
    session.flush()
    for proof in change.proofs:
        sha256 = files.keep(session, proof.content, proof.media_type) if proof.content is not None else None
        session.add(Evidence(update_id=new.id, name=proof.name, sha256=sha256, address=proof.address))
    session.flush()
    audit.record(
        session,
        actor,
        "updated",
        f"c{row.id}",
        now=now,
        meeting_id=meeting.id,
        old=_state(last),
        new={**_state(new), "evidence": len(change.proofs)},
        because=new.because,
    )
    return _told(session, meeting, row, new, "updated", now)


def people_told(session: Session, done: Published) -> int:
    """Say to how many people a publication or an update is news; a look that takes seconds for a million."""
    if done.told is not None:
        return done.told
    commitment = session.scalars(
        select(Commitment)
        .join(CommitmentUpdate, CommitmentUpdate.commitment_id == Commitment.id)
        .where(CommitmentUpdate.id == done.update_id)
    ).one()
    return following.count_audience(session, commitment)


def lacks(commitment: Commitment) -> list[str]:
    """Name what a commitment lacks to be published (M13), one line each."""
    wanted = {
        "responsible": commitment.responsible,
        "due": commitment.due_on,
        "indicator": commitment.indicator,
    }
    return [f"{commitment.slug}.{name}: is missing (M13)" for name, value in wanted.items() if not value]


_FIELDS: Final = {
    "text": "text",
    "entity_id": "entity",
    "responsible": "responsible",
    "due_on": "due",
    "indicator": "indicator",
    "answers": "answers",
}


def _columns(draft: CommitmentDraft, entity_id: int) -> dict[str, Any]:
    return {
        "text": draft.text,
        "entity_id": entity_id,
        "responsible": draft.responsible,
        "due_on": draft.due_on,
        "indicator": draft.indicator,
        "answers": list(draft.answers),
    }


def _entity(convening: Sequence[Entity], said: str) -> int | None:
    """Find a convening entity by its code, or its name in any language."""
    for each in convening:
        names = each.name.values() if isinstance(each.name, dict) else (each.name,)
        if said == each.code or said.casefold() in {name.casefold() for name in names}:
            return each.id
    return None


def _of(session: Session, meeting_id: int) -> list[Commitment]:
    """List a meeting's commitments in the order they were written down."""
    return list(session.scalars(select(Commitment).where(Commitment.meeting_id == meeting_id).order_by(Commitment.id)))


def _last(session: Session, commitment_id: int) -> CommitmentUpdate:
    return session.scalars(
        select(CommitmentUpdate)
        .where(CommitmentUpdate.commitment_id == commitment_id)
        .order_by(CommitmentUpdate.number.desc())
        .limit(1)
    ).one()


def _wrong(change: Change, last: CommitmentUpdate) -> list[str]:
    """Name everything that is wrong with an update."""
    faults = []
    if change.status is not None and change.status not in STATUSES:
        faults.append(f"status: {change.status} is none of {', '.join(STATUSES)}")
    if change.progress is not None and not 0 <= change.progress <= WHOLE:
        faults.append(f"progress: {change.progress} is not between 0 and {WHOLE}")
    notes = change.note.values() if isinstance(change.note, dict) else [change.note]
    if any(note is not None and (not note.strip() or len(note) > LONGEST_NOTE) for note in notes):
        faults.append(f"note: 1 to {LONGEST_NOTE} characters are expected")
    for proof in change.proofs:
        if proof.content is not None and not 0 < len(proof.content) <= LARGEST_EVIDENCE:
            faults.append(f"evidence: {proof.name} is empty or over {LARGEST_EVIDENCE // 1_000_000} MB")
        if proof.content is None and not is_address(proof.address or ""):
            faults.append(f"evidence: {proof.name} is neither a file nor an address (https://…)")
    moved = change.due_on is not None and change.due_on != last.due_on
    if moved and not (change.because or "").strip():
        faults.append("due: a new due date needs its reason (because)")
    if len(change.because or "") > LONGEST_REASON:
        faults.append(f"because: has {len(change.because or '')} characters; it may have {LONGEST_REASON}")
    if change.because and change.due_on is None:
        faults.append("because: is the reason of a new due date, and there is none (due)")
    return faults


def _says_nothing(session: Session, change: Change, last: CommitmentUpdate) -> bool:
    """Tell whether all that an update says was said by the last one: a command typed twice tells people once."""
    if change.proofs:
        said = session.execute(select(Evidence.sha256, Evidence.address).where(Evidence.update_id == last.id))
        known = {(sha256, address) for sha256, address in said}
        if any((_sha256(proof), proof.address) not in known for proof in change.proofs):
            return False
    return (
        change.status in {None, last.status}
        and change.progress in {None, last.progress}
        and change.note in (None, last.note)
        and change.due_on in {None, last.due_on}
    )


def _sha256(proof: Proof) -> str | None:
    return None if proof.content is None else files.sha256_of(proof.content)


def _state(update: CommitmentUpdate) -> dict[str, Any]:
    return {"status": update.status, "progress": update.progress, "due": update.due_on.isoformat()}


def _told(
    session: Session, meeting: Meeting, row: Commitment, news: CommitmentUpdate, kind: str, now: datetime
) -> Published:
    """Owe the news to who follows; looked at again when it is sent.

    It is due at the end of its minute, in decent hours of the meeting's zone, so that what several commands publish
    within a minute reaches a person as one message.
    """
    due_at = next_decent(end_of_minute(now), meeting.timezone)
    told = fan_out.tell(session, row, news.id, kind, due_at=due_at, now=now)
    return Published(row.slug, news.id, told, due_at)
