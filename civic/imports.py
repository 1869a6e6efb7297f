"""Importing a meeting file: a draft is made; again, it is updated in place, matched by code, and people are told.

Nothing takes a place or a seat from anybody: what would is a fault.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from civic import audit, files, import_faults, meetings, moving, needs, rooms, versions
from civic.audit import Actor
from civic.daytime import at_clock, local_date
from civic.meeting_fields import Attachment, When, is_address
from civic.meeting_file import EntityPart, MeetingFile, WorkshopPart
from civic.schema import Answer, Audit, Entity, Meeting, MeetingEntity, Question

MOST_IN_A_WORKSHOP = 30
"""M5."""
QUESTIONNAIRE = (
    ("told_in_time", "scale"),
    ("informed", "scale"),
    ("heard", "scale"),
    ("answered", "scale"),
    ("come_again", "yes_no"),
    ("in_your_words", "text"),
)
"""What is asked where a file asks nothing: what the mechanism promises. Ids and kinds; `messages` has the texts."""

READ: Final = ("title", "policy", "objective", "method", "capacity", "workshop_minutes", "contact")
"""Columns of a meeting whose old and new are kept where an import changes them; of the others, that they changed."""


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    meeting: Meeting
    new: bool
    changed: tuple[str, ...]
    """Fields of the file whose value is another than before, `venue` or `workshops[3].room`; of a new one none."""
    moved: bool
    """Date, hours or place of a convened meeting are others."""
    told: int
    """People whom the news of that reaches."""


def import_meeting(
    session: Session,
    parsed: MeetingFile,
    report: Attachment | None,
    *,
    late_because: str | None = None,
    actor: Actor,
    now: datetime,
) -> Imported:
    """Make a meeting a draft, or update the meeting of its code in place; entities are matched by code.

    A relative date is settled at the first import and kept while the file says the same. Of a convened meeting,
    everyone concerned is told once when date, hours or place are others (`versions.move`), its agenda follows, and who
    had no seat gets one where there is room now. An import that changes nothing leaves nothing behind.
    Raises Faults for a meeting that is over or was cancelled, and for whatever would take a place or seat from people;
    TooLate for a new date less than 15 days ahead without `late_because` (M4), which a draft keeps for convening.
    """
    part = parsed.meeting
    known = session.scalar(select(Meeting.id).where(Meeting.code == part.code))
    meeting = meetings.lock(session, known) if known else Meeting(code=part.code, state="draft", version=1)
    import_faults.refuse_past(meeting, now)
    before = _settled(session, meeting) if known else {}
    dates = {
        "starts_at": _moment(part.starts_at, before.get("starts_at"), meeting.timezone, part.timezone, now),
        "ends_at": _moment(part.ends_at, before.get("ends_at"), meeting.timezone, part.timezone, now),
    }
    parts = parsed.workshops or rooms.kept(session, meeting, even_workshops(part.capacity))
    import_faults.check(session, meeting, parsed, parts, now=now, **dates)
    said, reason = (versions.told(meeting), meeting.late_because) if known else (None, None)
    was = {name: getattr(meeting, name) for name in READ} if known else {}
    day, promised = None, None
    if known:
        day, promised = local_date(meeting.starts_at, meeting.timezone), needs.answer_on(meeting)
    columns = {**_columns(session, parsed, report), **dates}
    changed = _set(meeting, columns)
    if meeting.state == "draft" and late_because and late_because != meeting.late_because:
        meeting.late_because = late_because
        changed.append("late_because")
    session.add(meeting)
    session.flush()
    if _convened_by(session, meeting, parsed.entities, actor, now):
        changed.append("entities")
    told = 0
    moved = meeting.state == "convened" and said is not None and moving.reads_otherwise(said, meeting)
    if moved:  # before the news of rooms, so that it comes first
        told = moving.tell(session, meeting, day=day, late_because=late_because, now=now)
    changed += rooms.put(session, meeting, parts, now=now)
    changed += _put_questions(session, meeting, parsed)
    if known and not changed:
        return Imported(meeting, new=False, changed=(), moved=False, told=0)
    if meeting.state == "convened":
        moving.follow_up(session, meeting, promised=promised, now=now)
    old = {name: value for name, value in was.items() if value != getattr(meeting, name)}
    audit.record(
        session,
        actor,
        "import",
        f"m{meeting.id}",
        now=now,
        meeting_id=meeting.id,
        old={**old, **((said or {}) if moved else {})} or None,
        new={
            **{name: getattr(meeting, name) for name in old},
            "capacity": part.capacity,
            "starts_at": {"said": part.starts_at.said, "at": meeting.starts_at.isoformat()},
            "ends_at": {"said": part.ends_at.said, "at": meeting.ends_at.isoformat()},
            "changed": changed,
            "version": meeting.version,
        },
        because=meeting.late_because if meeting.late_because != reason else None,
    )
    session.flush()
    return Imported(meeting, new=not known, changed=tuple(changed) if known else (), moved=moved, told=told)


def even_workshops(capacity: int) -> list[WorkshopPart]:
    """Make ⌈capacity / 30⌉ workshops as even as can be (M5)."""
    count = -(-capacity // MOST_IN_A_WORKSHOP)
    least, more = divmod(capacity, count)
    return [
        WorkshopPart.model_validate({"number": str(number), "capacity": str(least + (number <= more))})
        for number in range(1, count + 1)
    ]


def _set(meeting: Meeting, columns: dict[str, Any]) -> list[str]:
    """Set what is another than before; say which fields that was."""
    changed = [column for column, value in columns.items() if getattr(meeting, column) != value]
    for column in changed:
        setattr(meeting, column, columns[column])
    return list(dict.fromkeys("report" if column.startswith("report_") else column for column in changed))


def _settled(session: Session, meeting: Meeting) -> dict[str, Any]:
    """Say what the dates of a meeting were in its file, and which moments they became."""
    last = session.scalar(
        select(Audit.new)
        .where(Audit.subject == f"m{meeting.id}", Audit.act == "import")
        .order_by(Audit.id.desc())
        .limit(1)
    )
    return last or {}


def _moment(when: When, before: dict[str, str] | None, old_zone: str, zone: str, now: datetime) -> datetime:
    """Settle a date; a relative one stays the day and hour that it was settled to, whatever the zone."""
    if when.is_relative and before and before["said"] == when.said:
        local = datetime.fromisoformat(before["at"]).astimezone(ZoneInfo(old_zone))
        return at_clock(local.date(), local.time(), zone)
    return when.moment(zone, now)


def _columns(session: Session, parsed: MeetingFile, report: Attachment | None) -> dict[str, Any]:
    part = parsed.meeting
    same = ("title", "policy", "objective", "central_points", "method", "guide_questions", "timezone", "capacity")
    return {
        **{column: getattr(part, column) for column in (*same, "workshop_minutes", "needs", "attributes")},
        "venue": part.venue.model_dump(exclude_none=True),
        "contact": part.contact.model_dump(exclude_none=True) if part.contact else None,
        "faq": [each.model_dump() for each in parsed.faq],
        "reminders": parsed.reminders,
        "assignment_before": parsed.assignment_before,
        "report_name": report.name if report else None,
        "report_sha256": files.keep(session, report.content, report.media_type) if report else None,
        "report_url": part.report if part.report and is_address(part.report) else None,
    }


def _convened_by(session: Session, meeting: Meeting, parts: list[EntityPart], actor: Actor, now: datetime) -> bool:
    """Put who convenes in the file's order; tell whether anything of it is another than before."""
    ids: list[int] = []
    changed = False
    for part in parts:
        entity = session.scalar(select(Entity).where(Entity.code == part.code))
        new: dict[str, Any] = {"name": part.name, "pqrsd": part.pqrsd, "privacy": part.privacy}
        if entity is None:
            entity = Entity(code=part.code, **new)
            session.add(entity)
            session.flush()
        old = {field: getattr(entity, field) for field in new}
        others = [field for field in new if new[field] != old[field] and new[field] is not None]
        if others:
            changed = True
            for field in others:
                setattr(entity, field, new[field])
            audit.record(
                session,
                actor,
                "change",
                f"e{entity.id}",
                now=now,
                meeting_id=meeting.id,
                old={field: old[field] for field in others},
                new={field: new[field] for field in others},
            )
        ids.append(entity.id)
    if ids == [each.id for each in meetings.entities(session, meeting.id)]:
        return changed
    session.execute(delete(MeetingEntity).where(MeetingEntity.meeting_id == meeting.id))
    session.add_all(
        MeetingEntity(meeting_id=meeting.id, entity_id=entity_id, number=number)
        for number, entity_id in enumerate(ids, 1)
    )
    return True


def _put_questions(session: Session, meeting: Meeting, parsed: MeetingFile) -> list[str]:
    """Put the questionnaire in place, matched by id; one that somebody answered stays what it is."""
    asked: list[tuple[str, str, Any, Any]]
    asked = [(part.id, part.kind, part.text, part.options) for part in parsed.feedback]
    asked = asked or [(slug, kind, None, []) for slug, kind in QUESTIONNAIRE]
    known = {each.slug: each for each in session.scalars(select(Question).where(Question.meeting_id == meeting.id))}
    changed = False
    for number, (slug, kind, text, options) in enumerate(asked, 1):
        new: dict[str, Any] = {"number": number, "kind": kind, "text": text, "options": options}
        question = known.pop(slug, None)
        if question is None:
            session.add(Question(meeting_id=meeting.id, slug=slug, **new))
            changed = True
            continue
        for column, value in new.items():
            if getattr(question, column) != value:
                setattr(question, column, value)
                changed = True
    for gone in known.values():
        if not session.scalar(select(func.count()).where(Answer.question_id == gone.id)):
            session.delete(gone)
            changed = True
    session.flush()
    return ["feedback"] if changed else []
