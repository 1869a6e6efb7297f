"""A meeting's file, written anew from the meeting as it is: for who wants to change it and has the file no more."""

from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import meetings
from civic.schema import Meeting, Question, Staff, Workshop

_LONGEST_LINE: Final = 10_000
"""Characters; a text stays on its line."""


def written(session: Session, meeting: Meeting) -> str:
    """Write a meeting as its file in YAML: imported again, it changes nothing."""
    file = {
        "entities": [
            _given(code=each.code, name=each.name, pqrsd=each.pqrsd, privacy=each.privacy)
            for each in meetings.entities(session, meeting.id)
        ],
        "meeting": _meeting(meeting),
        "workshops": [_workshop(session, each) for each in _of(session, Workshop, meeting)],
        "assignment_before": meeting.assignment_before,
        "faq": meeting.faq,
        "feedback": [
            _given(id=each.slug, kind=each.kind, text=each.text, options=each.options)
            for each in _of(session, Question, meeting)
            if each.text is not None  # the questionnaire of ours is asked where a file asks nothing
        ],
    }
    whole = {**_given(**file), "reminders": meeting.reminders}
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=_LONGEST_LINE)


def _meeting(meeting: Meeting) -> dict[str, Any]:
    same = ("code", "title", "policy", "objective", "central_points", "method")
    more = ("timezone", "capacity", "workshop_minutes", "guide_questions", "needs", "attributes")
    zone = ZoneInfo(meeting.timezone)
    return _given(
        **{column: getattr(meeting, column) for column in same},
        report=meeting.report_url or meeting.report_name,
        venue=meeting.venue,
        contact=meeting.contact,
        starts_at=f"{meeting.starts_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        ends_at=f"{meeting.ends_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        **{column: getattr(meeting, column) for column in more},
    )


def _workshop(session: Session, workshop: Workshop) -> dict[str, Any]:
    held = select(Staff.role, Staff.name).where(Staff.workshop_id == workshop.id, Staff.revoked_at.is_(None))
    staff = {role: name for role, name in session.execute(held)}  # noqa: C416 - rows are no tuples to mypy
    same = ("number", "topic", "room", "capacity", "minimum", "features")
    return _given(**{column: getattr(workshop, column) for column in same}, **staff)


def _of(session: Session, table: Any, meeting: Meeting) -> list[Any]:
    return list(session.scalars(select(table).where(table.meeting_id == meeting.id).order_by(table.number)))


def _given(**fields: Any) -> dict[str, Any]:
    """Leave out what is not there."""
    return {name: value for name, value in fields.items() if value not in (None, [], {})}
