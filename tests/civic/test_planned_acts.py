"""What organisers plan from the chat: foreseen, confirmed, waiting ten minutes, undone; done once, as it was meant."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from civic import (
    agenda,
    convening,
    delivery,
    due,
    imports,
    meeting_file,
    meetings,
    moving,
    outbox,
    overview,
    planned_acts,
    previews,
    privacy,
    retention,
    staff,
)
from civic.audit import BY_COMMAND, Actor
from civic.errors import ActWaiting, DraftChanged, NotAnOrganiser, NothingOpen, NotTaken
from civic.registration import register
from civic.schema import Agenda, Audit, Entity, File, Meeting, Outbox, Person, PlannedAct, Registration, Staff
from civic.store import Store
from tests import factories
from tests.factories import NOW

T = TypeVar("T")
TEN = timedelta(minutes=10)
FILE = """
entities: [{{code: alcaldia, name: Alcaldía de Puerto Sereno}}]
meeting:
  code: {code}
  title: {title}
  policy: Plan Maestro
  objective: Conversar
  venue: {{name: Casa de la Cultura, address: "Calle 5 # 4-12", landmark: frente al parque,
    latitude: 4.60971, longitude: -74.08175}}
  starts_at: {starts}
  ends_at: 2026-11-21T14:00
  capacity: {capacity}
  {more}
"""


def organiser(session: Session, /, **role: Any) -> Actor:
    who = factories.person(session, "Rosa", consented=False)
    session.add(Staff(role="organiser", person_id=who.id, **role))
    session.flush()
    return Actor(who.id, "chat")


def coming(session: Session, /, meeting_id: int, number: int, **columns: Any) -> list[int]:
    ids = []
    for _ in range(number):
        who = factories.person(session, **columns)
        register(session, meeting_id, who.id, name="María", actor=Actor(who.id, "chat"), now=NOW)
        ids.append(who.id)
    return ids


def written(**said: Any) -> bytes:
    words = {"code": "agua", "title": "Agua", "starts": "2026-11-21T10:00", "capacity": 60, "more": "", **said}
    return FILE.format(**words).encode()


def tick(store: Store, now: datetime) -> None:
    for agenda_id in store.read(agenda.due, now):
        store.write(due.run, agenda_id, now=now)


def owed(session: Session) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind in session.scalars(select(Outbox.kind).where(Outbox.state == "pending").order_by(Outbox.id)):
        found[kind] = found.get(kind, 0) + 1
    return found


def a_move(session: Session, /, actor: Actor, *, now: datetime = NOW, **said: Any) -> PlannedAct:
    """Begin to move the one meeting, and show it."""
    meeting = session.scalars(select(Meeting)).one()
    row = planned_acts.begin(session, meeting.id, "move", actor=actor, now=now)
    planned_acts.write(session, row.id, actor=actor, now=now, **(said or {"day": date(2026, 11, 25)}))
    return planned_acts.show(session, row.id, actor=actor, now=now)


def confirmed(session: Session, row: PlannedAct, actor: Actor, now: datetime = NOW) -> PlannedAct:
    return planned_acts.confirm(session, row.id, row.sign or "", actor=actor, now=now)


def world(store: Store, do: Callable[[Session, Actor, int], T], *, people: int = 3, **columns: Any) -> tuple[T, Actor]:
    """Let there be an organiser of everything and a meeting with people, and do something of hers."""

    def make(session: Session) -> tuple[T, Actor]:
        meeting = factories.meeting(session, **columns)
        actor = organiser(session)
        if meeting.state == "convened":
            coming(session, meeting.id, people)
            session.execute(delete(Outbox))
        return do(session, actor, meeting.id), actor

    return store.write(make)


def test_a_move_is_foreseen_and_nothing_of_it_stands(store: Store) -> None:
    row, _actor = world(store, lambda session, actor, _meeting: a_move(session, actor))
    shown = row.shown or {}
    assert (shown["sent"], shown["waits"]) == ({"moved": 3}, True)
    assert shown["before"]["starts_at"] == "2026-11-21T15:00:00+00:00"
    assert shown["after"]["starts_at"] == "2026-11-25T15:00:00+00:00"
    assert store.read(owed) == {}
    assert store.read(lambda s: s.scalars(select(Meeting.version)).one()) == 1


def test_as_many_people_are_counted_as_are_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(session: Session) -> tuple[Actor, int]:
        meeting = factories.meeting(session)
        coming(session, meeting.id, 3)
        coming(session, meeting.id, 1, tell="changes")
        for unheard in ({"tell": "nothing"}, {"unreachable_since": NOW}, {"telegram_id": None, "chat_id": None}):
            coming(session, meeting.id, 1, **unheard)
        (owner,) = coming(session, meeting.id, 1)
        coming(session, meeting.id, 1, telegram_id=None, chat_id=session.get_one(Person, owner).chat_id)  # on her phone
        other = factories.meeting(session, code="luz")
        session.execute(delete(Outbox))
        return organiser(session), other.id

    actor, other = store.write(make)
    move = moving.move

    def and_another(session: Session, code: str, *args: Any, **said: Any) -> int:
        """Move it while news of another meeting is owed by another process."""
        who = factories.person(session)
        outbox.enqueue(session, who.id, cause="m9v2", kind="moved", due_at=NOW, params={"meeting": other, "version": 2})
        return move(session, code, *args, **said)

    monkeypatch.setattr(moving, "move", and_another)

    def begun(session: Session) -> PlannedAct:
        meeting = meetings.by_code(session, "agua")
        row = planned_acts.begin(session, meeting.id, "move", actor=actor, now=NOW)
        planned_acts.write(session, row.id, actor=actor, now=NOW, start=time(16), end=None)
        return planned_acts.show(session, row.id, actor=actor, now=NOW)

    row = store.write(begun)
    assert (row.shown or {})["sent"] == {"moved": 6}
    assert (row.shown or {})["after"]["ends_at"] == "2026-11-22T01:00:00+00:00"  # it lasts as long as before
    assert store.read(lambda s: overview.unheard(s, meetings.by_code(s, "agua"), now=NOW)) == 3
    monkeypatch.undo()
    store.write(confirmed, row, actor)
    tick(store, NOW + TEN)
    parcels = store.write(delivery.claim, holder="d", now=NOW + TEN, true_now=NOW, zone="America/Bogota")
    assert sum(each.kind == "moved" for parcel in parcels for each in parcel.rows) == 6


def test_the_quiet_hours_hold_the_news_but_for_who_counts_on_less_than_a_day() -> None:
    evening, morning = NOW + timedelta(hours=10), NOW + timedelta(hours=22)  # 20:00 and 8:00 in Bogotá
    meeting = Meeting(timezone="America/Bogota")

    def waits(now: datetime, /, *, starts_in: timedelta = timedelta(days=20), **columns: Any) -> datetime | None:
        row = PlannedAct(shown={"soonest": (NOW + starts_in).isoformat()}, **columns)
        return previews.act_waits_until(row, meeting, now)

    assert (waits(evening), waits(NOW)) == (morning, None)
    assert waits(evening, starts_in=timedelta(hours=34)) is None
    last = evening - timedelta(minutes=1)
    assert waits(last) == morning
    assert waits(last, due_at=last) is None  # whenever that is looked at
    assert waits(evening, settled_at=last) is None
    assert waits(morning, settled_at=evening) is None  # they have it


def test_confirmed_it_waits_ten_minutes_and_is_done_once(store: Store) -> None:
    row, actor = world(store, lambda session, actor, _meeting: a_move(session, actor))
    kept = store.write(confirmed, row, actor)
    assert (kept.state, kept.due_at) == ("waiting", NOW + TEN)
    assert store.read(due.next_due, NOW) == NOW + TEN
    tick(store, NOW + TEN - timedelta(seconds=1))
    assert store.read(owed) == {}
    again = store.write(confirmed, row, actor)  # a second tap
    assert again.state == "waiting"
    tick(store, NOW + TEN)
    tick(store, NOW + TEN)
    assert store.read(owed) == {"moved": 3, "org_act_done": 1}
    starts = store.read(lambda s: s.scalars(select(Meeting.starts_at)).one())
    assert starts == datetime.fromisoformat("2026-11-25T15:00:00+00:00")
    acts = store.read(
        lambda s: s.scalars(select(Audit.act).where(Audit.meeting_id.is_not(None)).order_by(Audit.id)).all()
    )
    assert [each for each in acts if each in {"planned", "move"}] == ["planned", "move"]


def test_undone_it_tells_nobody_and_changes_nothing(store: Store) -> None:
    row, actor = world(store, lambda session, actor, _meeting: a_move(session, actor))
    store.write(confirmed, row, actor)
    other = store.write(organiser)  # whoever organises may stop it
    assert store.write(planned_acts.undo, row.id, actor=other, now=NOW).state == "undone"
    tick(store, NOW + TEN)
    assert store.read(owed) == {"org_act_failed": 1}  # for her who had planned it
    assert store.read(lambda s: s.scalars(select(Meeting.version)).one()) == 1
    late = store.write(planned_acts.undo, row.id, actor=actor, now=NOW + TEN)
    assert late.state == "undone"
    with pytest.raises(NothingOpen):
        store.write(planned_acts.write, row.id, actor=actor, now=NOW, day=date(2026, 11, 26))


def test_done_it_is_not_undone(store: Store) -> None:
    row, actor = world(store, lambda session, actor, _meeting: a_move(session, actor))
    store.write(confirmed, row, actor)
    tick(store, NOW + TEN)
    assert store.write(planned_acts.undo, row.id, actor=actor, now=NOW + TEN).state == "done"
    assert store.read(owed)["moved"] == 3


def test_within_a_day_it_goes_at_once(store: Store) -> None:
    def go(session: Session, actor: Actor, _meeting: int) -> PlannedAct:
        row = a_move(session, actor, start=time(18), end=time(21))
        assert (row.shown or {})["waits"] is False
        return confirmed(session, row, actor)

    row, _actor = world(store, go, starts_in=timedelta(hours=23))
    assert row.state == "done"
    assert store.read(owed) == {"moved": 3}
    assert store.read(lambda s: s.scalars(select(Agenda.id).where(Agenda.subject.like("p%"))).all()) == []


@pytest.mark.parametrize(("ahead", "waits"), [(timedelta(hours=24), False), (timedelta(hours=24, seconds=1), True)])
def test_what_people_count_on_within_a_day_is_told_at_once(store: Store, ahead: timedelta, *, waits: bool) -> None:
    row, _actor = world(store, lambda session, actor, _meeting: a_move(session, actor), starts_in=ahead)
    assert (row.shown or {})["waits"] is waits


def test_a_stale_preview_does_nothing(store: Store) -> None:
    row, actor = world(store, lambda session, actor, _meeting: a_move(session, actor))
    store.write(planned_acts.write, row.id, actor=actor, now=NOW, day=date(2026, 11, 26))
    with pytest.raises(DraftChanged):
        store.write(confirmed, row, actor)
    fresh = store.write(planned_acts.show, row.id, actor=actor, now=NOW)
    store.write(lambda s: s.execute(update(Meeting).values(title="Otro")))  # from the command line
    with pytest.raises(DraftChanged):
        store.write(confirmed, fresh, actor)
    fresh = store.write(planned_acts.show, row.id, actor=actor, now=NOW)
    assert store.write(confirmed, fresh, actor).state == "waiting"
    assert store.read(owed) == {}


def test_who_signs_up_meanwhile_makes_no_preview_stale_and_is_told(store: Store) -> None:
    row, actor = world(store, lambda session, actor, _meeting: a_move(session, actor))
    store.write(coming, row.meeting_id or 0, 1)
    assert store.write(confirmed, row, actor).state == "waiting"
    tick(store, NOW + TEN)
    assert store.read(owed)["moved"] == 4


def test_of_two_organisers_at_once_one_waits_for_the_other(store: Store) -> None:
    row, _rosa = world(store, lambda session, actor, _meeting: a_move(session, actor))

    def second(session: Session) -> tuple[PlannedAct, Actor]:
        luis = organiser(session)
        act = planned_acts.begin(session, row.meeting_id or 0, "cancel", actor=luis, now=NOW)
        planned_acts.write(session, act.id, actor=luis, now=NOW, because="Llueve")
        return planned_acts.show(session, act.id, actor=luis, now=NOW), luis

    act, luis = store.write(second)
    store.write(confirmed, row, _rosa)
    with pytest.raises(ActWaiting) as waits:
        store.write(confirmed, act, luis)
    assert waits.value.act_id == row.id
    store.write(planned_acts.undo, row.id, actor=luis, now=NOW)
    assert store.write(confirmed, act, luis).state == "waiting"
    tick(store, NOW + TEN)
    assert store.read(owed) == {"org_act_failed": 1, "cancelled": 3, "org_act_done": 1}


def test_what_changed_meanwhile_is_not_done_and_its_author_hears(store: Store) -> None:
    row, actor = world(store, lambda session, actor, _meeting: a_move(session, actor))
    store.write(confirmed, row, actor)
    store.write(convening.cancel, "agua", because="Llueve", actor=BY_COMMAND, now=NOW)
    tick(store, NOW + TEN)
    kept = store.read(lambda s: s.get_one(PlannedAct, row.id))
    assert (kept.state, kept.trouble) == ("failed", {"what": "changed"})
    assert store.read(owed) == {"cancelled": 3, "org_act_failed": 1}


def test_who_organises_no_more_does_nothing(store: Store) -> None:
    row, actor = world(store, lambda session, actor, _meeting: a_move(session, actor))
    store.write(confirmed, row, actor)
    store.write(lambda s: s.execute(update(Staff).values(revoked_at=NOW)))
    tick(store, NOW + TEN)
    kept = store.read(lambda s: s.get_one(PlannedAct, row.id))
    assert kept.trouble == {"what": "not_an_organiser"}
    assert store.read(owed) == {"org_act_failed": 1}


def test_convening_opens_the_meeting_only_when_the_wait_is_over(store: Store) -> None:
    def go(session: Session, actor: Actor, meeting_id: int) -> PlannedAct:
        row = planned_acts.begin(session, meeting_id, "convene", actor=actor, now=NOW)
        return confirmed(session, planned_acts.show(session, row.id, actor=actor, now=NOW), actor)

    row, _actor = world(store, go, state="draft")
    assert row.state == "waiting"
    assert store.read(lambda s: s.scalars(select(Meeting.state)).one()) == "draft"
    tick(store, NOW + TEN)
    assert store.read(lambda s: s.scalars(select(Meeting.state)).one()) == "convened"


def test_convening_late_takes_a_reason_and_too_late_by_then_is_told(store: Store) -> None:
    def begun(session: Session, actor: Actor, meeting_id: int) -> PlannedAct:
        row = planned_acts.begin(session, meeting_id, "convene", actor=actor, now=NOW)
        return planned_acts.show(session, row.id, actor=actor, now=NOW)

    row, actor = world(store, begun, state="draft", starts_in=timedelta(days=10))
    assert row.shown == {"late": 10}
    store.write(planned_acts.write, row.id, actor=actor, now=NOW, late_because="La sequía no espera")
    fresh = store.write(planned_acts.show, row.id, actor=actor, now=NOW)
    assert (fresh.shown or {})["late_because"] == "La sequía no espera"
    assert store.write(confirmed, fresh, actor).state == "waiting"


def test_the_day_turns_while_it_waits(store: Store) -> None:
    eve = datetime.fromisoformat("2026-11-07T04:55:00+00:00")  # five minutes before the 7th in Bogotá

    def begun(session: Session, actor: Actor, meeting_id: int) -> PlannedAct:
        row = planned_acts.begin(session, meeting_id, "convene", actor=actor, now=eve)
        return confirmed(session, planned_acts.show(session, row.id, actor=actor, now=eve), actor, eve)

    row, _actor = world(store, begun, state="draft")
    assert row.state == "waiting"
    tick(store, eve + TEN)
    kept = store.read(lambda s: s.get_one(PlannedAct, row.id))
    assert (kept.state, kept.trouble) == ("failed", {"what": "too_late", "days": 14})
    assert store.read(lambda s: s.scalars(select(Meeting.state)).one()) == "draft"


def test_a_day_that_counts_from_today_is_another_after_midnight(store: Store) -> None:
    eve = datetime.fromisoformat("2026-11-02T04:55:00+00:00")
    raw = written(starts="in 25 days at 10:00").replace(b"2026-11-21T14:00", b"in 25 days at 14:00")

    def sent(session: Session, actor: Actor, _meeting: int) -> PlannedAct:
        row = planned_acts.receive(session, raw, zone="America/Bogota", actor=actor, now=eve)
        return confirmed(session, planned_acts.show(session, row.id, actor=actor, now=eve), actor, eve)

    row, _actor = world(store, sent)
    assert ((row.shown or {})["after"]["starts_at"], row.state) == ("2026-11-26T15:00:00+00:00", "waiting")
    tick(store, eve + TEN)
    kept = store.read(lambda s: s.get_one(PlannedAct, row.id))
    assert (kept.state, kept.trouble) == ("failed", {"what": "changed"})
    assert store.read(owed) == {"org_act_failed": 1}


def test_a_file_makes_a_draft_and_again_says_what_would_change(store: Store) -> None:
    rosa = store.write(organiser)

    def sent(session: Session, raw: bytes) -> PlannedAct:
        row = planned_acts.receive(session, raw, zone="America/Bogota", actor=rosa, now=NOW)
        return planned_acts.show(session, row.id, actor=rosa, now=NOW)

    first = store.write(sent, written())
    assert first.meeting_id is None
    assert store.read(lambda s: s.scalars(select(Meeting.id)).all()) == []
    assert store.write(confirmed, first, rosa).state == "done"
    assert store.read(lambda s: s.scalars(select(Meeting.state)).one()) == "draft"
    second = store.write(sent, written(title="Agua para todos", capacity=90))
    shown = second.shown or {}
    assert shown["changed"][:2] == ["title", "capacity"]
    assert shown["values"]["capacity"] == [60, 90]
    assert shown["waits"] is False
    store.write(convening.convene, "agua", actor=BY_COMMAND, now=NOW)
    with pytest.raises(DraftChanged):
        store.write(confirmed, second, rosa)
    store.write(lambda s: coming(s, second.meeting_id or 0, 2))
    third = store.write(sent, written(starts="2026-11-21T09:00"))
    assert ((third.shown or {})["sent"], (third.shown or {})["waits"]) == ({"moved": 2}, True)


def test_who_gets_another_message_is_counted_besides_and_nobody_twice(store: Store) -> None:
    raw = written(capacity=2)
    rosa = store.write(organiser)

    def sent(session: Session, raw: bytes) -> PlannedAct:
        row = planned_acts.receive(session, raw, zone="America/Bogota", actor=rosa, now=NOW)
        return planned_acts.show(session, row.id, actor=rosa, now=NOW)

    first = store.write(sent, raw)
    store.write(confirmed, first, rosa)
    store.write(convening.convene, "agua", actor=BY_COMMAND, now=NOW)
    store.write(lambda s: coming(s, meetings.by_code(s, "agua").id, 3))  # one of them waits
    store.write(lambda s: s.execute(delete(Outbox)))
    more = store.write(sent, written(capacity=3)).shown or {}
    assert (more["sent"], more["reach"]) == ({"offer": 1}, 1)
    moved = store.write(sent, written(capacity=3, starts="2026-11-21T09:00")).shown or {}
    assert (moved["sent"], moved["reach"]) == ({"moved": 3, "offer": 1}, 3)


def test_an_import_is_the_same_as_from_the_command_line(store: Store, tmp_path: Path) -> None:
    rosa = store.write(organiser)
    (tmp_path / "informe.pdf").write_bytes(b"%PDF")
    raw = written(more="report: informe.pdf")
    parsed, report = meeting_file.parse(raw, tmp_path, now=NOW)
    store.write(imports.import_meeting, parsed, report, actor=BY_COMMAND, now=NOW)

    def again(session: Session) -> PlannedAct:
        row = planned_acts.receive(session, raw, zone="America/Bogota", actor=rosa, now=NOW)
        assert planned_acts.lacks(row) is None  # the one that is there under this name is kept
        return planned_acts.show(session, row.id, actor=rosa, now=NOW)

    assert (store.write(again).shown or {})["changed"] == []


def test_a_report_that_is_named_comes_after_its_file(store: Store) -> None:
    rosa = store.write(organiser)
    raw = written(more="report: informe.pdf")
    row = store.write(planned_acts.receive, raw, zone="America/Bogota", actor=rosa, now=NOW)
    assert planned_acts.lacks(row) == "report"
    sent: dict[str, Any] = {"media_type": "application/pdf", "actor": rosa, "now": NOW}
    with pytest.raises(NotTaken) as wrong:
        store.write(planned_acts.take_report, row.id, "foto.jpg", b"x", **sent)
    assert wrong.value.why == "not_the_report"
    store.write(planned_acts.take_report, row.id, "Informe final.PDF", b"old", **sent)
    store.write(planned_acts.take_report, row.id, "Informe final.PDF", b"%PDF", **sent)
    assert len(store.read(lambda s: s.scalars(select(File.sha256)).all())) == 1
    shown = store.write(planned_acts.show, row.id, actor=rosa, now=NOW)
    store.write(confirmed, shown, rosa)
    meeting = store.read(lambda s: s.scalars(select(Meeting)).one())
    assert meeting.report_name == "informe.pdf"
    assert meeting.report_sha256 is not None


def test_every_fault_of_a_file_is_kept_with_its_place(store: Store) -> None:
    rosa = store.write(organiser)
    raw = written(capacity="muchos", starts="mañana")
    row = store.write(planned_acts.receive, raw, zone="America/Bogota", actor=rosa, now=NOW)
    assert row.state == "failed"
    assert (row.trouble or {})["faults"] == [
        'meeting.starts_at: "mañana" is not a local time such as 2026-12-15T09:00 (or: in 20 days at 09:00)',
        'meeting.capacity: "muchos" is not a whole number',
    ]
    binary = store.write(planned_acts.receive, b"\xff\xfe\x00", zone="America/Bogota", actor=rosa, now=NOW)
    assert "UTF-8" in (binary.trouble or {})["faults"][0]


def test_who_organises_one_entity_brings_meetings_of_that_one_alone(store: Store) -> None:
    def make(session: Session) -> Actor:
        factories.entity(session, "hospital", name="Hospital")
        return organiser(session, entity_id=factories.entity(session).id)

    rosa = store.write(make)

    def faults(raw: bytes) -> list[str]:
        row = store.write(planned_acts.receive, raw, zone="America/Bogota", actor=rosa, now=NOW)
        return list((row.trouble or {}).get("faults", []))

    assert faults(written()) == []
    theirs = written().replace(b"code: alcaldia", b"code: hospital")
    assert faults(theirs) == ["entities[1].code: you do not organise for hospital"]
    new = written().replace(b"code: alcaldia", b"code: nueva")
    assert faults(new) == ["entities[1].code: you do not organise for nueva"]
    everything = store.write(organiser)
    row = store.write(planned_acts.receive, theirs, zone="America/Bogota", actor=everything, now=NOW)
    row = store.write(planned_acts.show, row.id, actor=everything, now=NOW)
    store.write(confirmed, row, everything)
    assert faults(written()) == ["meeting.code: agua is taken by a meeting that you do not organise"]


def test_nobody_elses_act_is_touched(store: Store) -> None:
    row, _rosa = world(store, lambda session, actor, _meeting: a_move(session, actor))
    luis = store.write(organiser)
    nobody = Actor(store.write(lambda s: factories.person(s).id), "chat")
    for actor in (luis, nobody):
        for touch in (planned_acts.show, planned_acts.write):
            with pytest.raises(NotAnOrganiser):
                store.write(touch, row.id, actor=actor, now=NOW)
        with pytest.raises(NotAnOrganiser):
            store.write(planned_acts.discard, row.id, actor=actor)
        with pytest.raises(NotAnOrganiser):
            store.write(confirmed, row, actor)
    with pytest.raises(NotAnOrganiser):
        store.write(planned_acts.undo, row.id, actor=nobody, now=NOW)


def test_what_was_not_confirmed_is_let_go_with_its_file(store: Store) -> None:
    rosa = store.write(organiser)
    raw = written(more="report: informe.pdf")
    row = store.write(planned_acts.receive, raw, zone="America/Bogota", actor=rosa, now=NOW)
    sent: dict[str, Any] = {"media_type": "application/pdf", "actor": rosa, "now": NOW}
    store.write(planned_acts.take_report, row.id, "informe.pdf", b"%PDF", **sent)
    store.write(retention.let_go, now=NOW + timedelta(days=2))
    assert len(store.read(lambda s: s.scalars(select(PlannedAct.id)).all())) == 1
    store.write(retention.let_go, now=NOW + timedelta(days=2, seconds=1))
    assert store.read(lambda s: s.scalars(select(PlannedAct.id)).all()) == []
    assert store.read(lambda s: s.scalars(select(File.sha256)).all()) == []


def test_a_move_from_the_file_keeps_places_and_entities(store: Store) -> None:
    row, actor = world(store, lambda session, actor, _meeting: a_move(session, actor, name="Parque", address="Calle 1"))
    assert ((row.shown or {})["after"]["venue"]) == {
        "name": {"es": "Parque", "en": "Parque"},
        "address": {"es": "Calle 1", "en": "Calle 1"},
    }
    store.write(confirmed, row, actor)
    tick(store, NOW + TEN)
    assert store.read(lambda s: s.scalars(select(Meeting.venue)).one()) == {"name": "Parque", "address": "Calle 1"}
    assert store.read(lambda s: s.scalars(select(Registration.state)).all()) == ["registered"] * 3
    assert store.read(lambda s: s.scalars(select(Entity.code)).all()) == ["alcaldia"]
    assert store.read(staff.entities_of, actor.person_id) is None


def test_who_is_erased_does_nothing_more(store: Store) -> None:
    row, actor = world(store, lambda session, actor, _meeting: a_move(session, actor))
    store.write(confirmed, row, actor)
    (own,) = store.read(privacy.my_data, actor.person_id or 0, NOW)["planned"]
    assert (own["act"], own["meeting"], own["says"]) == ("move", "agua", {"day": "2026-11-25"})
    store.write(privacy.erase, actor.person_id or 0, actor=actor, now=NOW)
    tick(store, NOW + TEN)
    assert store.read(owed) == {}
    assert store.read(lambda s: s.scalars(select(Agenda.id).where(Agenda.subject.like("p%"))).all()) == []
