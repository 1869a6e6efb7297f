"""`convoca meeting`, typed by an organiser: what is printed, what is refused, exit codes."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from bot import sample
from bot.cli import app
from bot.clock import true_now
from civic import audit, meetings, people, registration
from civic.audit import BY_COMMAND, Actor
from civic.schema import Answer, Person, Question, Staff
from civic.store import Store
from tests import factories

Convoca = Callable[..., Result]
MEETING = sample.MEETING.read_text(encoding="utf-8")


@pytest.fixture
def convoca(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Convoca:
    """Lend the command line on the test's database, in a folder of its own with the sample in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_BOT_TOKEN", "4242:a-token-of-the-tests")
    (tmp_path / "meeting.yaml").write_text(MEETING, encoding="utf-8")
    (tmp_path / "informe-agua.pdf").write_bytes(b"%PDF-1.7")
    runner = CliRunner()
    return lambda *words: runner.invoke(app, ["meeting", *words])


def good(result: Result) -> str:
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def bad(result: Result) -> list[str]:
    assert result.exit_code == 2
    assert result.stdout == ""
    return result.stderr.splitlines()


def test_a_meeting_from_its_file_to_its_cancelling(convoca: Convoca) -> None:
    assert good(convoca("import", "meeting.yaml")).startswith("agua-2026: draft, 170 places in 6 workshops, starts ")
    assert good(convoca("list")).split("\t")[:2] == ["agua-2026", "draft"]
    assert good(convoca("convene", "agua-2026")) == "agua-2026: convened\n"
    assert good(convoca("list")).split("\t")[1] == "convened"
    assert good(convoca("cancel", "agua-2026", "--because", "Llueve")) == (
        "agua-2026: cancelled; 0 people are being told\n"
    )
    shown = good(convoca("show", "agua-2026"))
    assert "Agua para todas las veredas (agua-2026): cancelled\n" in shown
    assert "cancelled because: Llueve\n" in shown


def _signed_up(store: Store, *, code: str = "agua-2026", **people: dict[str, Any]) -> None:
    """Sign people up by name, each with columns of her row."""

    def sign_up(session: Session) -> None:
        meeting = meetings.by_code(session, code)
        for name, columns in people.items():
            who = factories.person(session, name, now=true_now(), **columns)
            registration.register(session, meeting.id, who.id, name=name, actor=BY_COMMAND, now=true_now())

    store.write(sign_up)


def test_an_import_says_what_it_changed_and_whom_that_reaches(convoca: Convoca, store: Store) -> None:
    good(convoca("import", "meeting.yaml"))
    assert good(convoca("import", "meeting.yaml")) == "agua-2026: unchanged\n"
    good(convoca("convene", "agua-2026"))
    _signed_up(
        store,
        Ana={},
        Beto={"tell": "changes"},
        Ciro={"tell": "nothing", "phone": "+57 300 555 0101"},
        Dora={"unreachable_since": true_now()},
    )
    Path("meeting.yaml").write_text(MEETING.replace("in 20 days", "in 30 days"), encoding="utf-8")
    said = good(convoca("import", "meeting.yaml")).splitlines()
    assert said[0].startswith("agua-2026: convened, 170 places in 6 workshops, starts ")
    assert said[1:3] == ["changed: starts_at, ends_at", "it moved; 2 people are being told"]
    called = {line.split("\t")[0].strip(): line.split("\t")[1:] for line in said if "\t" in line}
    assert {name: (phone, why) for name, (phone, _, _, why) in called.items()} == {
        "Ciro": ("+57 300 555 0101", "asked for silence (BAJA)"),
        "Dora": ("no phone known", "blocked the bot"),
    }
    assert good(convoca("import", "meeting.yaml")) == "agua-2026: unchanged\n"
    assert "asked for silence (BAJA)" in good(convoca("show", "agua-2026"))


def test_a_new_date_that_is_near_takes_a_reason(convoca: Convoca) -> None:
    good(convoca("import", "meeting.yaml"))
    good(convoca("convene", "agua-2026"))
    Path("meeting.yaml").write_text(MEETING.replace("in 20 days", "in 12 days"), encoding="utf-8")
    (line,) = bad(convoca("import", "meeting.yaml"))
    assert line.startswith("agua-2026: starts in 12 days; people are convened at least 15 ahead (M4)")
    assert "it moved; 0 people are being told" in good(convoca("import", "meeting.yaml", "--late-because", "El salón"))
    assert "convened late because: El salón\n" in good(convoca("show", "agua-2026"))


def test_what_would_take_a_place_is_refused_whole(convoca: Convoca, store: Store) -> None:
    good(convoca("import", "meeting.yaml"))
    good(convoca("convene", "agua-2026"))
    _signed_up(store, Ana={}, Beto={})
    few = MEETING.replace("capacity: 170", "capacity: 1").replace("Agua para todas", "Otra para todas")
    Path("meeting.yaml").write_text(few, encoding="utf-8")
    assert bad(convoca("import", "meeting.yaml")) == ["meeting.capacity: 1 is under the 2 places given"]
    assert "Agua para todas las veredas" in good(convoca("show", "agua-2026"))


def test_every_fault_of_a_file_is_a_line_and_nothing_is_kept(convoca: Convoca) -> None:
    broken = MEETING.replace("capacity: 25", "capacity: 31", 1).replace("timezone: America/Bogota", "timezone: Bogota")
    Path("meeting.yaml").write_text(broken, encoding="utf-8")
    assert bad(convoca("import", "meeting.yaml")) == [
        'meeting.timezone: "Bogota" is not a time zone such as America/Bogota',
        "workshops[5].capacity: 31 is over 30 (M5)",
    ]
    assert good(convoca("list")) == ""


def test_a_file_that_cannot_be_read_is_one_line(convoca: Convoca) -> None:
    assert bad(convoca("import", "none.yaml")) == ["none.yaml: No such file or directory"]
    Path("folder").mkdir()
    assert bad(convoca("import", "folder")) == ["folder: Is a directory"]
    Path("big.yaml").write_bytes(b"x" * 1_000_000)
    (line,) = bad(convoca("import", "big.yaml"))
    assert "more than the 524,288 that are read" in line


def test_a_late_convocation_takes_a_reason(convoca: Convoca) -> None:
    Path("meeting.yaml").write_text(MEETING.replace("in 20 days", "in 14 days"), encoding="utf-8")
    good(convoca("import", "meeting.yaml"))
    (line,) = bad(convoca("convene", "agua-2026"))
    assert line.startswith("agua-2026: starts in 14 days; people are convened at least 15 ahead (M4)")
    assert line.endswith("(--late-because)")
    good(convoca("convene", "agua-2026", "--late-because", "La crecida del río"))
    assert "convened late because: La crecida del río\n" in good(convoca("show", "agua-2026"))


def test_a_reason_may_come_with_the_import(convoca: Convoca) -> None:
    Path("meeting.yaml").write_text(MEETING.replace("in 20 days", "in 14 days"), encoding="utf-8")
    good(convoca("import", "meeting.yaml", "--late-because", "La crecida"))
    good(convoca("convene", "agua-2026"))
    assert "convened late because: La crecida\n" in good(convoca("show", "agua-2026"))


def test_an_unknown_meeting_is_one_line(convoca: Convoca) -> None:
    for words in (("show", "x"), ("export", "x"), ("convene", "x"), ("cancel", "x", "--because", "y")):
        assert bad(convoca(*words)) == ["there is no meeting x"]


def test_show_warns_of_what_lacks(convoca: Convoca) -> None:
    lacking = MEETING.replace("    facilitator: Marta Lucía Ríos\n", "").replace("  report: informe-agua.pdf\n", "")
    Path("meeting.yaml").write_text(lacking, encoding="utf-8")
    assert good(convoca("import", "meeting.yaml")).splitlines()[1:] == [
        "warning: report: there is none, and people should read it before they come (M8)",
        "warning: workshop 1: no facilitator (M6)",
    ]
    assert "  workshop 1: no facilitator (M6)\n" in good(convoca("show", "agua-2026"))


def test_export_is_json_with_the_contracts_names(convoca: Convoca) -> None:
    good(convoca("import", "meeting.yaml"))
    found = json.loads(good(convoca("export", "agua-2026")))
    assert list(found) == ["meeting", "workshops", "registrations", "commitments"]
    assert found["meeting"]["title"] == {"es": "Agua para todas las veredas", "en": "Water for every village"}
    assert [each["number"] for each in found["workshops"]] == [1, 2, 3, 4, 5, 6]
    assert found["workshops"][0]["facilitator"] == "Marta Lucía Ríos"


def test_show_says_whom_to_call_and_what_they_answered(convoca: Convoca, store: Store) -> None:
    now = true_now()

    def prepare(session: Session) -> None:
        meeting = factories.meeting(session, now=now)
        question = Question(meeting_id=meeting.id, number=1, slug="heard", kind="scale", text="¿La oyeron?", options=[])
        choice = Question(
            meeting_id=meeting.id, number=2, slug="how", kind="choice", text="¿Cómo llegó?", options=["A pie", "En bus"]
        )
        session.add_all([question, choice])
        for number in range(5):
            who = factories.person(session, f"Ana {number}", now=now)
            signed = registration.register(session, meeting.id, who.id, name=f"Ana {number}", actor=BY_COMMAND, now=now)
            session.add(Answer(registration_id=signed.id, question_id=question.id, value=str(number + 1)))
            session.add(Answer(registration_id=signed.id, question_id=choice.id, value=str(number % 2)))
        ana = session.scalars(select(Person).where(Person.name == "Ana 4")).one()
        ana.unreachable_since = now
        people.leave_phone(session, ana, "+57 300 555 0101", [factories.entity(session).id], now=now)

    store.write(prepare)
    shown = good(convoca("show", "agua"))
    assert "  ¿La oyeron?: 5 answers, mean 3.0 of 5 (1: 1, 2: 1, 3: 1, 4: 1, 5: 1)\n" in shown
    assert "  ¿Cómo llegó?: 5 answers (A pie: 3, En bus: 2)\n" in shown
    (call,) = [line for line in shown.splitlines() if "blocked the bot" in line]
    assert call.split("\t")[:3] == ["  Ana 4", "+573005550101", "registered"]
    good(convoca("export", "agua"))

    def organise(session: Session) -> None:
        rosa = factories.person(session, "Rosa\tDíaz", consented=False)
        session.add(Staff(role="organiser", person_id=rosa.id))
        ana = session.scalars(select(Person).where(Person.name == "Ana 4")).one()
        meeting = meetings.by_code(session, "agua")
        for who in (rosa, ana):
            audit.looked(session, Actor(who.id, "chat"), "people_list", meeting, 5, now=now)

    store.write(organise)
    ids = store.read(lambda s: {name: key for key, name in s.execute(select(Person.id, Person.name))})
    rosa, ana = ids["Rosa\tDíaz"], ids["Ana 4"]
    lines = [line.split("\t")[1:] for line in CliRunner().invoke(app, ["audit", "agua"]).stdout.splitlines()]
    assert lines[-4:] == [
        ["command", "call_list", "m1", "new={'people': 1}"],
        ["command", "exported", "m1", "new={'people': 5}"],
        [f"p{rosa} Rosa Díaz", "people_list", "m1", "new={'people': 5}"],
        [f"p{ana}", "people_list", "m1", "new={'people': 5}"],  # who organises is named, nobody else
    ]


def test_the_sample_is_loaded_into_an_empty_database_only(store: Store) -> None:
    assert sample.load(store, factories.NOW)
    found = store.read(meetings.public, "agua-2026")
    assert found.starts_at == factories.NOW.replace(hour=14) + timedelta(days=20)
    report = store.read(meetings.report, found)
    assert report
    assert report.size == (sample.HERE / "informe-agua.pdf").stat().st_size
    assert not sample.load(store, factories.NOW + timedelta(days=1))
