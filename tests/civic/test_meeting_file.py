"""The meeting file: what it says is read, and every fault is named at once with its place."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from civic.errors import Faults
from civic.meeting_fields import LARGEST_REPORT
from civic.meeting_file import MeetingFile, parse
from tests.factories import NOW


def whole() -> dict[str, Any]:
    """Give a file's data with every part."""
    return {
        "entities": [{"code": "alcaldia", "name": "Alcaldía", "pqrsd": "https://example.org/pqrsd"}],
        "meeting": {
            "code": "agua-2026",
            "title": {"es": "Agua", "en": "Water"},
            "policy": "Plan",
            "objective": "Conversar",
            "venue": {"name": "Casa", "address": "Calle 5 # 4-12", "latitude": "4.6", "longitude": "-74.08"},
            "contact": {"phone": "+57 601 555 0100"},
            "starts_at": "2026-12-15T09:00",
            "ends_at": "2026-12-15T13:00",
            "timezone": "America/Bogota",
            "capacity": "50",
            "needs": ["wheelchair"],
            "attributes": {"zone": ["urbana", "rural"]},
        },
        "workshops": [
            {"number": "1", "capacity": "30", "facilitator": "Ana Ruiz", "features": ["wheelchair"]},
            {"number": "2", "capacity": "20", "minimum": "5"},
        ],
        "reminders": ["3d", "2h"],
        "assignment_before": "5d",
        "faq": [{"question": "¿Hay parqueadero?", "answer": "Sí"}],
        "feedback": [
            {"id": "heard", "kind": "scale", "text": "¿Pudo hablar?"},
            {"id": "how", "kind": "choice", "text": "¿Cómo llegó?", "options": ["A pie", "En bus"]},
        ],
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    """Change one place of a whole file (`workshops.1.capacity`); None takes it out."""
    data = whole()
    *steps, last = path.split(".")
    holder: Any = data
    for step in steps:
        holder = holder[int(step)] if step.isdigit() else holder[step]
    if value is None:
        del holder[last]
    elif isinstance(holder, list):
        holder[int(last)] = value
    else:
        holder[last] = value
    return data


def read(data: dict[str, Any], folder: Path | None = None, now: datetime = NOW) -> MeetingFile:
    return parse(yaml.safe_dump(data, allow_unicode=True), folder, now=now)[0]


def faults(data: dict[str, Any], folder: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(Faults) as raised:
        read(data, folder)
    return raised.value.faults


def test_a_whole_file_is_read() -> None:
    found = read(whole())
    assert found.meeting.capacity == 50
    assert found.meeting.contact
    assert found.meeting.contact.phone == "+57 601 555 0100"
    assert found.meeting.starts_at.moment("America/Bogota", NOW) == datetime(2026, 12, 15, 14, tzinfo=UTC)
    assert [each.capacity for each in found.workshops] == [30, 20]


def test_what_is_not_required_has_defaults() -> None:
    data = whole()
    for field in ("workshops", "reminders", "assignment_before", "faq", "feedback"):
        del data[field]
    for field in ("contact", "needs", "attributes", "timezone"):
        del data["meeting"][field]
    found = read(data)
    assert found.reminders == ["15d", "7d", "3d", "1d", "2h"]
    assert found.assignment_before == "7d"
    assert found.meeting.timezone == "America/Bogota"
    assert found.meeting.workshop_minutes == 90


def test_the_zone_of_the_installation_is_that_of_a_file_without_one() -> None:
    data = changed("meeting.timezone", None)
    found, _ = parse(yaml.safe_dump(data), None, now=NOW, default_zone="Europe/Madrid")
    assert found.meeting.timezone == "Europe/Madrid"


def test_relative_dates_count_from_the_import_in_the_meetings_zone() -> None:
    data = changed("meeting.starts_at", "in 20 days at 09:00")
    data["meeting"]["ends_at"] = "in 20 days at 13:00"
    late = datetime(2026, 11, 2, 3, tzinfo=UTC)  # still the first in Bogotá
    starts = read(data, now=late).meeting.starts_at
    assert starts.moment("America/Bogota", late) == datetime(2026, 11, 21, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("workshops.1.capacity", "31", "workshops[2].capacity: 31 is over 30 (M5)"),
        ("workshops.0.capacity", "-", 'workshops[1].capacity: "-" is not a whole number'),
        ("workshops.1.minimum", "21", "workshops[2].minimum: 21 is over its capacity (20)"),
        ("workshops.1.number", "1", "workshops[2].number: 1 is taken by workshops[1]"),
        ("workshops.1.number", "01", "workshops[2].number: 01 is taken by workshops[1]"),
        ("workshops.1", "x", "workshops[2]: has to hold fields, each with its value"),
        ("workshops.0.feature", ["x"], "workshops[1].feature: is not a field; did you mean features?"),
        ("workshops.0.features", "x", "workshops[1].features: has to be a list"),
        ("workshops.0.features", ["x", "x"], 'workshops[1].features: "x" stands twice'),
        ("meeting.capacity", "51", "meeting.capacity: 51 is over the 50 of its workshops together"),
        ("meeting.capacity", "many", 'meeting.capacity: "many" is not a whole number'),
        ("meeting.capacity", "4.5", 'meeting.capacity: "4.5" is not a whole number'),
        ("meeting.capacity", "0", "meeting.capacity: 0 is under 1"),
        ("meeting.capacity", ["1"], "meeting.capacity: has to be a text"),
        ("meeting.code", "Agua 2026", 'meeting.code: "Agua 2026" is not a code: 3 to 40 of a-z, 0-9 and -'),
        ("meeting.titel", "x", "meeting.titel: is not a field; did you mean title?"),
        ("meeting.title", "", "meeting.title: is empty"),
        ("meeting.title", "x" * 161, "meeting.title: has 161 characters; it may have 160"),
        ("meeting.title", {"fr": "Eau"}, 'meeting.title: "fr" is not a language of ours (es, en)'),
        ("meeting.title", {"es": ["x"]}, "meeting.title: has to be a text"),
        ("meeting.title", {}, "meeting.title: is empty"),
        ("meeting.starts_at", "mañana", None),
        ("meeting.starts_at", "2026-02-30T09:00", 'meeting.starts_at: "2026-02-30T09:00" is on no calendar or clock'),
        (
            "meeting.starts_at",
            "in 3 days at 25:00",
            'meeting.starts_at: "in 3 days at 25:00" is on no calendar or clock',
        ),
        ("meeting.starts_at", "2026-12-15T09:00Z", None),
        (
            "meeting.ends_at",
            "2026-12-15T09:00",
            "meeting.ends_at: 2026-12-15T09:00 is not after the start (2026-12-15T09:00)",
        ),
        ("meeting.timezone", "Bogota", 'meeting.timezone: "Bogota" is not a time zone such as America/Bogota'),
        ("meeting.venue", "Casa", "meeting.venue: has to hold fields, each with its value"),
        ("meeting.venue.latitude", None, "meeting.venue: latitude and longitude come together"),
        (
            "meeting.venue.latitude",
            "91",
            'meeting.venue.latitude: "91" is not a number of degrees between -90 and 90',
        ),
        ("meeting.contact.phone", "none", 'meeting.contact.phone: "none" is not a phone number'),
        ("meeting.attributes", {"zone": ["x"]}, "meeting.attributes.zone: has to be a list of at least two options"),
        ("meeting.attributes", ["x"], "meeting.attributes: has to hold fields, each with its value"),
        ("meeting.attributes", {"": ["x", "y"]}, "meeting.attributes.: is empty"),
        ("meeting.attributes", {"zone": ["x", "x"]}, 'meeting.attributes.zone: "x" stands twice'),
        ("meeting.needs", ["ramp", {"a": "b"}], "meeting.needs[2]: has to be a text"),
        ("meeting.title", "\u200b\u2060", "meeting.title: is empty"),
        ("meeting.starts_at", "0001-01-01T00:00", None),
        (
            "meeting.ends_at",
            "2026-12-16T09:01",
            "meeting.ends_at: 2026-12-16T09:01 is more than a day after the start (2026-12-15T09:00)",
        ),
        ("meeting.ends_at", "9999-12-31T23:00", None),
        ("meeting.central_points", ["x"] * 31, "meeting.central_points: has 31 entries; it may have 30"),
        (
            "entities",
            [{"code": f"e{number}", "name": "x"} for number in range(21)],
            "entities: has 21 entries; it may have 20",
        ),
        ("entities", [], "entities: has to be a list of at least one"),
        ("entities.0.code", "Á", 'entities[1].code: "Á" is not an identifier: 1 to 40 of a-z, 0-9, - and _'),
        (
            "entities.0.pqrsd",
            "javascript:alert(1)",
            'entities[1].pqrsd: "javascript:alert(1)" is not an address that begins with https:// or http://',
        ),
        ("reminders", ["3d", "3d"], 'reminders: "3d" stands twice'),
        ("reminders", ["3 days"], 'reminders[1]: "3 days" is not a number of days or hours such as 15d or 2h'),
        ("assignment_before", "-1d", 'assignment_before: "-1d" is not a number of days or hours such as 15d or 2h'),
        ("feedback.1.id", "heard", "feedback[2].id: heard is taken by feedback[1]"),
        ("feedback.0.kind", "stars", 'feedback[1].kind: "stars" is none of scale, yes_no, choice, text'),
        ("feedback.0.options", ["a", "b"], "feedback[1].options: only a choice has options"),
        ("feedback.1.options", None, "feedback[2].options: a choice has to have at least two"),
        (
            "meeting.report",
            "ftp://x/y.pdf",
            'meeting.report: "ftp://x/y.pdf" is not an address that begins with https:// or http://',
        ),
    ],
)
def test_a_fault_is_named_with_its_place(path: str, value: Any, fault: str | None) -> None:
    place = path.replace(".0", "[1]")
    found = faults(changed(path, value))
    assert len(found) == 1
    assert found[0] == fault or (fault is None and found[0].startswith(f"{place}: ") and "local time" in found[0])


@pytest.mark.parametrize(
    "path",
    [
        "entities",
        "entities.0.name",
        "meeting.code",
        "meeting.title",
        "meeting.policy",
        "meeting.objective",
        "meeting.venue.name",
        "meeting.venue.address",
        "meeting.starts_at",
        "meeting.ends_at",
        "meeting.capacity",
    ],
)
def test_what_is_required_is_missed(path: str) -> None:
    assert faults(changed(path, None)) == (f"{path.replace('.0', '[1]')}: is missing",)


def test_every_fault_is_named_at_once() -> None:
    data = changed("meeting.title", None)
    data["meeting"] |= {"capacity": "99", "ends_at": "2026-12-14T09:00", "report": "none.pdf"}
    data["workshops"][1] |= {"capacity": "31", "minimum": "32"}
    data["more"] = "x"
    assert set(faults(data, Path(__file__).parent)) == {
        "meeting.title: is missing",
        "meeting.capacity: 99 is over the 61 of its workshops together",
        "meeting.ends_at: 2026-12-14T09:00 is not after the start (2026-12-15T09:00)",
        'meeting.report: there is no file "none.pdf" beside the meeting file',
        "workshops[2].capacity: 31 is over 30 (M5)",
        "workshops[2].minimum: 32 is over 30",
        "workshops[2].minimum: 32 is over its capacity (31)",
        "more: is not a field",
    }


def test_a_field_that_stands_twice_is_named_beside_other_faults() -> None:
    raw = yaml.safe_dump(changed("meeting.title", None)) + "\nfaq: []\n"
    with pytest.raises(Faults) as raised:
        parse(raw, None, now=NOW)
    assert len(raised.value.faults) == 2
    assert raised.value.faults[0].startswith("faq: stands twice")
    assert raised.value.faults[1] == "meeting.title: is missing"


def test_a_file_that_is_no_meeting_at_all_is_one_fault() -> None:
    for raw in (b"", b"hello", b"- a\n- b\n", b"\xff\xfe\x00", b"PK\x03\x04"):
        with pytest.raises(Faults) as raised:
            parse(raw, None, now=NOW)
        assert len(raised.value.faults) == 1


def test_the_report_beside_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "informe.pdf").write_bytes(b"%PDF-1.7")
    data = changed("meeting.report", "informe.pdf")
    _, report = parse(yaml.safe_dump(data), tmp_path, now=NOW)
    assert report
    assert (report.name, report.media_type, report.content) == ("informe.pdf", "application/pdf", b"%PDF-1.7")


def test_a_report_may_be_an_address() -> None:
    _, report = parse(yaml.safe_dump(changed("meeting.report", "https://example.org/a.pdf")), None, now=NOW)
    assert report is None


@pytest.mark.parametrize("named", ["../informe.pdf", "folder/informe.pdf", "/etc/hostname"])
def test_a_report_from_elsewhere_is_refused(named: str, tmp_path: Path) -> None:
    (found,) = faults(changed("meeting.report", named), tmp_path)
    assert found == f'meeting.report: "{named}" has to lie beside the meeting file, or be an address'


def test_a_report_that_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "informe").mkdir()
    (found,) = faults(changed("meeting.report", "informe"), tmp_path)
    assert found == 'meeting.report: "informe" is not a file that can be read'


@pytest.mark.parametrize("size", [0, LARGEST_REPORT + 1])
def test_a_report_of_no_use_is_refused(size: int, tmp_path: Path) -> None:
    with (tmp_path / "informe.pdf").open("wb") as made:
        made.truncate(size)
    (found,) = faults(changed("meeting.report", "informe.pdf"), tmp_path)
    assert found == f'meeting.report: "informe.pdf" has {size:,} bytes; it may have 1 to {LARGEST_REPORT:,}'


def test_a_day_is_a_day_of_the_zone() -> None:
    data = changed("meeting.timezone", "Pacific/Auckland")
    moment = read(data).meeting.starts_at.moment("Pacific/Auckland", NOW)
    assert moment == datetime(2026, 12, 14, 20, tzinfo=UTC)
    assert moment.utcoffset() == timedelta(0)


def test_a_report_with_a_name_that_no_disk_takes_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(changed("meeting.report", "x" * 300), tmp_path)
    assert fault.startswith("meeting.report: ")
    assert "cannot be read" in fault


def test_a_title_is_one_line_and_an_objective_may_have_paragraphs() -> None:
    data = changed("meeting.title", "Agua\n  para todos")
    data["meeting"]["objective"] = "Conversar\n\ny mejorar"
    found = read(data).meeting
    assert (found.title, found.objective) == ("Agua para todos", "Conversar\n\ny mejorar")
