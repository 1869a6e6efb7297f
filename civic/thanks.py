"""Thanks after a meeting, once its feedback has closed: who came, who answered, and what they said, in numbers.

Only true numbers, of the meeting as a whole; of a question nothing under five answers (`civic.feedback`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import feedback, outbox
from civic.columns import Text
from civic.feedback import Summary
from civic.outbox import Priority
from civic.schema import Answer, Commitment, Meeting, Person, Question, Registration

KIND: Final = "results"
USEFUL: Final = timedelta(days=7)
"""How long thanks are still said."""
CAME: Final = ("registered", "attended")
"""Who is thanked: who had a place to the end, and has not said that she could not go."""


@dataclass(frozen=True)
class Results:
    """What a meeting came to, in numbers."""

    meeting_id: int
    title: Text
    came: int
    """Who is known to have been there."""
    counted: bool
    """They were counted at the door; else they said so themselves, and others may have come too."""
    answered: int
    said: tuple[Summary, ...]
    """What was answered by taps, often enough to be shown."""
    commitments: int
    """Published so far (M14)."""
    was_there: bool
    """Who reads it is known to have been there; else she may have been."""


def give(session: Session, meeting: Meeting, *, now: datetime) -> int:
    """Owe thanks to everyone who came or may have; say to how many it was new. None where no number is known.

    Called right before the feedback closes: afterwards nobody can tell how many people answered.
    """
    if meeting.state != "convened":
        return 0
    of_the_meeting = Registration.meeting_id == meeting.id
    there = of_the_meeting, Registration.state == "attended"
    came = session.scalar(select(func.count()).where(*there)) or 0
    counted = session.scalar(select(Registration.id).where(*there, Registration.arrived_at.is_not(None)).limit(1))
    answered = (
        select(func.count(Answer.registration_id.distinct()))
        .join(Question, Question.id == Answer.question_id)
        .where(Question.meeting_id == meeting.id)
    )
    answers = session.scalar(answered) or 0
    if not came and not answers:
        return 0
    numbers = {"meeting": meeting.id, "came": came, "counted": counted is not None, "answered": answers}
    return sum(
        outbox.enqueue_all(
            session,
            select(Person.id)
            .join(Registration, Registration.person_id == Person.id)
            .where(of_the_meeting, Registration.state == state),
            kind=KIND,
            cause=f"m{meeting.id}",
            due_at=now,
            params={**numbers, "was_there": state == "attended"},
            priority=Priority.USUAL,
            until=now + USEFUL,
        )
        for state in CAME
    )


def results(
    session: Session, meeting_id: int, *, came: int, counted: bool, answered: int, was_there: bool = True
) -> Results | None:
    """Give what a meeting came to, with the numbers of its closing; None for one that was called off.

    `was_there`: of who reads it we know that.
    """
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or meeting.state != "convened":
        return None
    published = select(func.count()).where(
        Commitment.meeting_id == meeting_id,
        Commitment.published_at.is_not(None),
        Commitment.withdrawn_because.is_(None),
    )
    said = tuple(each for each in feedback.summary(session, meeting_id) if each.counts)
    return Results(
        meeting_id,
        meeting.title,
        came,
        counted,
        answered,
        said,
        commitments=session.scalar(published) or 0,
        was_there=was_there,
    )
