"""What organisers write to people, and alerts, in a world of hostile names: kind, person, parameters, moment."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from civic import alerts, announcements, outbox
from civic.audit import Actor
from civic.registration import register
from civic.schema import Announcement, Meeting, Registration, Staff, Workshop
from tests import factories
from tests.factories import NOW
from tests.messages.organiser_scenes import HOSTILE

Seen = tuple[str, int, dict[str, Any], datetime]
LATE = NOW + timedelta(hours=12)


def seen(session: Session) -> list[Seen]:
    """Make the world, and list what is said in it."""
    who = factories.person(session, HOSTILE)
    session.add(Staff(role="organiser", person_id=who.id))
    rosa = Actor(who.id, "chat")
    rooms: list[dict[str, Any]] = [{"capacity": 6, "topic": HOSTILE * 4} for _ in range(10)]
    meeting = factories.meeting(session, code="mensajes", title=f"mensajes {HOSTILE * 4}", workshops=rooms)
    maria = _seated(session, meeting)
    return [*_said(session, meeting, rosa, maria), *_alerts(session, meeting, who.id)]


def _seated(session: Session, meeting: Meeting) -> int:
    """Seat somebody in each workshop, and let one be hushed; give the first one's id."""
    people = []
    for room in session.query(Workshop).filter_by(meeting_id=meeting.id).order_by(Workshop.number):
        person = factories.person(session, HOSTILE, tell="nothing" if room.number == 1 else "all")
        row = register(session, meeting.id, person.id, name=HOSTILE, actor=Actor(person.id, "chat"), now=NOW)
        session.get_one(Registration, row.id).workshop_id, row.badge = room.id, 1
        people.append(person.id)
    session.flush()
    return people[-1]


def _said(session: Session, meeting: Meeting, rosa: Actor, maria: int) -> list[Seen]:
    who, about = rosa.person_id or 0, {"meeting": meeting.id}
    asked = _made(session, meeting, rosa, text=None)
    written = _made(session, meeting, rosa, text=(HOSTILE * 40)[: announcements.LONGEST])
    waits = _made(session, meeting, rosa, text=HOSTILE * 9, state="waiting")
    ended = [
        _made(session, meeting, rosa, text=HOSTILE, state=state, trouble=trouble)
        for state, trouble in (
            ("undone", None),
            ("sending", None),
            ("sent", None),
            ("failed", "over"),
            ("failed", "not_an_organiser"),
        )
    ]
    outbox.enqueue(session, maria, cause=f"n{written.id}", kind=announcements.KIND, due_at=NOW)
    for_nobody = _made(session, meeting, rosa, text=HOSTILE, audience="waiting")
    return [
        ("announcement", maria, {**about, "announcement": written.id}, NOW),
        *(("org_say_whom", who, {**about, "page": page}, NOW) for page in (0, 1)),
        ("org_say_whom", who, {**about, "announcement": written.id}, NOW),
        ("org_say_ask", who, {"announcement": asked.id}, NOW),
        *(("org_say_preview", who, {"announcement": each.id}, NOW) for each in (written, for_nobody)),
        ("org_say_preview", who, {"announcement": written.id}, LATE),
        *(("org_say", who, {"announcement": each.id}, NOW) for each in (asked, waits, *ended)),
        ("org_say_left", who, about, NOW),
        ("org_say_stale", who, {}, NOW),
    ]


def _made(session: Session, meeting: Meeting, rosa: Actor, **columns: Any) -> Announcement:
    row = Announcement(
        **{
            "meeting_id": meeting.id,
            "author_id": rosa.person_id,
            "audience": "all",
            "state": "proposed",
            "made_at": NOW,
            "sends_at": NOW + timedelta(minutes=1) if columns.get("state") else None,
            **columns,
        }
    )
    session.add(row)
    session.flush()
    return row


def _alerts(session: Session, meeting: Meeting, who: int) -> list[Seen]:
    other = factories.meeting(session, code="avisos", title=f"avisos {HOSTILE * 4}")
    muted = factories.meeting(session, code="callado", title=f"callado {HOSTILE * 4}")
    alerts.mute(session, muted.id, muted=True, actor=Actor(who, "chat"), now=NOW)
    said = [
        {"meeting": each.id, "what": what, "people": number, **more}
        for each in (meeting, other)
        for number in (1, 1200)
        for what, more in (("few", {"capacity": 60}), ("cut_off", {"of": 1300}), ("failed", {}), ("late", {}))
    ]
    return [
        *(("alert", who, each, NOW) for each in said[:8]),
        ("alerts", who, {"alerts": said[:2]}, NOW),
        ("alerts", who, {"alerts": said[:8]}, NOW),
        ("alerts", who, {"alerts": said}, NOW),
        ("org_muted", who, {"meeting": other.id}, NOW),
        ("org_muted", who, {"meeting": muted.id}, NOW),
        ("org_muted", who, {"meeting": meeting.id, "also": [other.id, muted.id]}, NOW),
        ("org_meeting", who, {"meeting": muted.id}, NOW),
    ]
