"""A convened meeting's file is imported again: in place, nobody loses anything, and each is told once what is news."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import (
    convening,
    delivery,
    imports,
    meeting_file,
    needs,
    offers,
    people,
    questions,
    registration,
    reminders,
    support,
    versions,
    workshops,
)
from civic.audit import BY_COMMAND, Actor
from civic.delivery import News, Outcome, Row
from civic.errors import Faults, TooLate
from civic.imports import Imported
from civic.schema import Agenda, Audit, Meeting, Offer, Outbox, Party, Person, Question, Registration, Workshop
from civic.store import Store
from messages import catalogue
from messages.kind import Who
from messages.voice import Links
from tests import factories
from tests.civic.test_meeting_file import whole
from tests.factories import NOW

DAY = timedelta(days=1)
ENTITY = {"code": "alcaldia", "name": "Alcaldía"}
Change = Callable[[dict[str, Any]], object]


def later(data: dict[str, Any]) -> None:
    data["meeting"] |= {"starts_at": "2026-12-17T09:00", "ends_at": "2026-12-17T13:00"}


def saying(**fields: Any) -> Change:
    """Make a change of some fields of the meeting."""
    return lambda data: data["meeting"].update(fields)


def seated_earlier(data: dict[str, Any]) -> None:
    data["assignment_before"] = "9d"


def elsewhere(data: dict[str, Any]) -> None:
    data["meeting"]["venue"] = {"name": "Coliseo", "address": "Carrera 7 # 1-20"}


def same(_data: dict[str, Any]) -> None:
    """Change nothing."""


def bring_in(store: Store, *changes: Change, now: datetime = NOW, late_because: str | None = None) -> Imported:
    """Import the meeting's file with changes to it."""
    data = whole()
    for change in changes:
        change(data)
    parsed, _ = meeting_file.parse(yaml.safe_dump(data, allow_unicode=True), None, now=now)
    return store.write(imports.import_meeting, parsed, None, late_because=late_because, actor=BY_COMMAND, now=now)


def convened(store: Store, *changes: Change) -> int:
    """Import and convene the meeting; give its id."""
    made = bring_in(store, *changes).meeting
    store.write(convening.convene, made.code, actor=BY_COMMAND, now=NOW)
    return made.id


def sign_up(store: Store, meeting_id: int, number: int = 1, *, now: datetime = NOW, **columns: Any) -> list[int]:
    """Sign people up; give their ids."""

    def everybody(session: Session) -> list[int]:
        made = [factories.person(session, **columns) for _ in range(number)]
        for who in made:
            registration.register(session, meeting_id, who.id, name="Ana", actor=Actor(who.id, "chat"), now=now)
        return [who.id for who in made]

    return store.write(everybody)


def deliver(store: Store, *, now: datetime = NOW, limit: int = 50) -> list[Row]:
    """Say what is due: look again, mark it sent; give what was said."""
    parcels = store.write(delivery.claim, holder="one", now=now, true_now=now, zone="America/Bogota", limit=limit)
    rows = [row for parcel in parcels for row in parcel.rows]
    fine = store.read(delivery.still, [row.id for row in rows], holder="one", now=now)
    said = [row for row in rows if row.id in fine]
    outcomes = [Outcome((row.id,), "sent", news=News.of(row)) for row in said]
    outcomes += [Outcome((row.id,), "dropped") for row in rows if row.id not in fine]
    store.write(delivery.settle, outcomes, holder="one", bot_id=1, now=now, true_now=now)
    return said


def moves(store: Store, *, now: datetime = NOW) -> list[int]:
    """Deliver all that is due; give who was told of a move."""
    return sorted(row.person_id or 0 for row in deliver(store, now=now) if row.kind == "moved")


def one(store: Store, person_id: int) -> Registration:
    return store.read(lambda s: s.scalars(select(Registration).where(Registration.person_id == person_id)).one())


def meeting_of(store: Store, meeting_id: int) -> Meeting:
    return store.read(lambda s: s.get_one(Meeting, meeting_id))


def faults(store: Store, *changes: Change, now: datetime = NOW) -> tuple[str, ...]:
    with pytest.raises(Faults) as raised:
        bring_in(store, *changes, now=now)
    return raised.value.faults


# What is another ---------------------------------------------------------------------------------------------------


def test_a_move_is_told_once_to_everyone_concerned(store: Store) -> None:
    meeting_id = convened(store, saying(capacity="2"))
    ana, beto, waits = sign_up(store, meeting_id, 3)
    (gone,) = sign_up(store, meeting_id)
    store.write(registration.cancel, one(store, gone).id, person_id=gone, actor=Actor(gone, "chat"), now=NOW)
    small = saying(capacity="2")
    done = bring_in(store, small, later)
    assert (done.changed, done.moved, done.told) == (("starts_at", "ends_at"), True, 3)
    assert moves(store) == [ana, beto, waits]
    assert moves(store) == []
    assert {one(store, who).known_version for who in (ana, beto, waits)} == {2}
    assert one(store, gone).known_version == 1


def test_only_who_confirmed_the_meeting_as_it_is_has_confirmed(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    confirm = registration.confirm
    store.write(confirm, one(store, ana).id, person_id=ana, actor=Actor(ana, "chat"), now=NOW)
    bring_in(store, elsewhere)
    place = store.read(registration.place, one(store, ana).id, NOW)
    assert place
    assert not place.confirmed
    moves(store)
    store.write(confirm, one(store, ana).id, person_id=ana, actor=Actor(ana, "chat"), now=NOW)
    assert one(store, ana).confirmed_version == 2


def test_an_import_that_changes_nothing_leaves_nothing(store: Store) -> None:
    meeting_id = convened(store)
    sign_up(store, meeting_id)
    acts = store.read(lambda s: s.scalar(select(func.count()).select_from(Audit)))
    done = bring_in(store, same, now=NOW + DAY)
    assert (done.new, done.changed, done.moved, done.told) == (False, (), False, 0)
    assert store.read(lambda s: s.scalar(select(func.count()).select_from(Audit))) == acts
    assert moves(store, now=NOW + DAY) == []


@pytest.mark.parametrize(
    "change",
    [
        saying(title="Otra"),
        lambda data: data["meeting"]["venue"].update(latitude="4.7"),
        lambda data: data["meeting"]["venue"].update(name={"es": "Casa", "en": "Casa"}),
        lambda data: data.update(faq=[]),
        lambda data: data["workshops"][0].update(facilitator="Luz Paz"),
        lambda data: data["entities"][0].update(name="Alcaldía Mayor"),
    ],
)
def test_what_nobody_goes_by_is_changed_and_told_to_nobody(store: Store, change: Change) -> None:
    meeting_id = convened(store)
    sign_up(store, meeting_id)
    done = bring_in(store, change)
    assert len(done.changed) == 1
    assert not done.moved
    assert moves(store) == []
    assert bring_in(store, change).changed == ()


@pytest.mark.parametrize("change", [later, seated_earlier])
def test_whoever_was_promised_a_day_hears_of_another_once(store: Store, change: Change) -> None:
    meeting_id = convened(store, saying(needs=["sign_language"]))
    ana, _beto = sign_up(store, meeting_id, 2)
    own = one(store, ana).id

    def needs_an_interpreter(session: Session) -> date:
        support.accept(session, own, person_id=ana, now=NOW)
        support.answer(session, own, ["sign_language"], person_id=ana, actor=Actor(ana, "chat"), now=NOW)
        return needs.answer_on(session.get_one(Meeting, meeting_id))

    promised = store.write(needs_an_interpreter)
    for changes in ((saying(needs=["sign_language"]), change), (saying(needs=["sign_language"], title="Otro"), change)):
        bring_in(store, *changes)
    told = [row for row in deliver(store) if row.kind == "needs_told"]
    assert [row.person_id for row in told] == [ana]
    links = Links("https://t.me/convoca_bot", None)
    (said,) = store.read(catalogue.render, Who(ana, "en"), "needs_told", told[0].params, now=NOW, links=links)
    day = needs.answer_on(meeting_of(store, meeting_id))
    assert day != promised
    assert f"{day.day} {day:%B}" in said.text


def test_who_is_seated_moves_to_the_workshop_that_gets_an_interpreter(store: Store) -> None:
    def rooms(*features: str) -> Change:
        several = [{"number": 1, "capacity": 30}, {"number": 2, "capacity": 30, "features": list(features)}]
        return lambda data: data.update(workshops=several)

    meeting_id = convened(store, saying(needs=["sign_language"]), rooms())
    (ana,) = sign_up(store, meeting_id)
    own = one(store, ana).id
    store.write(workshops.seat_everyone, meeting_id, now=NOW)
    store.write(support.accept, own, person_id=ana, now=NOW)
    store.write(support.answer, own, ["sign_language"], person_id=ana, actor=Actor(ana, "chat"), now=NOW)
    before = one(store, ana).workshop_id
    bring_in(store, saying(needs=["sign_language"]), rooms("sign_language"))
    there = store.read(lambda s: s.scalars(select(Workshop.id).where(Workshop.number == 2)).one())
    assert (before == there, one(store, ana).workshop_id) == (False, there)
    assert {row.kind for row in deliver(store)} >= {"reseated", "needs_told"}


def test_what_was_moved_twice_before_anybody_heard_is_told_once(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    bring_in(store, later)
    bring_in(store, later, elsewhere)
    (row,) = deliver(store)
    assert (row.person_id, row.kind, row.params["version"]) == (ana, "moved", 3)
    assert one(store, ana).known_version == 3


def test_what_was_undone_before_anybody_heard_is_told_to_nobody(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    store.write(registration.confirm, one(store, ana).id, person_id=ana, actor=Actor(ana, "chat"), now=NOW)
    bring_in(store, later)
    done = bring_in(store, same)
    assert (done.moved, done.told) == (True, 0)
    assert moves(store) == []
    assert meeting_of(store, meeting_id).version == 1
    place = store.read(registration.place, one(store, ana).id, NOW)
    assert place
    assert place.confirmed
    bring_in(store, later)
    assert meeting_of(store, meeting_id).version == 3  # no number is used twice
    assert moves(store) == [ana]


def test_undone_when_some_had_heard_only_they_are_told(store: Store) -> None:
    meeting_id = convened(store)
    ana, beto = sign_up(store, meeting_id, 2)
    bring_in(store, later)
    (heard,) = deliver(store, limit=1)
    assert heard.person_id == ana
    bring_in(store, same)
    assert moves(store) == [ana]
    assert meeting_of(store, meeting_id).version == 3
    assert {one(store, who).known_version for who in (ana, beto)} == {3}


def test_who_hears_the_old_news_while_it_changes_back_hears_that_too(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    bring_in(store, later)
    parcels = store.write(delivery.claim, holder="one", now=NOW, true_now=NOW, zone="America/Bogota")
    (row,) = parcels[0].rows
    bring_in(store, same)  # while the message is on its way
    outcome = Outcome((row.id,), "sent", news=News.of(row))
    store.write(delivery.settle, [outcome], holder="one", bot_id=1, now=NOW, true_now=NOW)
    assert one(store, ana).known_version == 2
    assert moves(store) == [ana]
    assert one(store, ana).known_version == meeting_of(store, meeting_id).version == 1


def test_moved_then_cancelled_is_told_as_cancelled(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    bring_in(store, later)
    store.write(convening.cancel, "agua-2026", because="Lluvia", actor=BY_COMMAND, now=NOW)
    assert [(row.person_id, row.kind) for row in deliver(store)] == [(ana, "cancelled")]
    assert one(store, ana).known_version == meeting_of(store, meeting_id).version == 3


def test_who_signs_up_after_a_move_knows_it(store: Store) -> None:
    meeting_id = convened(store)
    bring_in(store, later)
    bring_in(store, elsewhere)
    sign_up(store, meeting_id)
    assert moves(store) == []


def test_who_answers_for_companions_is_told_though_she_does_not_come(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    own = one(store, ana)

    def bring(session: Session) -> None:
        session.add(
            Registration(
                meeting_id=meeting_id,
                party_id=own.party_id,
                code="ACDEFGHJ",
                state="registered",
                registered_at=NOW,
                attributes={},
                answered=[],
                registered_by=ana,
            )
        )

    store.write(bring)
    store.write(registration.cancel, own.id, person_id=ana, actor=Actor(ana, "chat"), now=NOW)
    bring_in(store, later)
    assert moves(store) == [ana]


# When it goes ------------------------------------------------------------------------------------------------------


def test_a_move_waits_for_the_morning_unless_the_meeting_that_she_knows_is_near(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    night = NOW + timedelta(hours=12)
    bring_in(store, later, now=night)
    assert moves(store, now=night) == []
    assert moves(store, now=night + timedelta(hours=10)) == [ana]
    eve = datetime(2026, 12, 17, 3, tzinfo=UTC)  # 22:00 of the day before
    bring_in(
        store,
        saying(starts_at="2027-01-20T09:00", ends_at="2027-01-20T13:00"),
        now=eve,
    )
    assert moves(store, now=eve) == [ana]


def test_the_agenda_follows_and_reminders_of_the_old_date_fall_silent(store: Store) -> None:
    meeting_id = convened(store)
    before = store.read(lambda s: dict(s.execute(select(Agenda.what, Agenda.due_at)).all()))
    bring_in(store, later)
    after = store.read(lambda s: dict(s.execute(select(Agenda.what, Agenda.due_at)).all()))
    assert after == {what: due_at + 2 * DAY for what, due_at in before.items()}
    assert meeting_of(store, meeting_id).starts_at == datetime(2026, 12, 17, 14, tzinfo=UTC)


def test_a_reminder_of_a_day_that_it_is_not_on_any_more_has_nothing_to_say(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    due_at = datetime(2026, 12, 12, 14, tzinfo=UTC)
    store.write(lambda s: reminders.send_due(s, s.get_one(Meeting, meeting_id), now=due_at))
    (row,) = store.read(lambda s: s.scalars(select(Outbox).where(Outbox.kind == "reminder")).all())

    def says() -> bool:
        who = Who(ana, "es")
        links = Links("https://t.me/convoca_bot", None)
        return bool(store.read(catalogue.render, who, "reminder", row.params, now=due_at, links=links))

    assert says()
    bring_in(store, later, now=due_at, late_because="El salón")
    assert not says()
    bring_in(store, same, now=due_at)
    assert says()


def test_an_offer_ends_with_a_start_that_is_earlier(store: Store) -> None:
    small = saying(capacity="1")
    meeting_id = convened(store, small)
    (ana,) = sign_up(store, meeting_id)
    sign_up(store, meeting_id)
    then = datetime(2026, 12, 13, 15, tzinfo=UTC)
    store.write(registration.cancel, one(store, ana).id, person_id=ana, actor=Actor(ana, "chat"), now=then)
    later_on = then + timedelta(minutes=3)
    store.write(offers.lapse_due, meeting_id, later_on)
    soon = saying(starts_at="2026-12-13T12:00", ends_at="2026-12-13T15:00")
    bring_in(store, small, soon, now=later_on, late_because="El salón")
    offer = store.read(lambda s: s.scalars(select(Offer)).one())
    assert offer.expires_at == datetime(2026, 12, 13, 17, tzinfo=UTC)


# Fifteen days (M4) -------------------------------------------------------------------------------------------------


def test_a_new_date_less_than_15_days_ahead_needs_a_reason(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    now = datetime(2026, 12, 3, 15, tzinfo=UTC)  # 14 days before the 17th
    with pytest.raises(TooLate) as raised:
        bring_in(store, later, now=now)
    assert raised.value.days == 14
    assert meeting_of(store, meeting_id).starts_at == datetime(2026, 12, 15, 14, tzinfo=UTC)
    bring_in(store, later, now=now, late_because="La crecida del río")
    assert meeting_of(store, meeting_id).late_because == "La crecida del río"
    assert moves(store, now=now) == [ana]


def test_another_hour_or_place_on_the_same_day_needs_none(store: Store) -> None:
    convened(store)
    now = datetime(2026, 12, 14, 15, tzinfo=UTC)
    hour = saying(starts_at="2026-12-15T10:00")
    assert bring_in(store, elsewhere, hour, now=now).moved


def test_a_reason_ends_with_a_date_that_is_far_again(store: Store) -> None:
    convened(store)
    now = datetime(2026, 12, 3, 15, tzinfo=UTC)
    bring_in(store, later, now=now, late_because="La crecida")
    far = saying(starts_at="2027-01-20T09:00", ends_at="2027-01-20T13:00")
    assert bring_in(store, far, now=now).meeting.late_because is None


# What would take something from somebody ---------------------------------------------------------------------------


def test_capacity_under_the_places_given_is_a_fault(store: Store) -> None:
    meeting_id = convened(store)
    sign_up(store, meeting_id, 3)
    less = saying(capacity="2", title="Otra")
    assert faults(store, less) == ("meeting.capacity: 2 is under the 3 places given",)
    assert meeting_of(store, meeting_id).title == {"es": "Agua", "en": "Water"}


def test_a_place_just_given_up_still_counts(store: Store) -> None:
    meeting_id = convened(store)
    ana, _ = sign_up(store, meeting_id, 2)
    store.write(registration.cancel, one(store, ana).id, person_id=ana, actor=Actor(ana, "chat"), now=NOW)
    less = saying(capacity="1")
    assert faults(store, less) == ("meeting.capacity: 1 is under the 2 places given",)
    assert bring_in(store, less, now=NOW + timedelta(minutes=2)).meeting.capacity == 1


def test_a_workshop_gone_or_under_its_seats_is_a_fault(store: Store) -> None:
    meeting_id = convened(store)
    sign_up(store, meeting_id, 40)
    store.write(workshops.seat_everyone, meeting_id, now=NOW)
    seats = store.read(
        lambda s: dict(
            s.execute(select(Workshop.number, func.count()).join(Registration).group_by(Workshop.number)).all()
        )
    )

    def less(data: dict[str, Any]) -> None:
        data["meeting"]["capacity"] = "40"
        data["workshops"] = [{"number": "1", "capacity": "10"}, {"number": "3", "capacity": "30"}]

    assert faults(store, less) == (
        f"workshops[1].capacity: 10 is under the {seats[1]} people who sit there",
        f"workshops: number 2 is gone, and {seats[2]} people sit there",
    )


def test_what_is_over_or_has_begun_stays(store: Store) -> None:
    convened(store)
    begun = datetime(2026, 12, 15, 15, tzinfo=UTC)
    assert faults(store, elsewhere, now=begun) == (
        "meeting: it has begun, so that its date, hours and place stay as they are",
    )
    assert bring_in(store, lambda data: data.update(faq=[]), now=begun).changed == ("faq",)
    over = datetime(2026, 12, 15, 18, tzinfo=UTC)
    assert faults(store, same, now=over) == ("meeting.code: agua-2026 is over; it cannot be imported again",)


def test_a_date_that_has_passed_is_a_fault(store: Store) -> None:
    convened(store)
    past = saying(starts_at="2026-11-01T09:00", ends_at="2026-11-01T12:00")
    assert faults(store, past) == ("meeting.starts_at: 2026-11-01T09:00 has passed",)


def test_entities_that_nobody_agreed_to_are_a_fault(store: Store) -> None:
    convened(store)
    car = {"code": "car", "name": "CAR"}
    assert faults(store, lambda data: data["entities"].append(car)) == (
        "entities: people signed up with a permission for alcaldia, and for no others",
    )


# In place ----------------------------------------------------------------------------------------------------------


def test_workshops_and_questions_keep_their_rows(store: Store) -> None:
    meeting_id = convened(store, lambda data: [each.update(topic="Agua") for each in data["workshops"]])
    (ana,) = sign_up(store, meeting_id)
    store.write(questions.answer_topics, one(store, ana).id, [2, 1], person_id=ana, actor=Actor(ana, "chat"), now=NOW)

    def rows(session: Session) -> tuple[dict[int, int], dict[str, int]]:
        return (
            dict(session.execute(select(Workshop.number, Workshop.id)).all()),
            dict(session.execute(select(Question.slug, Question.id)).all()),
        )

    before = store.read(rows)

    def others(data: dict[str, Any]) -> None:
        data["meeting"]["capacity"] = "30"
        data["workshops"] = [
            {"number": "1", "capacity": "28", "topic": "Agua", "room": "Aula 9"},
            {"number": "3", "capacity": "12", "topic": "Tarifas"},
        ]
        data["feedback"] = [
            {"id": "new", "kind": "text", "text": "¿Algo más?"},
            {"id": "heard", "kind": "scale", "text": "¿Habló?"},
        ]

    done = bring_in(store, others)
    assert done.changed == (
        "capacity",
        "workshops[1].room",
        "workshops[1].capacity",
        "workshops[1].features",
        "workshops[1].facilitator",
        "workshops[3]",
        "workshops[2]",
        "feedback",
    )
    found, asked = store.read(rows)
    assert (found[1], set(found)) == (before[0][1], {1, 3})
    assert (asked["heard"], set(asked)) == (before[1]["heard"], {"heard", "new"})
    assert store.read(lambda s: s.scalars(select(Party.choices)).one()) == [1]


def test_workshops_that_no_file_names_never_shrink_under_their_seats(store: Store) -> None:
    def unnamed(data: dict[str, Any]) -> None:
        del data["workshops"]

    few = saying(capacity="60")
    meeting_id = convened(store, unnamed, few)
    sign_up(store, meeting_id, 58)
    store.write(workshops.seat_everyone, meeting_id, now=NOW)
    more = saying(capacity="61")
    assert bring_in(store, unnamed, more).meeting.capacity == 61
    sizes = store.read(lambda s: s.scalars(select(Workshop.capacity).order_by(Workshop.number)).all())
    assert (len(sizes), sum(sizes) >= 61, min(sizes[:2]) >= 28) == (3, True, True)


def test_workshops_that_no_file_names_stay_while_somebody_sits_there(store: Store) -> None:
    def unnamed(data: dict[str, Any]) -> None:
        del data["workshops"]

    meeting_id = convened(store, unnamed, saying(capacity="60"))
    sign_up(store, meeting_id, 20)
    store.write(workshops.seat_everyone, meeting_id, now=NOW)
    seated = store.read(lambda s: s.scalars(select(Registration.workshop_id).order_by(Registration.id)).all())
    assert bring_in(store, unnamed, saying(capacity="30")).meeting.capacity == 30
    assert store.read(lambda s: s.scalars(select(Registration.workshop_id).order_by(Registration.id)).all()) == seated
    assert bring_in(store, unnamed, saying(capacity="30")).changed == ()


def test_another_room_is_told_to_who_sits_there_once(store: Store) -> None:
    meeting_id = convened(store)
    sign_up(store, meeting_id, 12)
    store.write(workshops.seat_everyone, meeting_id, now=NOW)
    deliver(store)

    def room(data: dict[str, Any]) -> None:
        data["workshops"][1]["room"] = "Aula 9"

    assert bring_in(store, room).changed == ("workshops[2].room",)
    there = store.read(
        lambda s: s.scalars(
            select(Registration.person_id).join(Workshop).where(Workshop.number == 2).order_by(Registration.person_id)
        ).all()
    )
    assert there
    assert [(row.kind, row.person_id) for row in sorted(deliver(store), key=lambda row: row.person_id or 0)] == [
        ("reseated", person_id) for person_id in there
    ]
    bring_in(store, room)
    assert deliver(store) == []

    def another_room(data: dict[str, Any]) -> None:
        data["workshops"][1]["room"] = "Aula 10"

    bring_in(store, another_room, later)
    hers = [row.kind for row in deliver(store) if row.person_id == there[0]]
    assert hers == ["moved", "reseated"]


# Who asked for silence ---------------------------------------------------------------------------------------------


def test_who_wants_changes_alone_hears_of_them_and_who_wants_nothing_hears_later(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id, tell="changes")
    (beto,) = sign_up(store, meeting_id, tell="nothing")
    assert bring_in(store, later).told == 1
    assert moves(store) == [ana]
    missed = store.read(versions.missed, beto, now=NOW)
    assert [own.person_id for own, _ in missed] == [beto]
    assert store.read(versions.missed, ana, now=NOW) == []


def test_bajas_two_ways_are_words_in_her_row(store: Store) -> None:
    ana = store.write(lambda s: factories.person(s).id)
    for choose, word in ((people.hush, "nothing"), (people.tell_changes, "changes"), (people.unhush, "all")):
        store.write(choose, ana, actor=Actor(ana, "chat"), now=NOW)
        assert store.read(lambda s: s.get_one(Person, ana).tell) == word


# Always ------------------------------------------------------------------------------------------------------------

VENUES = ("Casa", "Coliseo", "Escuela")
_numbers = itertools.count(1)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(st.sampled_from(VENUES), st.integers(min_value=1, max_value=3), st.just("sending")), max_size=8
    )
)
def test_each_is_told_what_she_does_not_know_and_never_what_she_knows(store: Store, steps: list[str | int]) -> None:
    """Move it about, deliver some, let it move while a message is on its way."""
    code = f"agua-{next(_numbers)}"
    venue = {"name": VENUES[0]}

    def file(data: dict[str, Any]) -> None:
        data["meeting"]["code"] = code
        data["meeting"]["venue"] = {"name": venue["name"], "address": "Calle 5"}

    made = bring_in(store, file).meeting
    store.write(convening.convene, code, actor=BY_COMMAND, now=NOW)
    known = dict.fromkeys(sign_up(store, made.id, 3), VENUES[0])
    flying: list[tuple[Row, str]] = []

    def land() -> None:
        for row, said in flying:
            assert row.person_id
            assert known[row.person_id] != said
            known[row.person_id] = said
        outcomes = [Outcome((row.id,), "sent", news=News.of(row)) for row, _ in flying]
        store.write(delivery.settle, outcomes, holder="one", bot_id=1, now=NOW, true_now=NOW)
        flying.clear()

    def take_off(limit: int) -> bool:
        parcels = store.write(delivery.claim, holder="one", now=NOW, true_now=NOW, zone="America/Bogota", limit=limit)
        rows = [row for parcel in parcels for row in parcel.rows]
        fine = store.read(delivery.still, [row.id for row in rows], holder="one", now=NOW)
        flying.extend((row, venue["name"]) for row in rows if row.id in fine)
        silenced = [Outcome((row.id,), "dropped") for row in rows if row.id not in fine]
        store.write(delivery.settle, silenced, holder="one", bot_id=1, now=NOW, true_now=NOW)
        return bool(rows)

    for step in steps:
        if isinstance(step, int):
            land()
            take_off(step)
            land()
        elif step == "sending":
            land()
            take_off(1)
        else:
            venue["name"] = step
            bring_in(store, file)
    land()
    while take_off(50):
        land()
    assert set(known.values()) == {venue["name"]}
    assert (
        store.read(
            lambda s: s.scalars(
                select(func.count())
                .select_from(Registration)
                .where(
                    Registration.meeting_id == made.id,
                    Registration.known_version != s.get_one(Meeting, made.id).version,
                )
            ).one()
        )
        == 0
    )
    assert store.read(lambda s: s.scalars(select(Outbox.id).where(Outbox.state == "pending")).all()) == []


def test_no_capacity_goes_under_places_given_at_the_same_moment(store: Store) -> None:
    """Let sign-ups race with imports that lower the capacity: whoever has a place keeps it."""
    meeting_id = convened(store)

    def lower(number: int) -> str:
        try:
            bring_in(store, saying(capacity=str(45 - number * 5)))
        except Faults as found:
            return found.faults[0]
        return "done"

    with ThreadPoolExecutor(6) as pool:
        signing = [pool.submit(sign_up, store, meeting_id) for _ in range(24)]
        lowering = [pool.submit(lower, number) for number in range(8)]
        for each in signing:
            each.result()
        ends = {each.result().split(" is under ")[0] for each in lowering}
    assert ends <= {"done", *(f"meeting.capacity: {45 - number * 5}" for number in range(8))}
    states = store.read(lambda s: list(s.scalars(select(Registration.state))))
    assert len(states) == 24
    assert states.count("registered") <= meeting_of(store, meeting_id).capacity
