"""The ladder of reminders: each step once, to who should have it, in every zone and over every clock change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import agenda, due, registration, reminders
from civic.audit import Actor
from civic.daytime import Offset, is_quiet, planned
from civic.schema import Agenda, Meeting, Outbox, Registration
from civic.store import Store
from tests.factories import NOW, meeting, person

ZONES = ("America/Bogota", "Europe/Madrid", "America/Santiago", "Australia/Lord_Howe", "America/St_Johns")


def ready(store: Store, *, signed_up: datetime = NOW, people: int = 1, **columns: object) -> int:
    """Make a convened meeting with its agenda, and people with a place in it; give its id."""

    def make(session: Session) -> int:
        made = meeting(session, **columns)  # type: ignore[arg-type]
        agenda.schedule(session, made, now=NOW)
        for _ in range(people):
            join(session, made, signed_up)
        return made.id

    return store.write(make)


def join(session: Session, made: Meeting, at: datetime) -> Registration:
    maria = person(session)
    return registration.register(session, made.id, maria.id, name="María", actor=Actor(maria.id, "chat"), now=at)


def tick(store: Store, now: datetime) -> None:
    """Do what is due, as the ticker does."""
    for agenda_id in store.read(agenda.due, now):
        store.write(due.run, agenda_id, now=now)


def said(store: Store) -> list[str]:
    """List what is owed: kind, and of a reminder which."""

    def look(session: Session) -> list[str]:
        rows = session.scalars(select(Outbox).order_by(Outbox.id))
        return [f"{row.kind} {row.params.get('what', '')}".strip() for row in rows if row.params]

    return store.read(look)


def start_of(store: Store, meeting_id: int) -> datetime:
    return store.read(lambda session: session.get_one(Meeting, meeting_id).starts_at)


def steps_open(store: Store) -> list[str]:
    """List the open steps, but for those that write down as a day begins what its steps will owe."""
    open_now = select(Agenda.what).where(Agenda.done_at.is_(None), Agenda.what.not_like(f"%{agenda.AHEAD}"))
    open_now = open_now.order_by(Agenda.due_at, Agenda.id)
    return store.read(lambda session: list(session.scalars(open_now)))


def test_the_whole_ladder_goes_once_whatever_ticks_twice(store: Store) -> None:
    start = start_of(store, ready(store))
    for days in range(20):
        for _ in range(2):
            tick(store, NOW + timedelta(days=days))
    tick(store, start - timedelta(hours=2))
    assert said(store) == ["reminder 15d", "seated", "reminder 7d", "reminder 3d", "reminder 1d", "reminder 2h"]


def test_a_bot_that_was_down_sends_only_the_latest(store: Store) -> None:
    start = start_of(store, ready(store))
    tick(store, start - timedelta(days=2))
    assert said(store) == ["seated", "reminder 3d"]
    assert steps_open(store) == ["1d", "2h", "feedback", "nudge", "feedback_close"]


def test_a_late_reminder_leaves_it_to_the_next_of_the_same_day(store: Store) -> None:
    start = start_of(store, ready(store))
    night = start - timedelta(hours=37)  # 21:00, two days before
    tick(store, night)
    seated = store.read(lambda session: session.scalars(select(Outbox)).one())
    assert (seated.kind, seated.due_at) == ("seated", start - timedelta(days=1))
    tick(store, start - timedelta(days=1))
    assert said(store) == ["seated", "reminder 1d"]


def test_nothing_goes_once_the_meeting_has_started(store: Store) -> None:
    start = start_of(store, ready(store))
    tick(store, start)
    assert said(store) == []
    assert steps_open(store) == ["feedback", "nudge", "feedback_close"]


def test_who_signs_up_late_gets_what_is_ahead_and_nothing_stale(store: Store) -> None:
    meeting_id = ready(store, people=0)
    start = start_of(store, meeting_id)
    late = start - timedelta(days=3) + timedelta(minutes=1)
    tick(store, start - timedelta(days=7))
    tick(store, start - timedelta(days=3))
    store.write(lambda session: join(session, session.get_one(Meeting, meeting_id), late))
    tick(store, late)
    assert said(store) == []
    tick(store, start - timedelta(days=1))
    assert said(store) == ["reminder 1d"]


def midnight(moment: datetime) -> datetime:
    """Give the beginning of a moment's day in Bogotá."""
    return moment.astimezone(ZoneInfo("America/Bogota")).replace(hour=0, minute=0)


def owed(store: Store) -> list[tuple[str, datetime]]:
    """List the reminders that wait, by what they are and when they go."""

    def look(session: Session) -> list[tuple[str, datetime]]:
        rows = select(Outbox).where(Outbox.state == "pending", Outbox.kind == "reminder").order_by(Outbox.id)
        return [(row.params["what"], row.due_at) for row in session.scalars(rows) if row.params]

    return store.read(look)


def end_all(store: Store, state: str) -> None:
    """Say how all that waits ended."""

    def change(session: Session) -> None:
        for row in session.scalars(select(Outbox).where(Outbox.state == "pending")):
            row.state = state

    store.write(change)


def test_a_days_reminder_is_written_down_at_midnight_for_its_hour_and_again_then_for_who_came_since(
    store: Store,
) -> None:
    meeting_id = ready(store)
    hour = start_of(store, meeting_id) - timedelta(days=3)
    for _ in range(2):
        tick(store, midnight(hour))
    assert owed(store)[-1] == ("3d", hour)
    assert [what for what, _ in owed(store)].count("3d") == 1
    store.write(lambda session: join(session, session.get_one(Meeting, meeting_id), hour - timedelta(hours=1)))
    for _ in range(2):
        tick(store, hour)
    assert [each for each in owed(store) if each[0] == "3d"] == [("3d", hour)] * 2


def test_what_is_written_down_ends_with_the_step_after_it_and_the_hours_before_is_never(store: Store) -> None:
    start = start_of(store, ready(store))
    tick(store, midnight(start - timedelta(days=1)))
    tick(store, midnight(start))
    rows = store.read(lambda session: session.scalars(select(Outbox).where(Outbox.kind == "reminder")).all())
    assert [(row.params or {})["what"] for row in rows] == ["1d"]
    assert rows[0].until == start - timedelta(hours=2)


def test_a_reminder_of_the_hour_of_the_seating_waits_for_it_and_then_goes_at_once(store: Store) -> None:
    hour = start_of(store, ready(store)) - timedelta(days=7)
    tick(store, midnight(hour))
    assert owed(store)[-1] == ("7d", hour + reminders.AFTER_SEATING)
    tick(store, hour)
    assert said(store)[-2:] == ["reminder 7d", "seated"]
    assert owed(store)[-1] == ("7d", hour)


@pytest.mark.parametrize(("end", "goes"), [("dropped", True), ("sent", False)])
def test_who_has_her_place_back_by_the_hour_is_reminded_then(
    store: Store,
    end: str,
    goes: bool,  # noqa: FBT001 - a table's column
) -> None:
    """She had given it up when the day's message was said: there was nothing to say of it."""
    hour = start_of(store, ready(store)) - timedelta(days=3)
    tick(store, midnight(hour))
    end_all(store, end)
    tick(store, hour)
    assert owed(store) == [("3d", hour)] * goes


def test_a_meeting_that_moves_to_another_day_is_written_down_anew(store: Store) -> None:
    meeting_id = ready(store)
    hour = start_of(store, meeting_id) - timedelta(days=3)
    tick(store, midnight(hour))
    end_all(store, "dropped")

    def move(session: Session) -> None:
        made = session.get_one(Meeting, meeting_id)
        made.starts_at += timedelta(days=2)
        made.ends_at += timedelta(days=2)
        agenda.schedule(session, made, now=hour - timedelta(hours=1))

    store.write(move)
    tick(store, hour)
    assert owed(store) == []
    tick(store, midnight(hour + timedelta(days=2)))
    assert owed(store) == [("3d", hour + timedelta(days=2))]


@pytest.mark.parametrize("state", ["waiting", "cancelled"])
def test_who_has_no_place_is_not_reminded(store: Store, state: str) -> None:
    meeting_id = ready(store)

    def change(session: Session) -> None:
        row = session.scalars(select(Registration)).one()
        row.state, row.queue_number = state, 1
        row.cancelled_at = NOW if state == "cancelled" else None

    store.write(change)
    tick(store, start_of(store, meeting_id) - timedelta(days=1))
    assert said(store) == []


def test_a_move_within_the_day_repeats_nothing_and_one_to_another_day_does(store: Store) -> None:
    meeting_id = ready(store)
    before = start_of(store, meeting_id)
    tick(store, before - timedelta(days=3))

    def move(by: timedelta) -> None:
        def change(session: Session) -> None:
            made = session.get_one(Meeting, meeting_id)
            made.starts_at += by
            made.ends_at += by
            agenda.schedule(session, made, now=before - timedelta(days=3))

        store.write(change)

    move(timedelta(hours=1))
    tick(store, before - timedelta(days=3) + timedelta(hours=1))
    assert said(store).count("reminder 3d") == 1
    move(timedelta(days=1))
    tick(store, before - timedelta(days=2) + timedelta(hours=1))
    assert said(store).count("reminder 3d") == 2


def test_the_hours_reminder_is_urgent_and_each_ends_with_the_next(store: Store) -> None:
    meeting_id = ready(store)
    start = start_of(store, meeting_id)
    tick(store, start - timedelta(days=1))
    tick(store, start - timedelta(hours=2))

    def look(session: Session) -> list[tuple[int, datetime | None]]:
        rows = select(Outbox).where(Outbox.kind == "reminder").order_by(Outbox.id)
        return [(row.priority, row.until) for row in session.scalars(rows)]

    assert store.read(look) == [(3, start - timedelta(hours=2)), (1, start)]


def test_a_reminder_later_on_the_day_of_seating_waits_for_nobody_but_takes_the_seat_along(store: Store) -> None:
    meeting_id = ready(store, assignment_before="168h", reminders=["7d"], starts_in=timedelta(days=20, hours=11))
    start = start_of(store, meeting_id)

    def hold_back(session: Session) -> datetime:
        step = session.scalars(select(Agenda).where(Agenda.what == "7d")).one()
        seating = session.scalars(select(Agenda).where(Agenda.what == "assign")).one()
        seating.due_at = step.due_at - timedelta(hours=3)
        return seating.due_at

    seated_at = store.write(hold_back)
    tick(store, seated_at)
    owed = store.read(lambda session: session.scalars(select(Outbox).order_by(Outbox.id)).all())
    assert {(row.kind, row.due_at) for row in owed} == {
        (kind, seated_at + timedelta(hours=3)) for kind in ("seated", "reminder")
    }
    assert owed[0].due_at < start


def test_a_large_meeting_is_told_in_chunks(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "CHUNK", 2)
    start = start_of(store, ready(store, people=5))
    now = start - timedelta(days=15)
    for _ in range(2):
        tick(store, now)
    assert (len(said(store)), steps_open(store)[0]) == (4, "15d")
    tick(store, now)
    assert (len(said(store)), steps_open(store)[0]) == (5, "assign")


def test_two_clocks_at_once_do_a_step_once(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    start = start_of(store, ready(store, people=20))
    now = start - timedelta(days=7)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: tick(store, now), range(4)))
    assert sorted(said(store)) == ["reminder 7d"] * 20 + ["seated"] * 20


def test_the_ladder_goes_from_far_to_near() -> None:
    start = datetime(2026, 12, 15, 9, tzinfo=ZoneInfo("America/Bogota"))
    made = Meeting(
        starts_at=start,
        ends_at=start + timedelta(hours=4),
        timezone="America/Bogota",
        reminders=["1d", "15d", "3d"],
        assignment_before="7d",
    )
    assert reminders.ladder(made) == ["15d", "3d", "1d"]


def test_the_first_reminder_is_the_first_that_arrives(store: Store) -> None:
    meeting_id = ready(store)
    start = start_of(store, meeting_id)

    def state(what: str, to: str) -> bool:
        def change(session: Session) -> bool:
            found = select(Outbox).where(Outbox.kind == "reminder", Outbox.cause.like(f"%/{what}"))
            row = session.scalars(found).one()
            row.state = to
            session.flush()
            return reminders.is_reminded(session, meeting_id, row.person_id)

        return store.write(change)

    tick(store, start - timedelta(days=15))
    assert not state("15d", "dropped")  # she was silent then
    tick(store, start - timedelta(days=7))
    assert not state("7d", "pending")
    assert state("7d", "sent")
    other = store.write(lambda session: join(session, session.get_one(Meeting, meeting_id), NOW).person_id)
    assert not store.read(reminders.is_reminded, meeting_id, other)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - aware by timezones
    st.sampled_from(ZONES),
    st.integers(1, 60),
    st.sampled_from("dh"),
)
def test_a_reminder_is_never_in_the_quiet_hours_nor_after_the_start(
    start: datetime, zone: str, number: int, unit: str
) -> None:
    offset = Offset(number, unit)
    goes = planned(offset, start, zone)
    assert not is_quiet(goes, zone)
    assert goes < start or (unit == "d" and goes <= start)
    local, meant = goes.astimezone(ZoneInfo(zone)), offset.before(start, zone).astimezone(ZoneInfo(zone))
    if unit == "d":
        assert local.date() == start.astimezone(ZoneInfo(zone)).date() - timedelta(days=number)
        if not is_quiet(meant, zone):
            assert local.time() == meant.time()
    else:
        assert goes <= start - timedelta(hours=number)
