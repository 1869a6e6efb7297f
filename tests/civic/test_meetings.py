"""Convening (M4), cancelling, and looking at meetings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import agenda, convening, meetings, offers, overview, people, privacy, registration, versions
from civic.audit import BY_COMMAND, Actor
from civic.convening import cancel, convene
from civic.errors import Faults, MeetingUnknown, TooLate
from civic.outbox import Priority
from civic.schema import Agenda, Audit, Meeting, MeetingVersion, Offer, Outbox, Person, Registration, Staff, Workshop
from civic.store import Store
from tests import factories
from tests.factories import NOW

DAY = timedelta(days=1)


def draft(store: Store, **columns: Any) -> Meeting:
    return store.write(factories.meeting, state="draft", **columns)


def sign_up(session: Session, meeting: Meeting, name: str, now: datetime = NOW) -> Registration:
    who = factories.person(session, name)
    return registration.register(session, meeting.id, who.id, name=name, actor=Actor(who.id, "chat"), now=now)


def test_convening_opens_a_meeting_and_fills_its_agenda(store: Store) -> None:
    meeting = draft(store)
    store.write(convene, "agua", actor=BY_COMMAND, now=NOW)
    found = store.read(meetings.public, "agua")
    assert (found.state, found.convened_at, found.late_because) == ("convened", NOW, None)
    version = store.read(lambda s: s.scalars(select(MeetingVersion)).one())
    assert (version.version, version.told) == (1, versions.told(found))
    steps = store.read(lambda s: s.scalars(select(Agenda).where(Agenda.subject == f"m{meeting.id}")).all())
    plan = agenda.plan(found)
    assert {step.what: step.due_at for step in steps} == plan | agenda.begun_by(plan, found.timezone)
    assert store.read(lambda s: s.scalars(select(Audit.act)).all()) == ["convene"]


def test_a_draft_is_nobodys_business(store: Store) -> None:
    draft(store)
    with pytest.raises(MeetingUnknown):
        store.read(meetings.public, "agua")
    assert store.read(meetings.card, "agua", None, NOW) is None
    assert store.read(meetings.coming, NOW) == ([], False)


@pytest.mark.parametrize(
    ("now", "starts_at", "days"),
    [
        # dates of the meeting's zone count, not hours: 23:30 in Bogotá is 4:30 UTC of the day after
        (datetime(2026, 11, 2, 4, 30, tzinfo=UTC), datetime(2026, 11, 16, 6, tzinfo=UTC), 15),
        (datetime(2026, 11, 2, 5, 30, tzinfo=UTC), datetime(2026, 11, 17, 4, 30, tzinfo=UTC), 14),
        (NOW, NOW + 15 * DAY, 15),
        (NOW, NOW + 14 * DAY, 14),
    ],
)
def test_people_are_convened_fifteen_days_ahead_by_the_calendar(
    store: Store, now: datetime, starts_at: datetime, days: int
) -> None:
    draft(store, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3))
    if days >= 15:
        store.write(convene, "agua", late_because="not needed", actor=BY_COMMAND, now=now)
        assert store.read(meetings.by_code, "agua").late_because is None
        return
    with pytest.raises(TooLate) as raised:
        store.write(convene, "agua", late_because="  ", actor=BY_COMMAND, now=now)
    assert raised.value.days == days
    assert store.read(meetings.by_code, "agua").state == "draft"


def test_a_late_convocation_shows_its_reason(store: Store) -> None:
    draft(store, starts_in=5 * DAY)
    store.write(convene, "agua", late_because="La crecida\ndel río", actor=BY_COMMAND, now=NOW)
    card = store.read(meetings.card, "agua", None, NOW)
    assert card
    assert card.late_because == "La crecida del río"
    assert store.read(lambda s: s.scalar(select(Audit.because))) == "La crecida del río"


def test_a_reason_kept_at_the_import_serves(store: Store) -> None:
    draft(store, starts_in=5 * DAY, late_because="La crecida")
    store.write(convene, "agua", actor=BY_COMMAND, now=NOW)
    assert store.read(meetings.by_code, "agua").late_because == "La crecida"


def test_convening_twice_says_so_and_changes_nothing(store: Store) -> None:
    draft(store)
    store.write(convene, "agua", actor=BY_COMMAND, now=NOW)
    with pytest.raises(Faults) as raised:
        store.write(convene, "agua", actor=BY_COMMAND, now=NOW + DAY)
    assert raised.value.faults == ("agua: is convened already; nothing was changed",)
    assert store.read(meetings.by_code, "agua").convened_at == NOW


def test_the_past_is_not_convened(store: Store) -> None:
    draft(store, starts_in=-DAY)
    with pytest.raises(Faults) as raised:
        store.write(convene, "agua", late_because="x", actor=BY_COMMAND, now=NOW)
    assert raised.value.faults == ("agua: starts_at (2026-10-31 15:00 UTC) has passed",)


def test_warnings_cite_the_fact_behind_them(store: Store) -> None:
    draft(store, capacity=39, workshop_minutes=59, contact=None, needs=["wheelchair", "childcare"])
    found = store.write(convene, "agua", actor=BY_COMMAND, now=NOW)
    assert found == [
        "capacity: 39 is under 40, too few for this kind of dialogue (M3)",
        "workshop_minutes: 59 is under 60 (M9)",
        "report: there is none, and people should read it before they come (M8)",
        "contact: there is none, so nobody answers people whom the bot cannot help",
        "workshops 1, 2: no facilitator (M6)",
        "workshops 1, 2: no rapporteur (M6)",
        "workshops 1, 2: no public servant (M7)",
        "needs: wheelchair is asked for, and no workshop has it among its features",
        "needs: childcare is asked for, and no workshop has it among its features",
    ]


def test_a_meeting_with_everything_has_no_warning(store: Store) -> None:
    def prepare(session: Session) -> list[str]:
        meeting = factories.meeting(
            session,
            capacity=40,
            needs=["wheelchair"],
            report_url="https://example.org/informe.pdf",
            workshops=[{"capacity": 20, "features": ["wheelchair"]}, {"capacity": 20}],
        )
        for room in session.scalars(select(Workshop)):
            session.add_all(
                Staff(role=role, meeting_id=meeting.id, workshop_id=room.id, name="Ana")
                for role in ("facilitator", "rapporteur", "public_servant")
            )
        session.flush()
        return convening.warnings(session, meeting)

    assert store.write(prepare) == []


def test_over_a_thousand_people_is_flagged(store: Store) -> None:
    meeting = draft(store, capacity=1001)
    assert "capacity: 1001 is over 1,000, too many for this kind of dialogue (M3)" in store.read(
        convening.warnings, meeting
    )


def test_cancelling_tells_everyone_concerned_once(store: Store) -> None:
    def prepare(session: Session) -> tuple[Meeting, list[Registration]]:
        meeting = factories.meeting(session, capacity=2)
        signed = [sign_up(session, meeting, name) for name in ("Ana", "Beto", "Cata", "Dora")]
        registration.cancel(
            session,
            signed[1].id,
            person_id=signed[1].person_id or 0,
            actor=BY_COMMAND,
            now=NOW,
        )
        return meeting, signed

    meeting, (ana, _beto, cata, dora) = store.write(prepare)
    assert store.write(cancel, "agua", because="Llueve", actor=BY_COMMAND, now=NOW) == 3
    found = store.read(meetings.public, "agua")
    assert (found.state, found.version, found.cancelled_because) == ("cancelled", 2, "Llueve")
    rows = store.read(
        lambda s: s.scalars(select(Outbox).where(Outbox.kind == "cancelled").order_by(Outbox.person_id)).all()
    )
    params = {"meeting": meeting.id, "version": 2, "soonest": meeting.starts_at.isoformat()}
    assert [(row.person_id, row.cause, row.params, row.priority) for row in rows] == [
        (each.person_id, f"m{meeting.id}v2", params, Priority.URGENT) for each in (ana, cata, dora)
    ]
    versions = store.read(lambda s: s.scalars(select(MeetingVersion).order_by(MeetingVersion.version)).all())
    assert [(each.version, each.because) for each in versions] == [(1, None), (2, "Llueve")]
    assert versions[1].told["cancelled"] is True


def test_cancelling_withdraws_offers_and_silences_what_was_pending(store: Store) -> None:
    def prepare(session: Session) -> Registration:
        meeting = factories.meeting(session, capacity=1)
        has, waits = (sign_up(session, meeting, name) for name in ("Ana", "Beto"))
        registration.cancel(session, has.id, person_id=has.person_id or 0, actor=BY_COMMAND, now=NOW)
        assert len(offers.serve(session, meeting, NOW + timedelta(minutes=3))) == 1
        return waits

    waits = store.write(prepare)
    store.write(cancel, "agua", because="Llueve", actor=BY_COMMAND, now=NOW + timedelta(minutes=4))
    assert store.read(lambda s: s.scalars(select(Offer.state)).all()) == ["withdrawn"]
    assert store.read(lambda s: s.get_one(Registration, waits.id)).state == "waiting"
    pending = store.read(lambda s: s.scalars(select(Outbox.kind).where(Outbox.state == "pending")).all())
    assert pending == ["cancelled"]
    assert store.read(lambda s: s.scalars(select(Agenda)).all()) == []


@pytest.mark.parametrize(
    ("state", "because", "fault"),
    [
        ("draft", "x", "agua: is a draft, which nobody was told of; nothing was changed"),
        ("cancelled", "x", "agua: was cancelled already; nothing was changed"),
        ("convened", " \n ", "because: people are told the reason; it cannot be empty"),
        ("convened", "x" * 501, "the reason has 501 characters; it may have 500"),
    ],
)
def test_what_cannot_be_cancelled_is_left_alone(store: Store, state: str, because: str, fault: str) -> None:
    store.write(factories.meeting, state=state)
    with pytest.raises(Faults) as raised:
        store.write(cancel, "agua", because=because, actor=BY_COMMAND, now=NOW)
    assert raised.value.faults == (fault,)
    assert store.read(meetings.by_code, "agua").state == state


def test_what_is_over_is_not_cancelled(store: Store) -> None:
    store.write(factories.meeting)
    with pytest.raises(Faults) as raised:
        store.write(cancel, "agua", because="x", actor=BY_COMMAND, now=NOW + 21 * DAY)
    assert raised.value.faults == ("agua: is over",)


def test_a_card_says_where_its_reader_stands(store: Store) -> None:
    def prepare(session: Session) -> Registration:
        meeting = factories.meeting(session, capacity=1)
        has, _ = (sign_up(session, meeting, name) for name in ("Ana", "Beto"))
        return has

    has = store.write(prepare)
    seen = store.read(meetings.card, "agua", has.person_id, NOW)
    assert seen
    assert (seen.registration_id, seen.registration_state) == (has.id, "registered")
    assert (seen.places_left, seen.waiting, seen.started, seen.over) == (0, 1, False, False)
    assert [each.code for each in seen.entities] == ["alcaldia"]
    other = store.read(meetings.card, "agua", None, NOW + 21 * DAY)
    assert other
    assert (other.registration_id, other.registration_state, other.started, other.over) == (None, None, True, True)


def test_meetings_to_come_are_listed_soonest_first_by_page(store: Store) -> None:
    def prepare(session: Session) -> None:
        for days in (9, 3, 5, 7, 4, 8):
            factories.meeting(session, code=f"in-{days}", starts_in=days * DAY)
        factories.meeting(session, code="past", starts_in=-DAY)
        factories.meeting(session, code="off", state="cancelled")

    store.write(prepare)
    first, more = store.read(meetings.coming, NOW)
    assert ([each.code for each in first], more) == (["in-3", "in-4", "in-5", "in-7", "in-8"], True)
    second, more = store.read(meetings.coming, NOW, 1)
    assert ([each.code for each in second], more) == (["in-9"], False)


def test_an_export_holds_everybody_and_no_phone(store: Store) -> None:
    def prepare(session: Session) -> list[Registration]:
        meeting = factories.meeting(session, capacity=1, workshops=[{"capacity": 1, "topic": "Tarifas"}])
        signed = [sign_up(session, meeting, name) for name in ("Ana", "Beto", "Cata")]
        beto = session.get_one(Person, signed[1].person_id)
        beto.tell, beto.phone = "nothing", "+57 300 555 0101"
        session.flush()
        return signed

    ana, beto, cata = store.write(prepare)
    found = store.read(overview.export, "agua")
    assert list(found) == ["meeting", "workshops", "registrations", "commitments"]
    assert "555 0101" not in str(found)
    common: dict[str, Any] = {"workshop": None, "needs": [], "on_telegram": True}
    assert found["registrations"] == [
        {"code": ana.code, "name": "Ana", "state": "registered", "position": None, "party": ana.party_id}
        | common
        | {"reachable": True},
        {"code": beto.code, "name": "Beto", "state": "waiting", "position": 1, "party": beto.party_id}
        | common
        | {"reachable": False},
        {"code": cata.code, "name": "Cata", "state": "waiting", "position": 2, "party": cata.party_id}
        | common
        | {"reachable": True},
    ]


def test_an_organiser_sees_whom_to_call(store: Store) -> None:
    def prepare(session: Session) -> None:
        meeting = factories.meeting(session)
        ana, beto, dora, _ = (sign_up(session, meeting, name) for name in ("Ana", "Beto", "Dora", "Cata"))
        here = [each.id for each in meetings.entities(session, meeting.id)]
        other = factories.entity(session, "hospital", name="Hospital").id
        for own, phone, agreed in ((ana, "+573005550101", [*here, other]), (dora, "+573005550102", [other])):
            person = session.get_one(Person, own.person_id)
            person.unreachable_since = NOW
            people.leave_phone(session, person, phone, agreed, now=NOW)
        session.get_one(Person, beto.person_id).tell = "nothing"

    store.write(prepare)
    found = store.read(overview.show, "agua", now=NOW)
    assert [(each.name, each.phone, each.why) for each in found.to_call] == [
        ("Ana", "+573005550101", "unreachable"),
        ("Dora", None, "unreachable"),  # who convenes here was not given her phone
    ]
    assert (found.numbers["registered"], found.numbers["free"], found.numbers["confirmed"]) == (4, 56, 0)
    store.write(cancel, "agua", because="Llueve", actor=BY_COMMAND, now=NOW)
    found = store.read(overview.show, "agua", now=NOW)
    whom = [(each.name, each.why) for each in found.to_call]
    assert whom == [("Ana", "unreachable"), ("Beto", "hushed"), ("Dora", "unreachable")]


def test_nobody_calls_who_was_erased_nor_after_the_end(store: Store) -> None:
    def prepare(session: Session) -> None:
        meeting = factories.meeting(session, starts_in=timedelta(hours=1))
        ana, beto = (sign_up(session, meeting, name) for name in ("Ana", "Beto"))
        session.get_one(Person, ana.person_id).unreachable_since = NOW
        privacy.erase(session, beto.person_id or 0, actor=BY_COMMAND, now=NOW + timedelta(hours=2))

    store.write(prepare)
    found = store.read(overview.show, "agua", now=NOW + timedelta(hours=3))
    assert [each.name for each in found.to_call] == ["Ana"]
    assert store.read(overview.show, "agua", now=NOW + timedelta(days=1)).to_call == ()


def test_a_draft_is_told_until_when_to_convene_it(store: Store) -> None:
    draft(store)
    assert store.read(overview.show, "agua", now=NOW).missing == ("it is a draft: convene it by 2026-11-06 (M4)",)
