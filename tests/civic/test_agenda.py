"""A meeting's steps: when each is due, what happens to those that are past, and the silence of a cancelled one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from civic import agenda, outbox
from civic.daytime import is_quiet
from civic.schema import Agenda, Meeting, Outbox
from civic.store import Store
from tests.factories import NOW, meeting, person

BOGOTA = ZoneInfo("America/Bogota")
ZONES = ("America/Bogota", "Europe/Madrid", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(BOGOTA):%m-%d %H:%M}"


def _meeting(starts: datetime, ends: datetime, zone: str = "America/Bogota", assign: str = "7d") -> Meeting:
    return Meeting(
        id=7,
        starts_at=starts,
        ends_at=ends,
        timezone=zone,
        reminders=["15d", "7d", "3d", "1d", "2h"],
        assignment_before=assign,
    )


def _open(session: Session) -> list[str]:
    """List the open steps, but for those that begin a day."""
    rows = select(Agenda.what).where(Agenda.done_at.is_(None), Agenda.what.not_like(f"%{agenda.AHEAD}"))
    return list(session.scalars(rows.order_by(Agenda.due_at, Agenda.id)))


def test_a_morning_meeting_has_its_hours_reminder_the_evening_before() -> None:
    start = datetime(2026, 12, 15, 9, tzinfo=BOGOTA)
    plan = agenda.plan(_meeting(start, start + timedelta(hours=4)))
    assert {what: _local(due_at) for what, due_at in plan.items()} == {
        "15d": "11-30 09:00",
        "7d": "12-08 09:00",
        "assign": "12-08 09:00",
        "few_alert": "12-08 09:00",
        "3d": "12-12 09:00",
        "1d": "12-14 09:00",
        "2h": "12-14 18:00",
        "feedback": "12-15 15:00",
        "nudge": "12-18 15:00",
        "feedback_close": "12-29 13:00",
    }


@pytest.mark.parametrize(
    ("ends", "asked"),
    [
        (datetime(2026, 12, 15, 17, 59, tzinfo=BOGOTA), "12-15 19:59"),
        (datetime(2026, 12, 15, 18, tzinfo=BOGOTA), "12-16 09:00"),
        (datetime(2026, 12, 15, 23, 30, tzinfo=BOGOTA), "12-16 09:00"),
    ],
)
def test_feedback_is_asked_after_two_hours_or_next_morning(ends: datetime, asked: str) -> None:
    assert _local(agenda.plan(_meeting(ends - timedelta(hours=3), ends))["feedback"]) == asked


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - aware by timezones
    st.integers(30, 720),
    st.sampled_from(ZONES),
)
def test_nothing_is_planned_in_the_quiet_hours(start: datetime, minutes: int, zone: str) -> None:
    made = _meeting(start, start + timedelta(minutes=minutes), zone)
    plan = agenda.plan(made)
    closes = plan.pop(agenda.FEEDBACK_CLOSE)
    assert [what for what, due_at in plan.items() if is_quiet(due_at, zone)] == []
    assert made.ends_at < plan[agenda.FEEDBACK] < closes
    assert all(plan[what] < start for what in made.reminders)


def test_what_is_past_when_a_meeting_is_convened_is_not_done_any_more(store: Store) -> None:
    def convene(session: Session) -> list[str]:
        agenda.schedule(session, meeting(session, starts_in=timedelta(days=5)), now=NOW)
        return _open(session)

    assert store.write(convene) == ["assign", "3d", "1d", "2h", "feedback", "nudge", "feedback_close"]


def test_scheduling_again_changes_nothing_and_a_move_opens_what_is_ahead_again(store: Store) -> None:
    def move(session: Session) -> tuple[list[str], list[str]]:
        made = meeting(session, starts_in=timedelta(days=20))
        agenda.schedule(session, made, now=NOW)
        for row in session.scalars(select(Agenda).where(Agenda.what.in_(["15d", "assign"]))):
            row.done_at = NOW
        session.flush()
        agenda.schedule(session, made, now=NOW)
        before = _open(session)
        made.starts_at += timedelta(days=10)
        made.ends_at += timedelta(days=10)
        agenda.schedule(session, made, now=NOW + timedelta(days=6))
        return before, _open(session)

    before, after = store.write(move)
    assert before == ["7d", "few_alert", "3d", "1d", "2h", "feedback", "nudge", "feedback_close"]
    assert after == ["15d", *before]


def test_a_step_that_the_meeting_has_no_more_leaves_the_agenda(store: Store) -> None:
    def shorten(session: Session) -> list[str]:
        made = meeting(session)
        agenda.schedule(session, made, now=NOW)
        made.reminders = ["3d"]
        agenda.schedule(session, made, now=NOW)
        return _open(session)

    assert store.write(shorten) == ["assign", "few_alert", "3d", "feedback", "nudge", "feedback_close"]


def test_due_lists_seating_before_reminders(store: Store) -> None:
    def look(session: Session) -> list[str]:
        made = meeting(session)
        agenda.schedule(session, made, now=NOW)
        ids = agenda.due(session, made.starts_at - timedelta(days=6))
        what = dict(session.execute(select(Agenda.id, Agenda.what)).all())
        return [what[each] for each in ids if not what[each].endswith(agenda.AHEAD)]

    assert store.write(look) == ["assign", "15d", "7d", "few_alert"]


def test_silence_drops_what_is_pending_of_this_meeting_alone(store: Store) -> None:
    def cancel(session: Session) -> dict[tuple[str, str], str]:
        made, other = meeting(session), meeting(session, code="tierra")
        agenda.schedule(session, made, now=NOW)
        agenda.schedule(session, other, now=NOW)
        maria = person(session)
        for cause, kind in (
            (f"m{made.id}/2026-11-21/3d", "reminder"),
            (f"m{made.id}s1", "seated"),
            (f"m{made.id}v2", "cancelled"),
            (f"m{other.id}", "feedback"),
        ):
            outbox.enqueue(session, maria.id, cause=cause, kind=kind, due_at=NOW)
        agenda.silence(session, f"m{made.id}", now=NOW)
        assert set(session.scalars(select(Agenda.subject))) == {f"m{other.id}"}
        rows = session.execute(select(Outbox.cause, Outbox.kind, Outbox.state))
        return {(cause.replace(f"m{made.id}", "m", 1), kind): state for cause, kind, state in rows}

    states = store.write(cancel)
    assert states.pop(("m/2026-11-21/3d", "reminder")) == "dropped"
    assert states.pop(("ms1", "seated")) == "dropped"
    assert set(states.values()) == {"pending"}


def test_a_failed_step_keeps_its_trouble_and_is_counted(store: Store) -> None:
    def fail(session: Session) -> tuple[int, int, str | None]:
        agenda.schedule(session, meeting(session), now=NOW)
        row = session.scalars(select(Agenda)).first()
        assert row is not None
        agenda.failed(session, row.id, "first")
        agenda.failed(session, row.id, "x" * 3000 + "last")
        return row.tries, len(row.trouble or ""), (row.trouble or "")[-4:]

    assert store.write(fail) == (2, agenda.TRACE_KEPT, "last")


def test_a_meeting_convened_by_an_older_convoca_gets_the_steps_that_it_lacks(store: Store) -> None:
    def older(session: Session) -> None:
        made = meeting(session, needs=["sign_language"])
        newer = (agenda.NUDGE, agenda.ASK_AGAIN, agenda.NEEDS_ALERT)
        session.execute(delete(Agenda).where(or_(Agenda.what.in_(newer), Agenda.what.like(f"%{agenda.AHEAD}"))))
        kept = session.scalars(select(Agenda).where(Agenda.what == "15d")).one()
        kept.done_at = NOW
        assert len(agenda.open_steps(session, agenda.subject_of(made))) == len(agenda.plan(made)) - 4

    store.write(older)
    store.write(agenda.complete, now=NOW)
    steps = store.read(lambda s: {row.what: row.done_at for row in s.scalars(select(Agenda))})
    assert {agenda.NUDGE, agenda.ASK_AGAIN, agenda.NEEDS_ALERT, agenda.NUDGE + agenda.AHEAD} <= set(steps)
    assert [what for what, done_at in steps.items() if done_at] == ["15d"]


def test_each_step_that_is_gathered_by_the_day_has_its_day_begun(store: Store) -> None:
    def look(session: Session) -> dict[str, str]:
        made = meeting(session, needs=["sign_language"])
        begun = agenda.begun_by(agenda.plan(made), made.timezone)
        return {what: _local(due_at) for what, due_at in begun.items()}

    assert store.write(look) == {
        "15d/ahead": "11-06 00:00",
        "7d/ahead": "11-14 00:00",
        "3d/ahead": "11-18 00:00",
        "1d/ahead": "11-20 00:00",
        "ask_again/ahead": "11-12 00:00",
        "nudge/ahead": "11-24 00:00",
    }
