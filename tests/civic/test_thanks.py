"""Thanks after the feedback: to whom, with which numbers, and nothing that could be traced to anybody."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import agenda, due, feedback, registration, thanks
from civic.audit import BY_COMMAND
from civic.schema import Answer, Meeting, Outbox, Question, Registration
from civic.store import Store
from tests.factories import NOW, meeting, person

STATES = ("attended",) * 6 + ("registered", "no_show", "cancelled")


def held(store: Store, *, answers: int = 6, arrived: bool = False) -> int:
    """Let a meeting be held: six were there, one may have been; some of them answer. Give its id."""

    def make(session: Session) -> int:
        made = meeting(session)
        session.add_all(
            Question(meeting_id=made.id, number=n, slug=slug, kind=kind, text=None, options=[])
            for n, (slug, kind) in enumerate((("heard", "scale"), ("come_again", "yes_no"), ("in_your_words", "text")))
        )
        session.flush()
        scale, again, words = session.scalars(select(Question).order_by(Question.number)).all()
        for number, state in enumerate(STATES):
            who = person(session)
            row = registration.register(session, made.id, who.id, name="María", actor=BY_COMMAND, now=NOW)
            row.state = state
            row.cancelled_at = NOW if state == "cancelled" else None
            row.arrived_at = made.starts_at if arrived and state == "attended" else None
            if number < answers:
                session.add(Answer(registration_id=row.id, question_id=scale.id, value="4"))
                session.add(Answer(registration_id=row.id, question_id=words.id, value="Todo bien"))
            if number < 4:
                session.add(Answer(registration_id=row.id, question_id=again.id, value="yes"))
        return made.id

    return store.write(make)


def close(store: Store, meeting_id: int) -> datetime:
    """Let the clock close the feedback; give when."""
    closes = store.read(lambda session: agenda.closes_at(session.get_one(Meeting, meeting_id)))
    for _ in range(2):
        for agenda_id in store.read(agenda.due, closes):
            store.write(due.run, agenda_id, now=closes)
    return closes


def owed(store: Store) -> list[Outbox]:
    found = select(Outbox).where(Outbox.kind == "results").order_by(Outbox.person_id)
    return store.read(lambda session: list(session.scalars(found)))


def test_whoever_came_or_may_have_is_thanked_once_when_the_feedback_closes(store: Store) -> None:
    meeting_id = held(store)
    closes = close(store, meeting_id)
    states = (Registration.state.in_(("attended", "registered")), Registration.meeting_id == meeting_id)
    there = store.read(lambda s: s.scalars(select(Registration.person_id).where(*states)).all())
    assert [row.person_id for row in owed(store)] == sorted(filter(None, there))
    assert {(row.due_at, row.until) for row in owed(store)} == {(closes, closes + thanks.USEFUL)}
    assert [(row.params or {})["was_there"] for row in owed(store)] == [True] * 6 + [False]


@pytest.mark.parametrize("arrived", [True, False])
def test_its_numbers_are_those_of_before_the_closing(
    store: Store,
    arrived: bool,  # noqa: FBT001 - a table's column
) -> None:
    meeting_id = held(store, arrived=arrived)
    close(store, meeting_id)
    params = owed(store)[0].params or {}
    assert params == {"meeting": meeting_id, "came": 6, "counted": arrived, "answered": 6, "was_there": True}
    assert store.read(lambda session: session.scalars(select(Answer.registration_id).distinct()).all()) == [None]
    found = store.read(thanks.results, meeting_id, came=6, counted=arrived, answered=6)
    assert found is not None
    assert [(each.slug, each.mean) for each in found.said] == [("heard", 4.0)]  # under five: nothing; words: never


def test_a_question_with_few_answers_says_nothing(store: Store) -> None:
    meeting_id = held(store, answers=feedback.ENOUGH - 1)
    close(store, meeting_id)
    found = store.read(thanks.results, meeting_id, came=6, counted=False, answered=4)
    assert found is not None
    assert found.said == ()


def test_without_any_number_there_is_nothing_to_thank_with(store: Store) -> None:
    meeting_id = held(store, answers=0)

    def forget(session: Session) -> None:
        for answer in session.scalars(select(Answer)):
            session.delete(answer)
        for row in session.scalars(select(Registration).where(Registration.state == "attended")):
            row.state = "registered"

    store.write(forget)
    close(store, meeting_id)
    assert owed(store) == []


def test_a_meeting_that_was_called_off_thanks_nobody(store: Store) -> None:
    meeting_id = held(store)

    def cancel(session: Session) -> int:
        made = session.get_one(Meeting, meeting_id)
        made.state, made.cancelled_at = "cancelled", NOW
        return thanks.give(session, made, now=NOW + timedelta(days=40))

    assert store.write(cancel) == 0
    assert store.read(thanks.results, meeting_id, came=6, counted=True, answered=6) is None
