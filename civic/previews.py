"""News before it is news: what would be told of a draft, in the very form that is told, and to how many people."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import evidence_drafts, following, planned_acts, public_record
from civic.daytime import local_date, next_decent
from civic.delivery import NO_QUIET
from civic.public_record import News, Standing, Step, is_overdue
from civic.schema import Commitment, Entity, Meeting, Person, PlannedAct, UpdateDraft


def publication(session: Session, row: Commitment, now: datetime) -> News | None:
    """Give a draft as the news that its publication would be; None while it lacks what M13 asks for."""
    if row.responsible is None or row.indicator is None or row.due_on is None:
        return None
    meeting = session.get_one(Meeting, row.meeting_id)
    entity = session.get_one(Entity, row.entity_id)
    standing = Standing(
        id=row.id,
        slug=row.slug,
        text=row.text,
        entity=entity.name,
        entity_code=entity.code,
        responsible=row.responsible,
        indicator=row.indicator,
        meeting_id=meeting.id,
        meeting_code=meeting.code,
        meeting_title=meeting.title,
        timezone=meeting.timezone,
        published_at=now,
        first_due_on=row.due_on,
        status="not_started",
        progress=0,
        due_on=row.due_on,
        updated_at=now,
        overdue=is_overdue("not_started", row.due_on, local_date(now, meeting.timezone)),
        withdrawn_because=None,
    )
    first = Step(
        id=0,
        number=1,
        at=now,
        status=standing.status,
        progress=0,
        due_on=row.due_on,
        note=None,
        because=None,
        evidence=evidence_drafts.attachments(session, evidence_drafts.of_commitment(session, row.id)),
    )
    return News(standing, first, None)


def update(session: Session, draft: UpdateDraft, now: datetime) -> News | None:
    """Give the draft of an update as the news that it would be; None when its commitment takes none any more."""
    whole = public_record.history(session, draft.commitment_id, now)
    if whole is None or whole.standing.withdrawn_because is not None:
        return None
    last = whole.steps[0]
    step = Step(
        id=0,
        number=last.number + 1,
        at=now,
        status=draft.status or last.status,
        progress=last.progress if draft.progress is None else draft.progress,
        due_on=draft.due_on or last.due_on,
        note=draft.note,
        because=draft.because if draft.due_on else None,
        evidence=evidence_drafts.attachments(session, draft.evidence),
    )
    overdue = is_overdue(step.status, step.due_on, local_date(now, whole.standing.timezone))
    standing = replace(
        whole.standing, status=step.status, progress=step.progress, due_on=step.due_on, updated_at=now, overdue=overdue
    )
    return News(standing, step, last)


def reach(session: Session, row: Commitment) -> int:
    """Count whom news of a commitment would reach now: followers who are told things and have not blocked us."""
    reached = following.audience(row).where(Person.unreachable_since.is_(None)).subquery()
    return session.scalar(select(func.count()).select_from(reached)) or 0


def act_waits_until(row: PlannedAct, meeting: Meeting, now: datetime) -> datetime | None:
    """Say from when people hear of what an organiser planned, where the quiet hours hold the news until morning.

    Who may count on less than a day (`soonest`) hears of a change at night too.
    """
    goes = row.settled_at or row.due_at or now + planned_acts.WAITS
    soonest = (row.shown or {}).get("soonest")
    if soonest and datetime.fromisoformat(soonest) - goes < NO_QUIET:
        return None
    until = waits_until(meeting, goes)
    return until if until and until > now else None


def waits_until(meeting: Meeting, now: datetime) -> datetime | None:
    """Say from when news goes out, when it would wait for the morning (quiet hours in the meeting's zone)."""
    decent = next_decent(now, meeting.timezone)
    return decent if decent > now else None
