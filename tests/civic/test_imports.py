"""Importing a meeting file: a draft is made or replaced, what people were invited to is left alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select

from civic import convening, imports, meetings, written_file
from civic.audit import BY_COMMAND
from civic.errors import Faults
from civic.imports import QUESTIONNAIRE, even_workshops
from civic.meeting_fields import Attachment
from civic.meeting_file import parse, parse_alone
from civic.schema import Audit, Entity, File, Meeting, Question, Staff, Workshop
from civic.store import Store
from tests.civic.test_meeting_file import whole
from tests.factories import NOW

REPORT = Attachment("informe.pdf", "application/pdf", b"%PDF-1.7")


def imported(store: Store, data: dict[str, Any], report: Attachment | None = None, now: datetime = NOW) -> Meeting:
    parsed, _ = parse(yaml.safe_dump(data, allow_unicode=True), None, now=now)
    return store.write(imports.import_meeting, parsed, report, actor=BY_COMMAND, now=now).meeting


def test_a_file_written_anew_from_its_meeting_changes_nothing(store: Store) -> None:
    meeting = imported(store, whole(), REPORT)
    parsed, named = parse_alone(store.read(written_file.written, meeting), now=NOW)
    assert named == REPORT.name
    done = store.write(imports.import_meeting, parsed, REPORT, actor=BY_COMMAND, now=NOW)
    assert (done.new, done.changed) == (False, ())


def test_a_draft_is_made_of_a_file(store: Store) -> None:
    meeting = imported(store, whole(), REPORT)
    found = store.read(meetings.by_code, "agua-2026")
    assert (found.id, found.state, found.capacity) == (meeting.id, "draft", 50)
    assert found.title == {"es": "Agua", "en": "Water"}
    assert found.venue == {"name": "Casa", "address": "Calle 5 # 4-12", "latitude": 4.6, "longitude": -74.08}
    assert found.starts_at == datetime(2026, 12, 15, 14, tzinfo=UTC)
    assert found.attributes == {"zone": ["urbana", "rural"]}
    report = store.read(meetings.report, found)
    assert report
    assert (report.name, report.size) == ("informe.pdf", 8)
    rooms = store.read(lambda s: s.scalars(select(Workshop).order_by(Workshop.number)).all())
    assert [(each.number, each.capacity, each.minimum, each.features) for each in rooms] == [
        (1, 30, 0, ["wheelchair"]),
        (2, 20, 5, []),
    ]
    staff = store.read(lambda s: s.scalars(select(Staff)).all())
    assert [(each.role, each.name, each.workshop_id) for each in staff] == [("facilitator", "Ana Ruiz", rooms[0].id)]
    asked = store.read(lambda s: s.scalars(select(Question).order_by(Question.number)).all())
    assert [(each.slug, each.kind, each.options) for each in asked] == [
        ("heard", "scale", []),
        ("how", "choice", ["A pie", "En bus"]),
    ]
    assert store.read(lambda s: s.scalars(select(Audit.act)).all()) == ["import"]


def test_a_file_without_questions_asks_the_default_ones(store: Store) -> None:
    data = whole()
    del data["feedback"]
    imported(store, data)
    asked = store.read(lambda s: s.scalars(select(Question).order_by(Question.number)).all())
    assert [(each.slug, each.kind, each.text) for each in asked] == [(slug, kind, None) for slug, kind in QUESTIONNAIRE]


@pytest.mark.parametrize(
    ("capacity", "sizes"),
    [(1, [1]), (30, [30]), (31, [16, 15]), (60, [30, 30]), (61, [21, 20, 20]), (1000, [30] * 14 + [29] * 20)],
)
def test_workshops_nobody_named_are_as_even_as_can_be(capacity: int, sizes: list[int]) -> None:
    made = even_workshops(capacity)
    assert [each.capacity for each in made] == sizes
    assert [each.number for each in made] == list(range(1, len(sizes) + 1))


def test_importing_again_replaces_a_draft(store: Store) -> None:
    first = imported(store, whole(), REPORT)
    data = whole()
    data["meeting"] |= {"capacity": "10", "title": "Otra"}
    data["workshops"] = [{"number": "7", "capacity": "10"}]
    data["feedback"] = data["feedback"][1:]
    again = imported(store, data)
    assert again.id == first.id
    assert (again.title, again.capacity, again.report_sha256) == ("Otra", 10, None)
    assert store.read(lambda s: s.scalars(select(Workshop.number)).all()) == [7]
    assert store.read(lambda s: s.scalars(select(Question.slug)).all()) == ["how"]
    assert store.read(lambda s: s.scalar(select(func.count()).select_from(Staff))) == 0
    last = select(Audit.old, Audit.new).order_by(Audit.id.desc()).limit(1)
    old, kept = store.read(lambda s: s.execute(last).one())
    assert old == {"title": {"es": "Agua", "en": "Water"}, "capacity": 50}
    assert {name: kept[name] for name in old} == {"title": "Otra", "capacity": 10}


def test_a_report_is_kept_once(store: Store) -> None:
    imported(store, whole(), REPORT)
    imported(store, whole(), REPORT)
    assert store.read(lambda s: s.scalar(select(func.count()).select_from(File))) == 1


def test_a_cancelled_meeting_is_not_imported_again(store: Store) -> None:
    imported(store, whole())
    store.write(convening.convene, "agua-2026", actor=BY_COMMAND, now=NOW)
    store.write(convening.cancel, "agua-2026", because="Lluvia", actor=BY_COMMAND, now=NOW)
    data = whole()
    data["meeting"]["title"] = "Otra"
    with pytest.raises(Faults) as raised:
        imported(store, data)
    assert raised.value.faults == ("meeting.code: agua-2026 was cancelled; it cannot be imported again",)
    assert store.read(meetings.by_code, "agua-2026").title == {"es": "Agua", "en": "Water"}


def test_relative_dates_are_settled_at_the_first_import(store: Store) -> None:
    data = whole()
    data["meeting"] |= {"starts_at": "in 20 days at 09:00", "ends_at": "in 20 days at 13:00"}
    first = imported(store, data).starts_at
    assert first == datetime(2026, 11, 21, 14, tzinfo=UTC)
    later = NOW + timedelta(days=3)
    assert imported(store, data, now=later).starts_at == first
    data["meeting"] |= {"starts_at": "in 30 days at 09:00", "ends_at": "in 30 days at 13:00"}
    assert imported(store, data, now=later).starts_at == datetime(2026, 12, 4, 14, tzinfo=UTC)


def test_dates_that_settled_apart_are_checked_again(store: Store) -> None:
    data = whole()
    data["meeting"] |= {"starts_at": "in 20 days at 09:00", "ends_at": "in 20 days at 13:00"}
    imported(store, data)
    data["meeting"]["ends_at"] = "2026-11-18T13:00"
    with pytest.raises(Faults) as raised:
        imported(store, data, now=NOW - timedelta(days=3))
    assert raised.value.faults == ("meeting.ends_at: 2026-11-18T13:00 is not after the start (in 20 days at 09:00)",)


def test_entities_are_known_by_their_code(store: Store) -> None:
    imported(store, whole())
    data = whole()
    data["meeting"]["code"] = "aire-2026"
    data["entities"] = [{"code": "car", "name": "CAR"}, {"code": "alcaldia", "name": "Alcaldía Mayor"}]
    meeting = imported(store, data)
    found = store.read(meetings.entities, meeting.id)
    assert [(each.code, each.name, each.pqrsd) for each in found] == [
        ("car", "CAR", None),
        ("alcaldia", "Alcaldía Mayor", "https://example.org/pqrsd"),
    ]
    assert store.read(lambda s: s.scalar(select(func.count()).select_from(Entity))) == 2
