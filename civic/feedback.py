"""Feedback after a meeting: did you come, then the meeting's questions, a tap each, saved at each tap.

Nothing of it is in the audit, answers carry no time, and once it closes nothing links them to people.
"""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from civic import agenda, outbox
from civic import registration as registrations
from civic.columns import Text
from civic.errors import AnswerUnclear, FeedbackClosed, NothingOpen, RegistrationUnknown
from civic.outbox import Priority
from civic.schema import Answer, Meeting, Outbox, Person, Question, Registration

LONGEST: Final = 1000
"""Characters of an answer in words."""
ENOUGH: Final = 5
"""Answers to a question before anything of it is shown: fewer could be traced to people."""
HAD_A_PLACE: Final = ("registered", "attended", "no_show")
FINISHED: Final = "feedback"
"""Among what a registration has answered: she came to the end of the questions, whatever she skipped."""
ASKED_BEFORE: Final = timedelta(days=1)
"""How long ago the question must have reached her at least, to be asked once more."""
_TAPS: Final = {"scale": tuple("12345"), "yes_no": ("yes", "no")}


@dataclass(frozen=True)
class Asked:
    """One question to one person, with her answer so far."""

    registration_id: int
    meeting_id: int
    title: Text
    question_id: int
    number: int
    count: int
    slug: str
    kind: str
    """scale, yes_no, choice, text"""
    text: Text | None
    """None: one of ours, by its slug."""
    options: tuple[Text, ...]
    value: str | None


@dataclass(frozen=True)
class Opening:
    """The first question of all: did she come?"""

    registration_id: int
    meeting_id: int
    title: Text


@dataclass(frozen=True)
class Summary:
    """What people answered to a question; figures only once there are enough answers."""

    slug: str
    kind: str
    text: Text | None
    options: tuple[Text, ...]
    answers: int
    mean: float | None
    """Of a scale, 1 to 5."""
    counts: dict[str, int] | None
    """How often each value, for what is tapped."""
    comments: tuple[str, ...]
    """Of what is written; shuffled."""


def ask(session: Session, meeting: Meeting, *, now: datetime) -> int:
    """Owe the first question to everyone who had a place; say to how many it was new."""
    closes = agenda.closes_at(meeting)
    if meeting.state != "convened" or now >= closes:
        return 0
    people = (
        select(Person.id)
        .join(Registration, Registration.person_id == Person.id)
        .where(Registration.meeting_id == meeting.id, Registration.state.in_(("registered", "attended")))
    )
    return outbox.enqueue_all(
        session,
        people,
        kind="feedback",
        cause=f"m{meeting.id}",
        due_at=now,
        params={"meeting": meeting.id},
        priority=Priority.URGENT,
        until=closes,
    )


def nudge(session: Session, meeting: Meeting, *, due_at: datetime | None = None, now: datetime) -> int:
    """Owe the question once more to who was asked and has said nothing since; say to how many it was new.

    It goes at `due_at` (now).
    """
    closes = agenda.closes_at(meeting)
    if meeting.state != "convened" or now >= closes:
        return 0
    cause = f"m{meeting.id}"
    asked_before = exists().where(
        Outbox.cause == cause,
        Outbox.kind == "feedback",
        Outbox.person_id == Registration.person_id,
        Outbox.state == "sent",
        Outbox.settled_at <= now - ASKED_BEFORE,
    )
    people = (
        select(Person.id)
        .join(Registration, Registration.person_id == Person.id)
        .where(Registration.meeting_id == meeting.id, *_SILENT, asked_before)
    )
    return outbox.enqueue_all(
        session,
        people,
        kind="nudge",
        cause=cause,
        due_at=due_at or now,
        params={"meeting": meeting.id},
        priority=Priority.USUAL,
        until=closes,
    )


def asked_again(session: Session, meeting_id: int, person_id: int | None, now: datetime) -> Opening | Asked | None:
    """Give what a person who said nothing is asked once more; None when she has answered, or came to the end."""
    silent = session.scalar(
        select(Registration).where(Registration.meeting_id == meeting_id, Registration.person_id == person_id, *_SILENT)
    )
    if silent is None or FINISHED in silent.answered:
        return None
    if silent.state == "attended":
        first = _next(session, meeting_id, silent.id, 0)
        return asked(session, silent.id, first, person_id, now) if first else None
    return opening(session, meeting_id, person_id, now)


_SILENT: Final = (
    Registration.person_id.is_not(None),
    Registration.state.in_(("registered", "attended")),
    ~exists().where(Answer.registration_id == Registration.id),
)
"""Has neither said that she could not go, nor answered any question."""


def opening(session: Session, meeting_id: int, person_id: int | None, now: datetime) -> Opening | Asked | None:
    """Give what a person is asked first; None when there is nothing to ask her (any more).

    Who was seen at the desk is not asked whether she came.
    """
    own = session.scalar(
        select(Registration).where(
            Registration.meeting_id == meeting_id,
            Registration.person_id.is_not(None),
            Registration.person_id == person_id,
        )
    )
    try:
        meeting, registration = _open(session, own.id if own else 0, person_id, now)
    except (FeedbackClosed, RegistrationUnknown):
        return None
    if registration.arrived_at is not None:
        first = _next(session, meeting.id, registration.id, 0)
        return asked(session, registration.id, first, person_id, now) if first else None
    return Opening(registration.id, meeting.id, meeting.title)


def came(session: Session, registration_id: int, *, yes: bool, person_id: int | None, now: datetime) -> int | None:
    """Note whether she came, unless the desk did; give the id of the question that comes next, if any.

    Raises RegistrationUnknown for who is not hers, FeedbackClosed outside its time.
    """
    _, registration = _open(session, registration_id, person_id, now)
    if registration.arrived_at is None:
        registration.state = "attended" if yes else "no_show"
    if not yes:
        return None
    return _go_on(session, registration, 0)


def answer(
    session: Session, registration_id: int, question_id: int, value: str, *, person_id: int | None, now: datetime
) -> int | None:
    """Save an answer, or change it; give the id of the next question without one, if any.

    Values are `1`–`5`, `yes` or `no`, an option's number from 0, or words. Raises AnswerUnclear for what is none of
    them or over 1,000 characters, NothingOpen for a question of another meeting, FeedbackClosed outside its time.
    """
    meeting, registration = _open(session, registration_id, person_id, now)
    question = _question(session, meeting, question_id)
    value = value.strip()
    if not _fits(question, value):
        raise AnswerUnclear
    row = {"registration_id": registration.id, "question_id": question.id, "value": value}
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert: Any = dialect.insert(Answer).values(row)
    session.execute(
        insert.on_conflict_do_update(index_elements=["registration_id", "question_id"], set_={"value": value})
    )
    return _go_on(session, registration, question.number)


def skip(
    session: Session, registration_id: int, question_id: int, *, person_id: int | None, now: datetime
) -> int | None:
    """Take back an answer if there was one; give the id of the next question without one, if any."""
    meeting, registration = _open(session, registration_id, person_id, now)
    question = _question(session, meeting, question_id)
    session.execute(delete(Answer).where(Answer.registration_id == registration.id, Answer.question_id == question.id))
    return _go_on(session, registration, question.number)


def asked(
    session: Session, registration_id: int, question_id: int, person_id: int | None, now: datetime
) -> Asked | None:
    """Give a question as it is put to a person; None when it is not open to her."""
    return next(
        (each for each in questions(session, registration_id, person_id, now) if each.question_id == question_id), None
    )


def questions(session: Session, registration_id: int, person_id: int | None, now: datetime) -> list[Asked]:
    """List a meeting's questions with a person's answers so far; none when they are not open to her."""
    try:
        meeting, registration = _open(session, registration_id, person_id, now)
    except (FeedbackClosed, RegistrationUnknown):
        return []
    rows = session.scalars(select(Question).where(Question.meeting_id == meeting.id).order_by(Question.number)).all()
    own = select(Answer.question_id, Answer.value).where(Answer.registration_id == registration.id)
    given = dict(session.execute(own).all())
    return [
        Asked(
            registration_id=registration.id,
            meeting_id=meeting.id,
            title=meeting.title,
            question_id=row.id,
            number=number,
            count=len(rows),
            slug=row.slug,
            kind=row.kind,
            text=row.text,
            options=tuple(row.options),
            value=given.get(row.id),
        )
        for number, row in enumerate(rows, 1)
    ]


def check_open(session: Session, registration_id: int, *, person_id: int | None, now: datetime) -> None:
    """Raise FeedbackClosed outside its time, RegistrationUnknown for a registration that is not hers."""
    _open(session, registration_id, person_id, now)


def meeting_of(session: Session, registration_id: int) -> int | None:
    """Say which meeting a registration is for."""
    return session.scalar(select(Registration.meeting_id).where(Registration.id == registration_id))


def close(session: Session, meeting_id: int) -> None:
    """Cut the link between a meeting's answers and people, for good; who came to the end is known no more either."""
    for row in session.scalars(select(Registration).where(Registration.meeting_id == meeting_id)):
        if FINISHED in row.answered:
            row.answered = [each for each in row.answered if each != FINISHED]
    of_the_meeting = select(Question.id).where(Question.meeting_id == meeting_id)
    session.execute(
        update(Answer)
        .where(Answer.question_id.in_(of_the_meeting))
        .values(registration_id=None)
        .execution_options(synchronize_session=False)
    )


def summary(session: Session, meeting_id: int) -> list[Summary]:
    """Say what people answered: no names, no times, comments shuffled, nothing of a question under 5 answers."""
    rows = session.scalars(select(Question).where(Question.meeting_id == meeting_id).order_by(Question.number)).all()
    return [_summed_up(session, row) for row in rows]


def _summed_up(session: Session, question: Question) -> Summary:
    values = list(session.scalars(select(Answer.value).where(Answer.question_id == question.id)))
    shown = len(values) >= ENOUGH
    tapped = shown and question.kind != "text"
    written = values if shown and question.kind == "text" else []
    random.SystemRandom().shuffle(written)
    return Summary(
        slug=question.slug,
        kind=question.kind,
        text=question.text,
        options=tuple(question.options),
        answers=len(values),
        mean=sum(map(int, values)) / len(values) if shown and question.kind == "scale" else None,
        counts=dict(sorted(Counter(values).items())) if tapped else None,
        comments=tuple(written),
    )


def _open(session: Session, registration_id: int, person_id: int | None, now: datetime) -> tuple[Meeting, Registration]:
    """Find a person's registration in a meeting whose feedback is open."""
    registration = registrations.mine(session, registration_id, person_id)
    meeting = session.get_one(Meeting, registration.meeting_id)
    in_time = meeting.ends_at <= now < agenda.closes_at(meeting)
    if not in_time or meeting.state != "convened" or registration.state not in HAD_A_PLACE:
        raise FeedbackClosed(meeting.id)
    return meeting, registration


def _question(session: Session, meeting: Meeting, question_id: int) -> Question:
    question = session.get(Question, question_id)
    if question is None or question.meeting_id != meeting.id:
        raise NothingOpen
    return question


def _next(session: Session, meeting_id: int, registration_id: int, after: int) -> int | None:
    """Find the next question without an answer after one (by number)."""
    answered = select(Answer.question_id).where(Answer.registration_id == registration_id)
    return session.scalar(
        select(Question.id)
        .where(Question.meeting_id == meeting_id, Question.number > after, Question.id.not_in(answered))
        .order_by(Question.number)
        .limit(1)
    )


def _go_on(session: Session, registration: Registration, after: int) -> int | None:
    """Find the next question without an answer, and note it when that was the last one."""
    following = _next(session, registration.meeting_id, registration.id, after)
    if following is None and FINISHED not in registration.answered:
        registration.answered = [*registration.answered, FINISHED]
    return following


def _fits(question: Question, value: str) -> bool:
    if question.kind == "text":
        return 0 < len(value) <= LONGEST
    if question.kind == "choice":
        return value in {str(number) for number in range(len(question.options))}
    return value in _TAPS[question.kind]
