"""Needs: never a place lost over one, told only what is true, that day either way, and when it changes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic import (
    agenda,
    convening,
    due,
    invitations,
    meetings,
    needs,
    overview,
    parties,
    privacy,
    questions,
    registration,
    support,
)
from civic.audit import BY_COMMAND, Actor
from civic.errors import AnswerUnclear, ConsentMissing, RegistrationUnknown
from civic.schema import Agenda, Audit, Consent, Meeting, Need, Outbox, Party, Person, Registration, Staff, Workshop
from civic.store import Store
from tests import factories
from tests.factories import NOW

SIGNS, WHEELS = "sign_language", "wheelchair"
SEATS = NOW + timedelta(days=13)
"""When people are seated: a week before a meeting in 20 days."""


def _meeting(session: Session, **columns: Any) -> Meeting:
    rooms = columns.pop("workshops", [{"capacity": 30}, {"capacity": 30}])
    return factories.meeting(session, workshops=rooms, needs=[SIGNS, WHEELS], **columns)


def _come(session: Session, meeting: Meeting, name: str = "Ana", now: datetime = NOW) -> Registration:
    who = factories.person(session, name)
    return registration.register(session, meeting.id, who.id, name=name, actor=BY_COMMAND, now=now)


def _owner(row: Registration) -> int:
    assert row.person_id is not None
    return row.person_id


def _by(row: Registration) -> dict[str, Any]:
    return {"person_id": _owner(row), "actor": BY_COMMAND, "now": NOW}


def _brings(session: Session, own: Registration) -> Registration:
    """Let somebody bring one companion, with a place."""
    brought = Registration(
        meeting_id=own.meeting_id,
        party_id=own.party_id,
        code=registration.new_code(session),
        state="registered",
        registered_at=NOW,
        registered_by=own.person_id,
        attributes={},
        answered=[],
    )
    session.add(brought)
    session.flush()
    return brought


def _says(session: Session, row: Registration, *chosen: str, by: int | None = None, now: datetime = NOW) -> None:
    """Let somebody accept that we keep it, and say what is needed."""
    person_id = by or _owner(row)
    support.accept(session, row.id, person_id=person_id, now=now)
    support.answer(session, row.id, list(chosen), person_id=person_id, actor=Actor(person_id, "chat"), now=now)


def _told(session: Session) -> dict[str, str | None]:
    return dict(session.execute(select(Need.need, Need.told)).all())


def _causes(session: Session, kind: str = "needs_told") -> list[str]:
    return list(session.scalars(select(Outbox.cause).where(Outbox.kind == kind).order_by(Outbox.id)))


def _offers(session: Session, number: int, *features: str) -> None:
    session.scalars(select(Workshop).where(Workshop.number == number)).one().features = list(features)
    session.flush()


def _step(session: Session, what: str, now: datetime) -> bool:
    row = session.scalars(select(Agenda).where(Agenda.what == what)).one()
    return due.run(session, row.id, now=now)


def _organised(session: Session) -> None:
    session.add(Staff(role="organiser", person_id=factories.person(session, "Oti").id))
    session.flush()


def test_nobody_loses_a_place_and_organisers_hear_at_once_and_once(store: Store) -> None:
    def declare(session: Session) -> tuple[list[str], dict[str, str | None], list[str], set[str]]:
        _organised(session)
        meeting = _meeting(session)
        for name in ("Ana", "Beto"):
            _says(session, _come(session, meeting, name), SIGNS)
        states = set(session.scalars(select(Registration.state)))
        return sorted(states), _told(session), _causes(session, "alert"), set(_causes(session))

    states, told, alerts, owed = store.write(declare)
    assert states == ["registered"]
    assert told == {SIGNS: needs.NOT_YET}
    assert [cause.split("/", 1)[1] for cause in alerts] == [f"need/{SIGNS}"]
    assert owed == set()


def test_on_the_day_of_the_seats_everybody_is_told_either_way(store: Store) -> None:
    def day(session: Session) -> tuple[list[str], dict[str, str | None]]:
        meeting = _meeting(session)
        _says(session, _come(session, meeting, "Ana"), SIGNS)
        _says(session, _come(session, meeting, "Beto"), WHEELS)
        _offers(session, 2, WHEELS)
        needs.changed(session, meetings.lock(session, meeting.id), now=NOW)
        before = _causes(session)
        assert _step(session, agenda.ASSIGN, SEATS)
        return [cause for cause in _causes(session) if cause not in before], _told(session)

    told, stands = store.write(day)
    assert stands == {SIGNS: needs.UNMET, WHEELS: needs.MET}
    assert len(told) == 1


def test_a_need_that_her_seat_does_not_meet_is_told_and_again_when_it_does(store: Store) -> None:
    def seated(session: Session) -> list[str]:
        meeting = _meeting(session, workshops=[{"capacity": 1, "features": [SIGNS]}, {"capacity": 1}], capacity=2)
        for name in ("Ana", "Beto"):
            _says(session, _come(session, meeting, name), SIGNS)
        assert set(session.scalars(select(Need.told))) == {needs.OFFERED}
        _step(session, agenda.ASSIGN, SEATS)
        first = _causes(session)
        session.execute(update(Outbox).values(state="sent"))
        _offers(session, 2, SIGNS)
        for _ in range(2):
            needs.changed(session, meetings.lock(session, meeting.id), now=SEATS)
        assert set(session.scalars(select(Need.told))) == {needs.MET}
        return [*first, "then", *_causes(session)[len(first) :]]

    first, then, again = store.write(seated)
    assert then == "then"
    assert (first[-2:], again[-2:]) == ("/1", "/2")
    assert first[:-1] == again[:-1]


def test_what_changes_is_told_each_time_and_what_stays_never(store: Store) -> None:
    def changes(session: Session) -> list[int]:
        meeting = _meeting(session)
        _says(session, _come(session, meeting), SIGNS)
        owed = []
        for offered in ((), (SIGNS,), (SIGNS, WHEELS), (), (), (SIGNS,)):
            _offers(session, 1, *offered)
            owed.append(needs.changed(session, meetings.lock(session, meeting.id), now=NOW))
            session.execute(update(Outbox).values(state="sent"))
        return owed

    assert store.write(changes) == [0, 1, 0, 1, 0, 1]


def test_what_changes_twice_before_it_is_told_is_one_message(store: Store) -> None:
    def changes(session: Session) -> list[int]:
        meeting = _meeting(session)
        _says(session, _come(session, meeting), SIGNS)
        owed = []
        for offered in ((SIGNS,), (), (SIGNS,)):
            _offers(session, 1, *offered)
            owed.append(needs.changed(session, meetings.lock(session, meeting.id), now=NOW))
        return owed

    assert store.write(changes) == [1, 0, 0]


def _seated_with_a_companion(session: Session, **columns: Any) -> tuple[Meeting, Registration]:
    """Let somebody bring one more after everybody was seated; both sit in the first workshop."""
    meeting = _meeting(session, **columns)
    _step(session, agenda.ASSIGN, SEATS)
    own = _come(session, meeting, now=SEATS)
    parties.bring(session, own.id, 1, person_id=_owner(own), actor=BY_COMMAND, now=SEATS)
    assert _sit(session, own) == [1, 1]
    return meeting, own


def _sit(session: Session, own: Registration) -> list[int]:
    rows = select(Workshop.number).join(Registration, Registration.workshop_id == Workshop.id)
    return list(session.scalars(rows.where(Registration.party_id == own.party_id)))


def test_who_is_seated_first_and_asked_then_moves_with_her_party_to_where_it_is_met(store: Store) -> None:
    rooms = [{"capacity": 30, "features": [WHEELS]}, {"capacity": 2, "features": [WHEELS, SIGNS]}]

    def says(session: Session) -> tuple[list[int], dict[str, str | None], list[str], int]:
        _, own = _seated_with_a_companion(session, workshops=rooms)
        companion = needs.answered_for(session, own)[1]
        _says(session, companion, WHEELS, by=_owner(own), now=SEATS)
        _says(session, own, SIGNS, now=SEATS)
        return _sit(session, own), _told(session), _causes(session), len(_causes(session, "reseated"))

    assert store.write(says) == ([2, 2], {WHEELS: needs.MET, SIGNS: needs.MET}, [], 1)


@pytest.mark.parametrize(
    "second",
    [{"capacity": 1, "features": [WHEELS, SIGNS]}, {"capacity": 30, "features": [SIGNS]}],
    ids=["full", "worse"],
)
def test_nobody_moves_where_the_party_does_not_fit_or_would_lose_what_it_has(
    store: Store, second: dict[str, Any]
) -> None:
    def says(session: Session) -> tuple[list[int], dict[str, str | None]]:
        _, own = _seated_with_a_companion(session, workshops=[{"capacity": 30, "features": [WHEELS]}, second])
        companion = needs.answered_for(session, own)[1]
        _says(session, companion, WHEELS, by=_owner(own), now=SEATS)
        _says(session, own, SIGNS, now=SEATS)
        return _sit(session, own), _told(session)

    assert store.write(says) == ([1, 1], {WHEELS: needs.MET, SIGNS: needs.UNMET})


def test_who_waits_is_told_once_she_has_a_place(store: Store) -> None:
    def waits(session: Session) -> tuple[list[str | None], int]:
        meeting = _meeting(session, capacity=1, workshops=[{"capacity": 1}])
        _come(session, meeting, "Ana")
        beto = _come(session, meeting, "Beto")
        _says(session, beto, SIGNS)
        told = list(session.scalars(select(Need.told)))
        assert needs.unmet(session, meeting, NOW) == []
        beto.state = "registered"
        return told, needs.changed(session, meetings.lock(session, meeting.id), now=NOW)

    assert store.write(waits) == ([None], 1)


def test_health_data_takes_a_permission_of_its_own(store: Store) -> None:
    def without(session: Session) -> list[str]:
        meeting = _meeting(session)
        own = _come(session, meeting)
        who = _by(own)
        with pytest.raises(ConsentMissing):
            support.answer(session, own.id, [SIGNS], **who)
        with pytest.raises(ConsentMissing):
            support.tick(session, own.id, needs.key(SIGNS), on=True, **who)
        _says(session, own, WHEELS)
        with pytest.raises(AnswerUnclear):
            support.answer(session, own.id, ["<script>"], **who)
        support.answer(session, own.id, [], **who)
        assert list(session.scalars(select(Need.need))) == []
        held = Consent.purpose == "health", Consent.withdrawn_at.is_(None)
        assert session.scalars(select(Consent).where(*held)).all() == []
        rows = session.scalars(select(Audit).where(Audit.subject == f"r{own.id}"))
        return [str(row.new) + str(row.old) for row in rows]

    said = store.write(without)
    assert said
    assert not [row for row in said if WHEELS in row]


def test_a_companion_has_needs_and_a_permission_of_her_own(store: Store) -> None:
    def party(session: Session) -> tuple[list[Any], list[str], list[str]]:
        meeting = _meeting(session)
        own = _come(session, meeting)
        brought = _brings(session, own)
        stranger = _come(session, meeting, "Ciro")
        asked = [question for question in _asked(session, own) if question[1] == "needs"]
        assert asked == [(own.id, "needs"), (brought.id, "needs")]
        with pytest.raises(RegistrationUnknown):
            support.accept(session, brought.id, person_id=_owner(stranger), now=NOW)
        _says(session, brought, WHEELS, by=_owner(own))
        given = session.scalars(select(Consent).where(Consent.purpose == "health")).one()
        _step(session, agenda.ASSIGN, SEATS)
        people = list(session.scalars(select(Outbox.person_id).where(Outbox.kind == "needs_told")))
        assert people == [own.person_id]
        return [given.person_id, given.registration_id == brought.id, given.recorded_by == own.person_id], [], []

    assert store.write(party)[0] == [None, True, True]


def _asked(session: Session, own: Registration) -> list[tuple[int, str]]:
    """Answer all that is asked, each with nothing, and list it."""
    found = []
    while asked := questions.next_question(session, own, NOW):
        found.append(asked)
        row = session.get_one(Registration, asked[0])
        row.answered = [*row.answered, asked[1]]
    return found


def test_what_was_skipped_is_asked_once_more_and_none_is_no_skip(store: Store) -> None:
    def again(session: Session) -> tuple[list[str], list[str], list[str]]:
        meeting = _meeting(session, attributes={"zone": ["rural"]})
        rows = {name: _come(session, meeting, name) for name in ("skipped", "silent", "none")}
        for name, row in rows.items():
            who = _by(row)
            if name != "silent":
                zone = "rural" if name == "none" else None
                questions.answer_attribute(session, row.id, "zone", zone, **who)
            if name == "none":
                support.answer(session, row.id, [], **who)
            elif name == "skipped":
                support.skip(session, row.id, "needs", **who)
        step = session.scalars(select(Agenda).where(Agenda.what == agenda.ASK_AGAIN)).one()
        assert step.due_at == SEATS - timedelta(days=2)
        assert _step(session, agenda.ASK_AGAIN, step.due_at)
        assert support.ask_again(session, meeting, now=step.due_at) == 0
        told = [
            session.get_one(Person, person_id).name or ""
            for person_id in session.scalars(select(Outbox.person_id).where(Outbox.kind == "ask_again"))
        ]
        own = rows["skipped"]
        support.reopen(session, meeting.id, person_id=_owner(own), actor=BY_COMMAND, now=NOW)
        return sorted(told), [what for _, what in _asked(session, own)], _causes(session, "ask_again")

    told, asked, causes = store.write(again)
    assert told == ["silent", "skipped"]
    assert asked == ["needs", "attr:zone"]
    assert {cause.split("/")[1] for cause in causes} == {"ask_again"}


def test_nothing_is_asked_again_of_a_meeting_that_asks_nothing(store: Store) -> None:
    def plain(session: Session) -> list[str]:
        factories.meeting(session)
        topics = [{"capacity": 30, "topic": "Agua"}, {"capacity": 30, "topic": "Luz"}]
        factories.meeting(session, code="luz", workshops=topics)
        return list(session.scalars(select(Agenda.subject).where(Agenda.what == agenda.ASK_AGAIN)))

    subjects = store.write(plain)
    luz = store.read(lambda session: session.scalars(select(Meeting.id).where(Meeting.code == "luz")).one())
    assert subjects == [f"m{luz}"]


def test_organisers_hear_when_convening_and_a_week_before_with_how_many(store: Store) -> None:
    def alerts(session: Session) -> list[dict[str, Any]]:
        _organised(session)
        meeting = _meeting(session, state="draft", assignment_before="3d")
        _offers(session, 1, WHEELS)
        convening.convene(session, meeting.code, actor=BY_COMMAND, now=NOW)
        for name in ("Ana", "Beto"):
            _says(session, _come(session, meeting, name), SIGNS, WHEELS)
        assert _step(session, agenda.NEEDS_ALERT, SEATS)
        rows = session.scalars(select(Outbox).where(Outbox.kind == "alert").order_by(Outbox.id))
        return [{key: value for key, value in (row.params or {}).items() if key != "meeting"} for row in rows]

    assert store.write(alerts) == [
        {"what": "need", "need": SIGNS, "when": "convened"},
        {"what": "need", "need": SIGNS},
        {"what": "need", "need": SIGNS, "when": "week", "people": 2},
    ]


def test_show_lists_unmet_needs_and_whom_to_call(store: Store) -> None:
    def show(session: Session) -> overview.Overview:
        meeting = _meeting(session)
        own = _come(session, meeting)
        _says(session, own, SIGNS)
        who = _by(own)
        support.leave_phone(session, own.id, "+57 300 555 01 01", **who)
        _brings(session, own)
        _come(session, meeting, "Beto")
        return overview.show(session, "agua", now=NOW)

    found = store.write(show)
    assert f"needs: {SIGNS} is not met for 1" in found.missing
    assert [(each.name, each.why, each.needs, each.phone) for each in found.to_call] == [
        ("Ana", "unmet_need", (SIGNS,), "+573005550101"),
        (None, "no_chat", (), "+573005550101"),
    ]


@pytest.mark.parametrize("phone", ["", "12345", "1234567890123456", "llámeme", "+", "300+5550101", "٣٠٠٥٥٥٠١٠١"])
def test_what_is_no_phone_is_not_kept(store: Store, phone: str) -> None:
    def leave(session: Session) -> str | None:
        own = _come(session, _meeting(session))
        with pytest.raises(AnswerUnclear):
            support.leave_phone(session, own.id, phone, person_id=_owner(own), actor=BY_COMMAND, now=NOW)
        return session.get_one(Person, own.person_id).phone

    assert store.write(leave) is None


def test_who_left_a_phone_is_asked_for_none_by_the_same_entity(store: Store) -> None:
    def twice(session: Session) -> list[str]:
        own = _come(session, factories.meeting(session))
        who = _by(own)
        support.leave_phone(session, own.id, "3005550101", **who)
        other = factories.meeting(session, code="luz")
        again = registration.register(session, other.id, _owner(own), name="Ana", actor=BY_COMMAND, now=NOW)
        return [what for _, what in _asked(session, again)]

    assert "phone" not in store.write(twice)


def test_erasing_leaves_no_need_no_phone_and_no_consent(store: Store) -> None:
    def erased(session: Session) -> tuple[int, int, int]:
        meeting = _meeting(session)
        own = _come(session, meeting)
        brought = _brings(session, own)
        person_id = _owner(own)
        _says(session, own, SIGNS)
        _says(session, brought, WHEELS, by=person_id)
        who = _by(own)
        support.leave_phone(session, own.id, "3005550101", **who)
        data = privacy.my_data(session, person_id, NOW)
        assert data["person"]["phone"] == "3005550101"
        assert data["registrations"][0]["needs"] == [SIGNS]
        assert {each["purpose"] for each in data["consents"]} == {"attend", "follow", "health", "phone"}
        privacy.erase(session, person_id, actor=BY_COMMAND, now=NOW)
        kept = (Need, Consent, Person)
        counts = [len(session.scalars(select(table)).all()) for table in kept]
        assert session.scalars(select(Party)).all()
        return counts[0], counts[1], counts[2]

    assert store.write(erased) == (0, 0, 0)


def test_that_day_comes_also_when_the_seats_are_put_off(store: Store) -> None:
    def put_off(session: Session) -> tuple[int, dict[str, str | None], int]:
        meeting = _meeting(session, workshops=[{"capacity": 2}, {"capacity": 2}], capacity=4)
        own = _come(session, meeting)
        for _ in range(2):
            _brings(session, own)
        _says(session, own, SIGNS)
        _step(session, agenda.ASSIGN, SEATS)
        told = _told(session), len(_causes(session))
        step = session.scalars(select(Agenda).where(Agenda.what == agenda.ASSIGN)).one()
        assert step.done_at is None
        _step(session, agenda.ASSIGN, step.due_at)
        return told[1], told[0], len(_causes(session))

    assert store.write(put_off) == (1, {SIGNS: needs.UNMET}, 1)


def test_who_takes_her_place_over_says_herself_what_she_needs(store: Store) -> None:
    def joins(session: Session) -> tuple[list[str], list[str], list[int | None]]:
        meeting = _meeting(session)
        own = _come(session, meeting)
        brought = _brings(session, own)
        _says(session, brought, WHEELS, by=_owner(own))
        eva = factories.person(session, "Eva")
        link = session.get_one(Party, own.party_id).link
        invitations.join(session, link, None, person_id=eva.id, name="Eva", actor=BY_COMMAND, now=NOW)
        asked = [what for _, what in _asked(session, brought)]
        with pytest.raises(RegistrationUnknown):
            support.accept(session, brought.id, person_id=_owner(own), now=NOW)
        kept = list(session.scalars(select(Need.need)))
        support.answer(session, brought.id, [], **_by(brought))
        held = select(Consent.registration_id).where(Consent.purpose == "health", Consent.withdrawn_at.is_(None))
        return asked, kept, list(session.scalars(held))

    asked, kept, held = store.write(joins)
    assert "needs" in asked
    assert (kept, held) == ([WHEELS], [])


def test_who_comes_back_is_told_how_it_stands_when_it_is_news(store: Store) -> None:
    def leave(session: Session) -> tuple[int, int]:
        meeting = _meeting(session)
        ana, beto = (_come(session, meeting, name) for name in ("Ana", "Beto"))
        for each, need in ((ana, SIGNS), (beto, WHEELS)):
            _says(session, each, need)
            registration.cancel(session, each.id, **_by(each))
        _offers(session, 1, SIGNS, WHEELS)
        needs.changed(session, meeting, now=NOW)
        assert _causes(session) == []  # they do not come
        return ana.id, beto.id

    def back(session: Session, ana_id: int, beto_id: int) -> tuple[list[str], dict[str, str | None]]:
        ana, beto = (session.get_one(Registration, each) for each in (ana_id, beto_id))
        registration.undo(session, ana.id, **_by(ana))
        later = NOW + timedelta(hours=1)
        registration.register(session, beto.meeting_id, _owner(beto), name="Beto", actor=BY_COMMAND, now=later)
        return _causes(session), _told(session)

    ids = store.write(leave)
    causes, told = store.write(back, *ids)
    assert causes == [f"r{each}/needs/1" for each in ids]
    assert told == {SIGNS: "offered", WHEELS: "offered"}
