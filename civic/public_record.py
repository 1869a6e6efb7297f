"""What anyone can see (M14, M15): meetings, how each commitment stands, its history, its evidence. Only looks.

Status, due date and progress are those of the newest update; overdue follows from the date in the meeting's zone.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from civic import files, places
from civic.columns import Text
from civic.daytime import local_date
from civic.errors import MeetingUnknown
from civic.files import StoredFile
from civic.schema import Commitment, CommitmentUpdate, Entity, Evidence, File, Meeting

OPEN: Final = frozenset({"not_started", "in_progress"})
"""Statuses that can be overdue; the others say how it ended."""
PAGE: Final = 5
"""Commitments, or meetings, on one page of the chat."""


@dataclass(frozen=True)
class Attachment:
    """Evidence: a file of ours (its size in bytes), or an address."""

    id: int
    name: str
    sha256: str | None
    size: int | None
    address: str | None


@dataclass(frozen=True)
class Step:
    """One update as it stands in the history: the whole state after it, and what it said."""

    id: int
    number: int
    at: datetime
    status: str
    progress: int
    due_on: date
    note: Text | None
    because: str | None
    """Why the due date changed."""
    evidence: tuple[Attachment, ...]


@dataclass(frozen=True)
class Standing:
    """A published commitment as it stands now. Moments are UTC; people see `timezone`."""

    id: int
    slug: str
    text: Text
    entity: Text
    entity_code: str
    responsible: Text
    indicator: Text
    meeting_id: int
    meeting_code: str
    meeting_title: Text
    timezone: str
    published_at: datetime
    first_due_on: date
    status: str
    progress: int
    due_on: date
    updated_at: datetime
    overdue: bool
    withdrawn_because: str | None


@dataclass(frozen=True)
class History:
    """A commitment with every step since it was published, newest first."""

    standing: Standing
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class News:
    """One step with the one before it: what changed, to be told."""

    standing: Standing
    step: Step
    before: Step | None


@dataclass(frozen=True)
class Meetings:
    """A page of meetings that have published commitments."""

    rows: tuple[tuple[int, Text, datetime, str, int], ...]
    """id, title, start, zone, how many commitments"""
    more: bool


@dataclass(frozen=True)
class Row:
    """A meeting in the public list."""

    code: str
    state: str
    title: Text
    starts_at: datetime
    ends_at: datetime
    timezone: str
    venue: dict[str, Any]
    commitments: int
    places_left: int | None
    """Of one that people can still sign up for; None of any other."""


@dataclass(frozen=True)
class Line:
    """A commitment as its organiser lists it, drafts too."""

    slug: str
    text: Text
    state: str
    """draft, published, withdrawn"""
    status: str | None
    progress: int | None
    due_on: date | None
    row: Commitment


def listing(session: Session, code: str) -> list[Line]:
    """List a meeting's commitments for its organiser, drafts too; raises MeetingUnknown."""
    meeting_id = session.scalar(select(Meeting.id).where(Meeting.code == code))
    if meeting_id is None:
        raise MeetingUnknown(code)
    rows = session.execute(
        select(Commitment, CommitmentUpdate)
        .outerjoin(CommitmentUpdate, _newest())
        .where(Commitment.meeting_id == meeting_id)
        .order_by(Commitment.id)
    )
    return [_line(row, last) for row, last in rows]


def published(session: Session, now: datetime, *, meeting_id: int | None = None) -> list[Standing]:
    """List published commitments, of one meeting or of all; each meeting's in the order they were published."""
    rows = _standing().order_by(Meeting.starts_at.desc(), Meeting.id, Commitment.published_at, Commitment.id)
    if meeting_id is not None:
        rows = rows.where(Commitment.meeting_id == meeting_id)
    return [_stands(row, now) for row in session.execute(rows)]


def history(session: Session, commitment_id: int, now: datetime) -> History | None:
    """Give one published commitment whole; None for a draft or an unknown one."""
    return _history(session, _standing().where(Commitment.id == commitment_id), now)


def history_of(session: Session, code: str, slug: str, now: datetime) -> History | None:
    """Give one published commitment whole, by its meeting's code and its own id in it."""
    return _history(session, _standing().where(Meeting.code == code, Commitment.slug == slug), now)


def histories(session: Session, now: datetime, *, of: Select[int] | None = None) -> list[History]:
    """Give published commitments whole, in the order of `published`: all of them, or those whose ids `of` selects."""
    rows = _standing().order_by(Meeting.starts_at.desc(), Meeting.id, Commitment.published_at, Commitment.id)
    updates = (
        select(CommitmentUpdate)
        .join(Commitment, Commitment.id == CommitmentUpdate.commitment_id)
        .where(Commitment.published_at.is_not(None))
        .order_by(CommitmentUpdate.number.desc())
    )
    if of is not None:
        rows, updates = rows.where(Commitment.id.in_(of)), updates.where(Commitment.id.in_(of))
    proofs = _attachments(session, updates.with_only_columns(CommitmentUpdate.id).order_by(None))
    steps: dict[int, list[Step]] = {}
    for each in session.scalars(updates):
        steps.setdefault(each.commitment_id, []).append(_step(each, proofs.get(each.id, [])))
    standings = [_stands(row, now) for row in session.execute(rows)]
    return [History(each, tuple(steps[each.id])) for each in standings]


def latest(session: Session, now: datetime, most: int) -> list[News]:
    """List the newest publications and updates of all published commitments, newest first, at most so many."""
    newest = (
        select(CommitmentUpdate.id, CommitmentUpdate.commitment_id)
        .join(Commitment, Commitment.id == CommitmentUpdate.commitment_id)
        .where(Commitment.published_at.is_not(None))
        .order_by(CommitmentUpdate.at.desc(), CommitmentUpdate.id.desc())
        .limit(most)
        .subquery()
    )
    found = [
        News(whole.standing, step, before)
        for whole in histories(session, now, of=select(newest.c.commitment_id))
        for step, before in zip(whole.steps, (*whole.steps[1:], None), strict=True)
    ]
    return sorted(found, key=lambda each: (each.step.at, each.step.id), reverse=True)[:most]


def news(session: Session, update_id: int, now: datetime) -> News | None:
    """Give an update with what was before it; None when its commitment is no longer shown."""
    commitment_id = session.scalar(select(CommitmentUpdate.commitment_id).where(CommitmentUpdate.id == update_id))
    whole = history(session, commitment_id, now) if commitment_id is not None else None
    if whole is None or whole.standing.withdrawn_because is not None:
        return None
    by_number = {step.number: step for step in whole.steps}
    step = next(each for each in whole.steps if each.id == update_id)
    return News(whole.standing, step, by_number.get(step.number - 1))


def meetings_with(session: Session, page: int = 0) -> Meetings:
    """List meetings that have published commitments, newest first, a page from 0."""
    rows = session.execute(
        select(Meeting.id, Meeting.title, Meeting.starts_at, Meeting.timezone, func.count())
        .join(Commitment, Commitment.meeting_id == Meeting.id)
        .where(Commitment.published_at.is_not(None))
        .group_by(Meeting.id)
        .order_by(Meeting.starts_at.desc(), Meeting.id)
        .offset(page * PAGE)
        .limit(PAGE + 1)
    ).all()
    return Meetings(tuple((a, b, c, d, e) for a, b, c, d, e in rows[:PAGE]), len(rows) > PAGE)


def all_meetings(session: Session, now: datetime) -> list[Row]:
    """List every public meeting, also cancelled ones, the latest first."""
    count = (
        select(func.count())
        .where(Commitment.meeting_id == Meeting.id, Commitment.published_at.is_not(None))
        .correlate(Meeting)
        .scalar_subquery()
    )
    found = session.execute(
        select(Meeting, count).where(Meeting.convened_at.is_not(None)).order_by(Meeting.starts_at.desc(), Meeting.id)
    )
    return [
        Row(
            code=each.code,
            state=each.state,
            title=each.title,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            timezone=each.timezone,
            venue=each.venue,
            commitments=published_count,
            places_left=places.free(session, each, now) if places.is_open(each, now) else None,
        )
        for each, published_count in found
    ]


def evidence(session: Session, evidence_id: int) -> tuple[str, StoredFile] | None:
    """Give a published commitment's evidence file with its name; None for an address, a draft's or an unknown one."""
    row = session.execute(
        select(Evidence.name, Evidence.sha256)
        .join(CommitmentUpdate, CommitmentUpdate.id == Evidence.update_id)
        .join(Commitment, Commitment.id == CommitmentUpdate.commitment_id)
        .where(Evidence.id == evidence_id, Commitment.published_at.is_not(None))
    ).first()
    stored = files.fetch(session, row.sha256) if row and row.sha256 else None
    return (row.name, stored) if row and stored else None


def shown_file(session: Session, sha256: str, name: str) -> StoredFile | None:
    """Give a file that a public meeting or a published commitment shows under this name; None for any other."""
    report = exists().where(
        Meeting.report_sha256 == sha256, Meeting.report_name == name, Meeting.convened_at.is_not(None)
    )
    proof = exists().where(
        Evidence.sha256 == sha256,
        Evidence.name == name,
        CommitmentUpdate.id == Evidence.update_id,
        Commitment.id == CommitmentUpdate.commitment_id,
        Commitment.published_at.is_not(None),
    )
    shown = session.scalar(select(File.sha256).where(File.sha256 == sha256, report | proof))
    return files.fetch(session, sha256) if shown else None


def is_overdue(status: str, due_on: date, today: date) -> bool:
    """Tell whether an open commitment's date has passed, in its meeting's zone."""
    return status in OPEN and due_on < today


def _line(row: Commitment, last: CommitmentUpdate | None) -> Line:
    return Line(
        slug=row.slug,
        text=row.text,
        state="draft" if row.published_at is None else "withdrawn" if row.withdrawn_because else "published",
        status=last.status if last is not None else None,
        progress=last.progress if last is not None else None,
        due_on=last.due_on if last is not None else row.due_on,
        row=row,
    )


def _newest() -> Any:
    """Join a commitment with its newest update."""
    other = select(func.max(CommitmentUpdate.number)).where(CommitmentUpdate.commitment_id == Commitment.id)
    return (CommitmentUpdate.commitment_id == Commitment.id) & (
        CommitmentUpdate.number == other.correlate(Commitment).scalar_subquery()
    )


def _standing() -> Select[Commitment, CommitmentUpdate, Entity, Meeting]:
    return (
        select(Commitment, CommitmentUpdate, Entity, Meeting)
        .join(Meeting, Meeting.id == Commitment.meeting_id)
        .join(Entity, Entity.id == Commitment.entity_id)
        .join(CommitmentUpdate, _newest())
        .where(Commitment.published_at.is_not(None))
    )


def _stands(row: Any, now: datetime) -> Standing:
    commitment, last, entity, meeting = row
    return Standing(
        id=commitment.id,
        slug=commitment.slug,
        text=commitment.text,
        entity=entity.name,
        entity_code=entity.code,
        responsible=commitment.responsible,
        indicator=commitment.indicator,
        meeting_id=meeting.id,
        meeting_code=meeting.code,
        meeting_title=meeting.title,
        timezone=meeting.timezone,
        published_at=commitment.published_at,
        first_due_on=commitment.due_on,
        status=last.status,
        progress=last.progress,
        due_on=last.due_on,
        updated_at=last.at,
        overdue=commitment.withdrawn_because is None
        and is_overdue(last.status, last.due_on, local_date(now, meeting.timezone)),
        withdrawn_because=commitment.withdrawn_because,
    )


def _history(
    session: Session, one: Select[Commitment, CommitmentUpdate, Entity, Meeting], now: datetime
) -> History | None:
    row = session.execute(one).first()
    if row is None:
        return None
    standing = _stands(row, now)
    updates = select(CommitmentUpdate).where(CommitmentUpdate.commitment_id == standing.id)
    proofs = _attachments(session, updates.with_only_columns(CommitmentUpdate.id))
    steps = session.scalars(updates.order_by(CommitmentUpdate.number.desc()))
    return History(standing, tuple(_step(each, proofs.get(each.id, [])) for each in steps))


def _attachments(session: Session, update_ids: Select[int]) -> dict[int, list[Attachment]]:
    found: dict[int, list[Attachment]] = {}
    rows = session.execute(
        select(Evidence, File.size)
        .outerjoin(File, File.sha256 == Evidence.sha256)
        .where(Evidence.update_id.in_(update_ids))
        .order_by(Evidence.id)
    )
    for proof, size in rows:
        found.setdefault(proof.update_id, []).append(
            Attachment(proof.id, proof.name, proof.sha256, size, proof.address)
        )
    return found


def _step(update: CommitmentUpdate, proofs: list[Attachment]) -> Step:
    return Step(
        id=update.id,
        number=update.number,
        at=update.at,
        status=update.status,
        progress=update.progress,
        due_on=update.due_on,
        note=update.note,
        because=update.because,
        evidence=tuple(proofs),
    )
