"""The agenda: what a meeting has ahead by the clock, a row per step, found by a tick (`civic.due` does it)."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import String, case, cast, delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from civic.daytime import Offset, at_clock, is_quiet, local_date, planned
from civic.schema import Agenda, Meeting, Offer, Outbox, Workshop

ASSIGN: Final = "assign"
ASK_AGAIN: Final = "ask_again"
NEEDS_ALERT: Final = "needs_alert"
FEW_ALERT: Final = "few_alert"
FEEDBACK: Final = "feedback"
NUDGE: Final = "nudge"
FEEDBACK_CLOSE: Final = "feedback_close"
AHEAD: Final = "/ahead"
"""After the name of a step that is gathered by the day (`civic.gathering`): what it will owe is written down when the
day begins."""

ASK_AGAIN_DAYS: Final = 2
"""Before people are seated, by the calendar: what they skipped is asked once more."""
ALERT_BEFORE: Final = Offset(7, "d")
FEEDBACK_AFTER: Final = timedelta(hours=2)
FEEDBACK_MORNING: Final = time(9)
NUDGE_DAYS: Final = 3
"""After the question, by the calendar: who has not answered is asked once more."""
FEEDBACK_DAYS: Final = 14
TRACE_KEPT: Final = 2000

_OF_A_MEETING: Final = (
    *("reminder", "seated", "reseated", "offer", "lapsed", "feedback", "nudge", "results", "moved", "ask_again"),
)
"""Kinds that a cancelled meeting says no more."""


def subject_of(meeting: Meeting) -> str:
    """Name a meeting as a subject: `m7`."""
    return f"m{meeting.id}"


def plan(meeting: Meeting, *, topics: bool = False) -> dict[str, datetime]:
    """Say when each step of a meeting is due, in UTC: its reminders by their offsets (`15d`), `assign`, the feedback.

    Two calendar days before `assign`, at its hour, what people left out is asked once more, where a meeting asks for
    needs, attributes or `topics`; a week before the start organisers hear of unmet needs, and of few sign-ups.

    All of it keeps out of the quiet hours of the meeting's zone. Feedback is asked two hours after the end, or at 9:00
    next morning where that is quiet, once more three calendar days later of who said nothing, and closes 14 calendar
    days after the end.
    """
    zone = meeting.timezone
    steps = {ASSIGN: planned(Offset.parse(meeting.assignment_before), meeting.starts_at, zone)}
    for reminder in meeting.reminders:
        steps[reminder] = planned(Offset.parse(reminder), meeting.starts_at, zone)
    if meeting.needs or meeting.attributes or topics:
        seated = steps[ASSIGN].astimezone(ZoneInfo(zone))
        steps[ASK_AGAIN] = at_clock(seated.date() - timedelta(days=ASK_AGAIN_DAYS), seated.time(), zone)
    if meeting.needs:
        steps[NEEDS_ALERT] = planned(ALERT_BEFORE, meeting.starts_at, zone)
    steps[FEW_ALERT] = planned(ALERT_BEFORE, meeting.starts_at, zone)
    steps[FEEDBACK] = _feedback_at(meeting)
    asked = steps[FEEDBACK].astimezone(ZoneInfo(zone))
    steps[NUDGE] = at_clock(asked.date() + timedelta(days=NUDGE_DAYS), asked.time(), zone)
    steps[FEEDBACK_CLOSE] = closes_at(meeting)
    return steps


def begun_by(steps: dict[str, datetime], zone: str) -> dict[str, datetime]:
    """Say when the day begins of each step that is gathered by the day: `3d/ahead` at midnight of a zone, in UTC."""
    gathered = {what for what in steps if what in {NUDGE, ASK_AGAIN} or is_days(what)}
    return {what + AHEAD: at_clock(local_date(steps[what], zone), time.min, zone) for what in steps if what in gathered}


def is_days(what: str) -> bool:
    """Tell whether a step is a reminder so many days before, not hours."""
    return what[:1].isdigit() and Offset.parse(what).unit == "d"


def closes_at(meeting: Meeting) -> datetime:
    """Say when a meeting's feedback closes: 14 days after its end, by the calendar of its zone; in UTC."""
    end = meeting.ends_at.astimezone(ZoneInfo(meeting.timezone))
    return at_clock(end.date() + timedelta(days=FEEDBACK_DAYS), end.time(), meeting.timezone)


def schedule(session: Session, meeting: Meeting, *, now: datetime) -> None:
    """Put a convened meeting's steps on the agenda, or move them to where they are due now.

    Reminders already past are done without doing; seating that is past is done at the next tick, so that who signs up
    late is seated at once. A step that was done stays done unless it moved ahead again.
    """
    subject = subject_of(meeting)
    topics = select(Workshop.id).where(Workshop.meeting_id == meeting.id, Workshop.topic.is_not(None)).limit(2)
    steps = plan(meeting, topics=len(session.scalars(topics).all()) > 1)
    steps |= begun_by(steps, meeting.timezone)
    rows = {row.what: row for row in session.scalars(select(Agenda).where(Agenda.subject == subject))}
    for what, row in rows.items():
        if what not in steps:
            session.delete(row)
    for what, due_at in steps.items():
        stale = due_at <= now and _is_stale(what, steps, meeting, now)
        known = rows.get(what)
        if known is None:
            session.add(Agenda(subject=subject, what=what, due_at=due_at, done_at=now if stale else None))
        elif known.due_at != due_at and (known.params or {}).get("instead_of") != due_at.isoformat():
            known.due_at = due_at
            known.tries, known.trouble, known.cursor = 0, None, None
            if stale:
                known.done_at = known.done_at or now
            elif what.endswith(AHEAD) or (due_at > now and what != ASSIGN):
                known.done_at = None
    session.flush()


def complete(session: Session, *, now: datetime) -> None:
    """Put on every convened meeting's agenda what it lacks: steps that it was convened without, by an older Convoca."""
    open_ones = select(Agenda.subject).where(Agenda.what == FEEDBACK_CLOSE, Agenda.done_at.is_(None))
    ids = [int(subject.removeprefix("m")) for subject in session.scalars(open_ones)]
    for meeting in session.scalars(select(Meeting).where(Meeting.id.in_(ids), Meeting.state == "convened")):
        schedule(session, meeting, now=now)


def silence(session: Session, subject: str, *, now: datetime) -> None:
    """Take a cancelled meeting (`m7`) off the agenda, and drop what is pending of it; news of its cancelling go on."""
    session.execute(delete(Agenda).where(Agenda.subject == subject))
    offers = select(literal("o") + cast(Offer.id, String)).where(Offer.meeting_id == int(subject[1:]))
    of_the_meeting = or_(
        Outbox.cause == subject,
        Outbox.cause.like(f"{subject}/%"),
        Outbox.cause.like(f"{subject}s%"),
        Outbox.cause.like(f"{subject}v%"),
        Outbox.cause.in_(offers),
    )
    session.execute(
        update(Outbox)
        .where(Outbox.state == "pending", Outbox.kind.in_(_OF_A_MEETING), of_the_meeting)
        .values(state="dropped", reason="silenced", settled_at=now)
        .execution_options(synchronize_session=False)
    )


def due(session: Session, now: datetime) -> list[int]:
    """List what is due, in the order in which it should be done: seating before reminders, which then tell of it."""
    seating_first = case((Agenda.what == ASSIGN, 0), else_=1)
    open_now = select(Agenda.id).where(Agenda.done_at.is_(None), Agenda.due_at <= now)
    return list(session.scalars(open_now.order_by(seating_first, Agenda.due_at, Agenda.id)))


def anything_under_way(session: Session, now: datetime) -> bool:
    """Tell whether a step is done in part: it has a cursor, and more people to come."""
    begun = select(Agenda.id).where(Agenda.done_at.is_(None), Agenda.due_at <= now, Agenda.cursor.is_not(None))
    return session.scalar(begun.limit(1)) is not None


def next_due(session: Session, now: datetime) -> datetime | None:
    """Say when the next step after now is due."""
    return session.scalar(select(func.min(Agenda.due_at)).where(Agenda.done_at.is_(None), Agenda.due_at > now))


def open_steps(session: Session, subject: str) -> list[Agenda]:
    """Give the steps of a subject that are not done."""
    rows = select(Agenda).where(Agenda.subject == subject, Agenda.done_at.is_(None))
    return list(session.scalars(rows.order_by(Agenda.due_at, Agenda.id)))


def failed(session: Session, agenda_id: int, trouble: str) -> int:
    """Keep that a step failed and why (a trace, its end); say how often it did by now."""
    row = session.get(Agenda, agenda_id)
    if row is None:
        return 0
    row.tries += 1
    row.trouble = trouble[-TRACE_KEPT:]
    return row.tries


def _feedback_at(meeting: Meeting) -> datetime:
    zone = meeting.timezone
    moment = meeting.ends_at + FEEDBACK_AFTER
    if not is_quiet(moment, zone):
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    day = local_date(moment, zone)
    return at_clock(day if local.time() < FEEDBACK_MORNING else day + timedelta(days=1), FEEDBACK_MORNING, zone)


def _is_stale(what: str, steps: dict[str, datetime], meeting: Meeting, now: datetime) -> bool:
    """Tell whether a step that is past has no sense any more."""
    if what.endswith(AHEAD):
        return steps[what.removesuffix(AHEAD)] <= now
    if what == ASSIGN:
        return now >= meeting.starts_at
    if what in {FEEDBACK, NUDGE}:
        return now >= steps[FEEDBACK_CLOSE]
    return what != FEEDBACK_CLOSE
