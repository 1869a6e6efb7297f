"""Importing a meeting file: a draft is made, or replaced whole; what people were invited to is left alone."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from civic import audit, files
from civic.audit import Actor
from civic.errors import Faults
from civic.meeting_fields import Attachment, When, is_address
from civic.meeting_file import EntityPart, MeetingFile, WorkshopPart
from civic.meeting_rules import wrong_end
from civic.schema import Audit, Entity, Meeting, MeetingEntity, Question, Staff, Workshop

MOST_IN_A_WORKSHOP = 30
"""M5."""
ROLES = ("facilitator", "rapporteur", "public_servant")
QUESTIONNAIRE = (
    ("told_in_time", "scale"),
    ("informed", "scale"),
    ("heard", "scale"),
    ("answered", "scale"),
    ("come_again", "yes_no"),
    ("in_your_words", "text"),
)
"""What is asked where a file asks nothing: what the mechanism promises. Ids and kinds; `messages` has the texts."""


def import_meeting(
    session: Session,
    parsed: MeetingFile,
    report: Attachment | None,
    *,
    late_because: str | None = None,
    actor: Actor,
    now: datetime,
) -> Meeting:
    """Make a meeting a draft, or replace the draft of its code; entities are matched by code.

    A relative date is settled at the first import and kept while the file says the same. `late_because` is kept for
    convening (M4). Raises Faults for a meeting that was convened or cancelled: people count on it.
    """
    part = parsed.meeting
    known = session.scalar(select(Meeting).where(Meeting.code == part.code).with_for_update(key_share=True))
    meeting = known or Meeting(code=part.code, state="draft", version=1)
    if meeting.state != "draft":
        raise Faults((f"meeting.code: {part.code} is {meeting.state} already; it cannot be imported again",))
    before = _settled(session, known) if known else {}
    meeting.starts_at = _moment(part.starts_at, before.get("starts_at"), part.timezone, now)
    meeting.ends_at = _moment(part.ends_at, before.get("ends_at"), part.timezone, now)
    if wrong := tuple(wrong_end(part.starts_at, part.ends_at, meeting.ends_at - meeting.starts_at)):
        raise Faults(wrong)
    for column, value in _columns(session, parsed, report).items():
        setattr(meeting, column, value)
    meeting.late_because = late_because or meeting.late_because
    session.add(meeting)
    session.flush()
    _convened_by(session, meeting, parsed.entities, actor, now)
    _put_workshops(session, meeting, parsed.workshops or even_workshops(part.capacity))
    _put_questions(session, meeting, parsed)
    audit.record(
        session,
        actor,
        "import",
        f"m{meeting.id}",
        now=now,
        meeting_id=meeting.id,
        new={
            "capacity": part.capacity,
            "starts_at": {"said": part.starts_at.said, "at": meeting.starts_at.isoformat()},
            "ends_at": {"said": part.ends_at.said, "at": meeting.ends_at.isoformat()},
        },
    )
    session.flush()
    return meeting


def even_workshops(capacity: int) -> list[WorkshopPart]:
    """Make ⌈capacity / 30⌉ workshops as even as can be (M5)."""
    count = -(-capacity // MOST_IN_A_WORKSHOP)
    least, more = divmod(capacity, count)
    return [
        WorkshopPart.model_validate({"number": str(number), "capacity": str(least + (number <= more))})
        for number in range(1, count + 1)
    ]


def _settled(session: Session, meeting: Meeting) -> dict[str, Any]:
    """Say what the dates of a draft were in its file, and which moments they became."""
    last = session.scalar(
        select(Audit.new)
        .where(Audit.subject == f"m{meeting.id}", Audit.act == "import")
        .order_by(Audit.id.desc())
        .limit(1)
    )
    return last or {}


def _moment(when: When, before: dict[str, str] | None, zone: str, now: datetime) -> datetime:
    if when.is_relative and before and before["said"] == when.said:
        return datetime.fromisoformat(before["at"])
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


def _convened_by(session: Session, meeting: Meeting, parts: list[EntityPart], actor: Actor, now: datetime) -> None:
    session.execute(delete(MeetingEntity).where(MeetingEntity.meeting_id == meeting.id))
    for number, part in enumerate(parts, 1):
        entity = session.scalar(select(Entity).where(Entity.code == part.code))
        new: dict[str, Any] = {"name": part.name, "pqrsd": part.pqrsd, "privacy": part.privacy}
        if entity is None:
            entity = Entity(code=part.code, **new)
            session.add(entity)
            session.flush()
        else:
            old = {field: getattr(entity, field) for field in new}
            changed = [field for field in new if new[field] != old[field] and new[field] is not None]
            for field in changed:
                setattr(entity, field, new[field])
            if changed:
                audit.record(
                    session,
                    actor,
                    "change",
                    f"e{entity.id}",
                    now=now,
                    meeting_id=meeting.id,
                    old={field: old[field] for field in changed},
                    new={field: new[field] for field in changed},
                )
        session.add(MeetingEntity(meeting_id=meeting.id, entity_id=entity.id, number=number))


def _put_workshops(session: Session, meeting: Meeting, parts: list[WorkshopPart]) -> None:
    """Put a draft's workshops and who runs them in place of the old: nobody sits in them yet."""
    session.execute(delete(Workshop).where(Workshop.meeting_id == meeting.id))
    for part in sorted(parts, key=lambda part: part.number):
        workshop = Workshop(
            meeting_id=meeting.id,
            number=part.number,
            topic=part.topic,
            room=part.room,
            capacity=part.capacity,
            minimum=part.minimum,
            features=part.features,
        )
        session.add(workshop)
        session.flush()
        session.add_all(
            Staff(role=role, meeting_id=meeting.id, workshop_id=workshop.id, name=getattr(part, role))
            for role in ROLES
            if getattr(part, role)
        )


def _put_questions(session: Session, meeting: Meeting, parsed: MeetingFile) -> None:
    session.execute(delete(Question).where(Question.meeting_id == meeting.id))
    asked = [(part.id, part.kind, part.text, part.options) for part in parsed.feedback]
    for number, (slug, kind, text, options) in enumerate(
        asked or [(slug, kind, None, []) for slug, kind in QUESTIONNAIRE], 1
    ):
        session.add(Question(meeting_id=meeting.id, number=number, slug=slug, kind=kind, text=text, options=options))
