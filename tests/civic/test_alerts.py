"""What organisers hear of before it is too late: few sign-ups, people who are cut off, messages that fail; muted."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from civic import agenda, alerts, due, meetings, organising, outbox, trouble
from civic.audit import Actor
from civic.errors import NotAnOrganiser
from civic.registration import register
from civic.schema import Agenda, AlertMute, Audit, Meeting, Outbox, Person, Registration, Staff
from civic.store import Store
from tests import factories
from tests.factories import NOW

WEEK_BEFORE = NOW + timedelta(days=13)


def made(session: Session, /, *, people: int, code: str = "agua", **columns: Any) -> int:
    meeting = factories.meeting(session, code=code, **columns)
    for _ in range(people):
        who = factories.person(session)
        register(session, meeting.id, who.id, name="María", actor=Actor(who.id, "chat"), now=NOW)
    session.execute(delete(Outbox))
    return meeting.id


def organiser(session: Session) -> int:
    who = factories.person(session, "Rosa", consented=False)
    session.add(Staff(role="organiser", person_id=who.id))
    session.flush()
    return who.id


def told(session: Session) -> list[tuple[str, int]]:
    rows = session.scalars(select(Outbox).where(Outbox.kind == "alert").order_by(Outbox.id))
    return [(row.params["what"], row.params["people"]) for row in rows if row.params]


def lacks(store: Store, now: Any) -> dict[str, dict[str, Any]]:
    """Say what is missing in a meeting's numbers, whoever muted its alerts."""
    desk = store.read(lambda s: organising.desk(s, meetings.by_code(s, "agua"), now))
    return {each.what: each.params for each in desk.lacks}


def tick(store: Store, what: str, now: Any) -> None:
    for agenda_id in store.read(lambda s: s.scalars(select(Agenda.id).where(Agenda.what == what)).all()):
        store.write(due.run, agenda_id, now=now)


@pytest.mark.parametrize(
    ("people", "capacity", "few"),
    [(39, 60, True), (40, 60, False), (40, 81, True), (41, 81, False), (9, 10, True), (10, 10, False)],
)
def test_a_week_before_few_sign_ups_are_told_in_numbers(store: Store, people: int, capacity: int, few: bool) -> None:  # noqa: FBT001 - a parameter of pytest's
    store.write(organiser)
    store.write(made, people=people, capacity=capacity)
    tick(store, agenda.FEW_ALERT, WEEK_BEFORE - timedelta(minutes=1))
    assert store.read(told) == []
    tick(store, agenda.FEW_ALERT, WEEK_BEFORE)
    tick(store, agenda.FEW_ALERT, WEEK_BEFORE)
    assert store.read(told) == ([("few", people)] if few else [])
    assert ("signed_up" in lacks(store, WEEK_BEFORE), "signed_up" in lacks(store, NOW)) == (few, False)


def test_nothing_of_a_meeting_that_was_convened_later_than_that(store: Store) -> None:
    store.write(organiser)
    store.write(made, people=1, starts_in=timedelta(days=5))
    tick(store, agenda.FEW_ALERT, NOW + timedelta(days=1))
    assert store.read(told) == []


def test_a_muted_meeting_is_not_alerted_of_and_others_are(store: Store) -> None:
    rosa, luis = store.write(organiser), store.write(organiser)
    agua, vias = store.write(made, people=1), store.write(made, people=1, code="vias")
    store.write(alerts.mute, agua, muted=True, actor=Actor(rosa, "chat"), now=NOW)
    store.write(alerts.mute, agua, muted=True, actor=Actor(rosa, "chat"), now=NOW)
    tick(store, agenda.FEW_ALERT, WEEK_BEFORE)
    rows = store.read(lambda s: s.execute(select(Outbox.cause, Outbox.person_id)).all())
    assert {(cause.split("/")[0], person) for cause, person in rows} == {
        (f"m{agua}", luis),
        (f"m{vias}", rosa),
        (f"m{vias}", luis),
    }
    store.write(alerts.mute, agua, muted=False, actor=Actor(rosa, "chat"), now=NOW)
    muting = select(Audit.act).where(Audit.act.like("%alerts")).order_by(Audit.id)
    assert store.read(lambda s: s.scalars(muting).all()) == ["mute_alerts", "hear_alerts"]
    assert store.read(lambda s: s.scalars(select(AlertMute.person_id)).all()) == []
    nobody = store.write(lambda s: factories.person(s).id)
    for who in (nobody, None):
        with pytest.raises(NotAnOrganiser):
            store.write(alerts.mute, agua, muted=True, actor=Actor(who, "chat"), now=NOW)


def cut_off(session: Session, number: int) -> None:
    ids = session.scalars(select(Registration.person_id).order_by(Registration.id).limit(number)).all()
    session.execute(update(Person).where(Person.id.in_([each or 0 for each in ids])).values(unreachable_since=NOW))


def look(store: Store, now: Any = NOW) -> int:
    return store.write(trouble.alert_all, store.read(trouble.look, now), now=now)


def test_people_who_are_cut_off_are_told_of_and_again_when_they_are_twice_as_many(store: Store) -> None:
    store.write(organiser)
    store.write(made, people=30)
    for number, news in ((4, 0), (5, 1), (6, 0), (9, 0), (10, 1), (12, 0), (21, 1)):
        store.write(cut_off, number)
        assert (number, look(store)) == (number, news)
    assert store.read(told) == [("cut_off", 5), ("cut_off", 10), ("cut_off", 21)]
    store.write(lambda s: s.execute(update(Meeting).values(state="cancelled")))
    assert store.read(trouble.look, NOW) == []


def test_five_in_a_hundred_are_called_as_a_matter_of_course(store: Store) -> None:
    store.write(organiser)
    store.write(made, people=51, capacity=60)
    store.write(cut_off, 5)
    assert store.read(trouble.look, NOW) == []
    store.write(cut_off, 6)
    assert [each.number for each in store.read(trouble.look, NOW)] == [6]


def test_messages_that_fail_are_told_of_once_a_day_and_blocks_are_none(store: Store) -> None:
    store.write(organiser)
    meeting = store.write(made, people=12)

    def owe(session: Session) -> None:
        people = select(Person.id).join(Registration, Registration.person_id == Person.id)
        params = {"meeting": meeting}
        outbox.enqueue_all(session, people, kind="reminder", cause=f"m{meeting}/7d", due_at=NOW, params=params)

    def end(session: Session, /, number: int, **values: Any) -> None:
        ids = session.scalars(select(Outbox.id).where(Outbox.kind == "reminder").order_by(Outbox.id).limit(number))
        session.execute(update(Outbox).where(Outbox.id.in_(ids.all())).values(values))

    store.write(owe)
    for now, late in ((NOW, []), (NOW + trouble.LATE, [trouble.Cut(meeting, "late", 12, 12)])):
        assert store.read(trouble.look, now) == late
        assert lacks(store, now).get("late") == ({"number": 12} if late else None)
    assert trouble.lasting(late, []) == []  # after a stop it is caught up within minutes
    assert trouble.lasting(late, late) == late
    store.write(end, 12, state="sent", settled_at=NOW)
    store.write(end, 4, state="dead", reason="Bad Request", settled_at=NOW)
    assert look(store) == 0
    store.write(end, 5, state="pending", attempts=3, settled_at=None)
    assert (look(store), look(store)) == (1, 0)
    assert store.read(told) == [("failed", 5)]
    assert lacks(store, NOW)["failed"] == {"number": 5}
    tomorrow = NOW + timedelta(days=1)
    assert look(store, tomorrow) == 1
    store.write(end, 12, state="dead", reason="Bad Request", settled_at=tomorrow)
    store.write(cut_off, 12)
    assert [each.what for each in store.read(trouble.look, tomorrow)] == ["cut_off"]
