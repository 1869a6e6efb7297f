"""Feedback: did you come, then the questions; changeable while open, without names once it has closed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic import agenda, due, feedback, outbox, registration
from civic.audit import Actor
from civic.errors import AnswerUnclear, FeedbackClosed, NothingOpen, RegistrationUnknown
from civic.schema import Answer, Audit, Meeting, Outbox, Question, Registration
from civic.store import Store
from tests.factories import NOW, meeting, person

END = NOW + timedelta(days=20, hours=4)
AFTER = END + timedelta(hours=2)


class Town:
    """A meeting that is over, with its questions and who had a place."""

    def __init__(self, store: Store, people: int = 1) -> None:
        self.store = store
        self.meeting_id, self.questions, self.registrations = store.write(self._make, people)
        self.heard, self.again, self.topic, self.words = self.questions

    def _make(self, session: Session, people: int) -> tuple[int, list[int], list[tuple[int, int]]]:
        made = meeting(session)
        rows = [
            Question(meeting_id=made.id, number=1, slug="heard", kind="scale", text=None, options=[]),
            Question(meeting_id=made.id, number=2, slug="come_again", kind="yes_no", text=None, options=[]),
            Question(meeting_id=made.id, number=3, slug="topic", kind="choice", text="¿Qué?", options=["Agua", "Luz"]),
            Question(meeting_id=made.id, number=4, slug="in_your_words", kind="text", text=None, options=[]),
        ]
        session.add_all(rows)
        session.flush()
        own = []
        for _ in range(people):
            maria = person(session)
            row = registration.register(
                session, made.id, maria.id, name="María", actor=Actor(maria.id, "chat"), now=NOW
            )
            own.append((row.id, maria.id))
        return made.id, [row.id for row in rows], own

    def came(self, *, yes: bool, who: int = 0, now: datetime = AFTER) -> int | None:
        """Say whether somebody came."""
        row, person_id = self.registrations[who]
        return self.store.write(feedback.came, row, yes=yes, person_id=person_id, now=now)

    def answer(self, question: int, value: str, *, who: int = 0, now: datetime = AFTER) -> int | None:
        """Answer as somebody."""
        row, person_id = self.registrations[who]
        return self.store.write(feedback.answer, row, question, value, person_id=person_id, now=now)

    def state(self, who: int = 0) -> str:
        """Tell somebody's state."""
        return self.store.read(lambda session: session.get_one(Registration, self.registrations[who][0]).state)

    def values(self) -> list[str]:
        """List every answer, oldest first."""
        return self.store.read(lambda session: list(session.scalars(select(Answer.value).order_by(Answer.id))))

    def summary(self, slug: str) -> feedback.Summary:
        """Sum a question up."""
        return next(each for each in self.store.read(feedback.summary, self.meeting_id) if each.slug == slug)


def test_a_yes_sets_attended_and_leads_through_the_questions(store: Store) -> None:
    town = Town(store)
    assert town.came(yes=True) == town.heard
    assert town.state() == "attended"
    assert town.answer(town.heard, "4") == town.again
    assert town.answer(town.again, "yes") == town.topic
    assert town.answer(town.topic, "1") == town.words
    assert town.answer(town.words, "  Más sillas  ") is None
    assert town.values() == ["4", "yes", "1", "Más sillas"]


def test_a_no_sets_no_show_and_ends_it(store: Store) -> None:
    town = Town(store)
    assert town.came(yes=False) is None
    assert town.state() == "no_show"
    assert town.came(yes=True) == town.heard
    assert town.state() == "attended"


def test_what_the_desk_saw_stays(store: Store) -> None:
    town = Town(store)

    def arrive(session: Session) -> None:
        row = session.get_one(Registration, town.registrations[0][0])
        row.state, row.arrived_at = "attended", END

    store.write(arrive)
    town.came(yes=False)
    assert town.state() == "attended"
    opening = store.read(feedback.opening, town.meeting_id, town.registrations[0][1], AFTER)
    assert isinstance(opening, feedback.Asked)
    assert opening.question_id == town.heard


def test_an_answer_changes_while_it_is_open_and_asks_only_what_is_left(store: Store) -> None:
    town = Town(store)
    town.answer(town.heard, "1")
    assert town.answer(town.topic, "0") == town.words
    assert town.answer(town.heard, "5") == town.again
    assert town.values() == ["5", "0"]


def test_a_skipped_question_is_passed_and_takes_its_answer_back(store: Store) -> None:
    town = Town(store)
    row, person_id = town.registrations[0]
    town.answer(town.heard, "3")
    assert store.write(feedback.skip, row, town.heard, person_id=person_id, now=AFTER) == town.again
    assert store.write(feedback.skip, row, town.words, person_id=person_id, now=AFTER) is None
    assert town.values() == []


@pytest.mark.parametrize(
    ("question", "value"),
    [(0, "6"), (0, "0"), (0, "4.5"), (0, "yes"), (1, "maybe"), (2, "2"), (2, "-1"), (3, "   "), (3, "x" * 1001)],
)
def test_an_answer_that_is_none_is_refused(store: Store, question: int, value: str) -> None:
    town = Town(store)
    with pytest.raises(AnswerUnclear):
        town.answer(town.questions[question], value)
    assert town.values() == []


def test_the_longest_answer_is_saved_whole(store: Store) -> None:
    town = Town(store)
    town.answer(town.words, "ñ" * 1000)
    assert town.values() == ["ñ" * 1000]


@pytest.mark.parametrize("now", [END - timedelta(seconds=1), END + timedelta(days=14)])
def test_it_is_closed_before_the_end_and_after_14_days(store: Store, now: datetime) -> None:
    town = Town(store)
    with pytest.raises(FeedbackClosed):
        town.came(yes=True, now=now)
    with pytest.raises(FeedbackClosed):
        town.answer(town.heard, "4", now=now)
    assert town.state() == "registered"


def test_it_is_open_to_the_last_moment(store: Store) -> None:
    town = Town(store)
    town.answer(town.heard, "4", now=END + timedelta(days=14) - timedelta(seconds=1))
    assert town.values() == ["4"]


def test_nobody_answers_for_another_or_to_another_meeting(store: Store) -> None:
    town = Town(store, people=2)
    (mine, _), (_, other) = town.registrations
    with pytest.raises(RegistrationUnknown):
        store.write(feedback.answer, mine, town.heard, "4", person_id=other, now=AFTER)
    foreign = store.write(_foreign_question)
    with pytest.raises(NothingOpen):
        town.answer(foreign, "4")


def _foreign_question(session: Session) -> int:
    made = meeting(session, code="tierra")
    row = Question(meeting_id=made.id, number=1, slug="heard", kind="scale", text=None, options=[])
    session.add(row)
    session.flush()
    return row.id


def test_under_five_answers_nothing_is_shown(store: Store) -> None:
    town = Town(store, people=5)
    for who in range(4):
        town.answer(town.heard, "5", who=who)
        town.answer(town.words, f"Bien {who}", who=who)
    four = town.summary("heard")
    assert (four.answers, four.mean, four.counts) == (4, None, None)
    assert town.summary("in_your_words").comments == ()
    town.answer(town.heard, "1", who=4)
    town.answer(town.words, "Bien 4", who=4)
    five = town.summary("heard")
    assert (five.answers, five.mean, five.counts) == (5, 4.2, {"1": 1, "5": 4})
    assert sorted(town.summary("in_your_words").comments) == [f"Bien {who}" for who in range(5)]


def test_closing_cuts_the_link_to_people_and_keeps_the_count(store: Store) -> None:
    town = Town(store, people=5)
    for who in range(5):
        town.answer(town.heard, "3", who=who)
    store.write(feedback.close, town.meeting_id)
    assert store.read(lambda session: set(session.scalars(select(Answer.registration_id)))) == {None}
    assert town.summary("heard").mean == 3


def test_feedback_leaves_nothing_in_the_audit(store: Store) -> None:
    town = Town(store)
    acts = select(Audit.act).order_by(Audit.id)
    before = store.read(lambda session: list(session.scalars(acts)))
    town.came(yes=True)
    town.answer(town.heard, "2")
    assert store.read(lambda session: list(session.scalars(acts))) == before


def test_only_who_had_a_place_is_asked_and_once(store: Store) -> None:
    town = Town(store, people=3)

    def ask(session: Session) -> tuple[int, int]:
        gone = session.get_one(Registration, town.registrations[0][0])
        gone.state, gone.cancelled_at = "cancelled", NOW
        made = session.get_one(Meeting, town.meeting_id)
        first = feedback.ask(session, made, now=AFTER)
        return first, feedback.ask(session, made, now=AFTER)

    assert store.write(ask) == (2, 0)
    rows = store.read(lambda session: list(session.scalars(select(Outbox))))
    assert {(row.priority, row.until) for row in rows} == {
        (int(outbox.Priority.URGENT), store.read(lambda s: agenda.closes_at(s.get_one(Meeting, town.meeting_id))))
    }


NUDGED = AFTER + timedelta(days=3)


def nudge(town: Town, *, asked: str = "sent", at: datetime | None = AFTER) -> list[int]:
    """Ask everybody, ask again three days later, and give who is owed that (from 0)."""

    def act(session: Session) -> int:
        made = session.get_one(Meeting, town.meeting_id)
        feedback.ask(session, made, now=AFTER)
        session.execute(update(Outbox).where(Outbox.kind == "feedback").values(state=asked, settled_at=at))
        count = feedback.nudge(session, made, now=NUDGED)
        assert feedback.nudge(session, made, now=NUDGED) == 0
        return count

    count = town.store.write(act)
    owed = select(Outbox.person_id, Outbox.cause, Outbox.until).where(Outbox.kind == "nudge")
    rows = town.store.read(lambda session: session.execute(owed.order_by(Outbox.person_id)).all())
    assert len(rows) == count
    closes = END + timedelta(days=14)
    assert {tuple(row)[1:] for row in rows} <= {(f"m{town.meeting_id}", closes)}
    people = [person_id for _, person_id in town.registrations]
    return [people.index(row.person_id) for row in rows]


def test_who_said_nothing_is_asked_once_more_and_nobody_else(store: Store) -> None:
    town = Town(store, people=5)
    town.came(yes=True, who=1)
    town.came(yes=False, who=2)
    town.came(yes=True, who=3)
    town.answer(town.heard, "4", who=3)
    town.came(yes=True, who=4)
    for question in town.questions:
        row, person_id = town.registrations[4]
        store.write(feedback.skip, row, question, person_id=person_id, now=AFTER)
    assert nudge(town) == [0, 1, 4]

    def again(who: int) -> object:
        _, person_id = town.registrations[who]
        return store.read(feedback.asked_again, town.meeting_id, person_id, NUDGED)

    silent, came = again(0), again(1)
    assert isinstance(silent, feedback.Opening)
    assert isinstance(came, feedback.Asked)
    assert came.question_id == town.heard
    assert [again(who) for who in (2, 3, 4)] == [None] * 3, "who skipped all of it has been heard, too"
    town.answer(town.heard, "5", who=1)
    assert again(1) is None, "answered in between"


@pytest.mark.parametrize(
    ("asked", "at"),
    [
        pytest.param("pending", None, id="not told yet"),
        pytest.param("dropped", AFTER, id="hushed"),
        pytest.param("sent", NUDGED - timedelta(hours=2), id="told late"),
    ],
)
def test_who_was_not_asked_or_only_just_is_not_asked_again(store: Store, asked: str, at: datetime | None) -> None:
    assert nudge(Town(store), asked=asked, at=at) == []


def test_asking_again_is_written_down_as_its_day_begins_for_its_hour(store: Store) -> None:
    town = Town(store, people=2)

    def ask(session: Session) -> datetime:
        made = session.get_one(Meeting, town.meeting_id)
        agenda.schedule(session, made, now=AFTER)
        feedback.ask(session, made, now=AFTER)
        session.execute(update(Outbox).values(state="sent", settled_at=AFTER))
        return agenda.plan(made)[agenda.NUDGE]

    hour = store.write(ask)
    midnight = hour.astimezone(ZoneInfo("America/Bogota")).replace(hour=0, minute=0)
    for _ in range(2):
        for agenda_id in store.read(agenda.due, midnight):
            store.write(due.run, agenda_id, now=midnight)
    owed = select(Outbox.due_at).where(Outbox.kind == "nudge")
    assert store.read(lambda session: session.scalars(owed).all()) == [hour] * 2


def test_the_mark_of_who_came_to_the_end_goes_when_it_closes(store: Store) -> None:
    town = Town(store)
    town.came(yes=True)
    assert town.answer(town.words, "Nada") is None
    answered = select(Registration.answered)
    assert "feedback" in store.read(lambda session: session.scalars(answered).one())
    store.write(feedback.close, town.meeting_id)
    assert "feedback" not in store.read(lambda session: session.scalars(answered).one())
