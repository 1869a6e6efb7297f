"""What organisers hear of before it is too late: few sign-ups a week before, messages that do not reach people."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import alerts, convening, recipients
from civic.daytime import local_date
from civic.outbox import Priority
from civic.places import AHEAD
from civic.schema import Meeting, Outbox, Person, Registration

LEAST_CUT_OFF: Final = 5
"""People of one meeting who cannot be reached, of whom its organisers hear: fewer are called as a matter of course."""
SHARE_CUT_OFF: Final = 10
"""In percent of those to come."""
LEAST_FAILED: Final = 5
"""Messages of one meeting within a day that failed for good, fail again and again, or are late."""
FAILING: Final = 3
"""Attempts after which a message fails again and again."""
LATE: Final = timedelta(hours=1)
"""A message that has been due for longer is late; what the quiet hours hold is not due."""
LOOKED_BACK: Final = timedelta(days=1)
LOOKED_AT: Final = 2_000
"""Messages in trouble that are looked at: where it is that many, everything is in trouble."""


class Cut(NamedTuple):
    """Trouble of a meeting: people cut off, messages that failed or are late; how many, and of how many."""

    meeting_id: int
    what: str
    number: int
    of: int


def few(session: Session, meeting: Meeting, now: datetime) -> int | None:
    """Count who has a place in a meeting to come, where they are few: under 40 (M3), or under half the places."""
    if meeting.state != "convened" or meeting.starts_at <= now:
        return None
    coming = select(func.count()).where(Registration.meeting_id == meeting.id, Registration.state == "registered")
    people = session.scalar(coming) or 0
    enough = max(min(convening.FEWEST, meeting.capacity), (meeting.capacity + 1) // 2)
    return people if people < enough else None


def alert_few(session: Session, meeting: Meeting, *, now: datetime) -> int:
    """Tell organisers when few have a place; say how many alerts that is."""
    people = few(session, meeting, now)
    if people is None:
        return 0
    key = f"{local_date(meeting.starts_at, meeting.timezone)}"
    return alerts.alert(session, meeting, "few", key=key, now=now, people=people, capacity=meeting.capacity)


def look(session: Session, now: datetime) -> list[Cut]:
    """Find the meetings to come whose people messages do not reach. Only looks: the rows may be many."""
    return [*_cut_off(session, now), *_failed(session, now), *_late(session, now)]


def lasting(found: list[Cut], before: list[Cut]) -> list[Cut]:
    """Leave out what is late for the first time: after a stop of ours, messages catch up within minutes."""
    late = {each.meeting_id for each in before if each.what == "late"}
    return [each for each in found if each.what != "late" or each.meeting_id in late]


def alert_all(session: Session, found: list[Cut], *, now: datetime) -> int:
    """Tell organisers of trouble: of unreachable people again when they are twice as many, of the rest once a day."""
    told = 0
    for each in found:
        meeting = session.get(Meeting, each.meeting_id)
        if meeting is None or meeting.ends_at <= now:
            continue
        if each.what == "cut_off":
            key = f"{(each.number // LEAST_CUT_OFF).bit_length()}"
        else:
            key = f"{local_date(now, meeting.timezone)}"
        told += alerts.alert(session, meeting, each.what, key=key, now=now, people=each.number, of=each.of)
    return told


def _cut_off(session: Session, now: datetime) -> list[Cut]:
    """Count people to come who blocked the bot, or whose chat is gone, by meeting."""
    lost = func.count().filter(Person.unreachable_since.is_not(None))
    rows = session.execute(
        select(Registration.meeting_id, lost, func.count())
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .join(Person, Person.id == Registration.person_id)
        .where(Meeting.state == "convened", Meeting.starts_at > now, Registration.state.in_(AHEAD))
        .group_by(Registration.meeting_id)
        .having(lost >= LEAST_CUT_OFF)
    )
    return [
        Cut(meeting_id, "cut_off", number, people)
        for meeting_id, number, people in rows
        if number * 100 >= people * SHARE_CUT_OFF
    ]


def _failed(session: Session, now: datetime) -> list[Cut]:
    """Count messages that failed for good or fail again and again, not for a block, by meeting."""
    reachable = Outbox.person_id.in_(select(Person.id).where(Person.unreachable_since.is_(None)))
    of_ours = Outbox.priority > int(Priority.REPLY), Outbox.kind.not_in(_ALERTS), reachable
    given_up = Outbox.state == "dead", Outbox.settled_at > now - LOOKED_BACK
    failing = Outbox.state == "pending", Outbox.due_at <= now, Outbox.attempts >= FAILING
    rows: list[Outbox] = []
    for which in (given_up, failing):
        newest = select(Outbox).where(*which, *of_ours).order_by(Outbox.id.desc())
        rows += session.scalars(newest.limit(LOOKED_AT))
    return _by_meeting(session, "failed", rows, now)


def _late(session: Session, now: datetime) -> list[Cut]:
    """Count messages that have been due for long, and did not fail, by meeting; each priority's index answers."""
    rows: list[Outbox] = []
    for priority in (Priority.URGENT, Priority.USUAL, Priority.MASS):
        waits = Outbox.state == "pending", Outbox.priority == int(priority), Outbox.due_at <= now - LATE
        oldest = select(Outbox).where(*waits, Outbox.attempts < FAILING, Outbox.kind.not_in(_ALERTS))
        rows += session.scalars(oldest.order_by(Outbox.due_at, Outbox.id).limit(LOOKED_AT))
    return _by_meeting(session, "late", rows, now)


def _by_meeting(session: Session, what: str, rows: list[Outbox], now: datetime) -> list[Cut]:
    about = recipients.meetings(session, rows)
    counts = Counter(each.id for each in about.values() if each.state == "convened" and each.ends_at > now)
    return [Cut(each, what, number, number) for each, number in counts.items() if number >= LEAST_FAILED]


_ALERTS: Final = ("alert", "alerts")
