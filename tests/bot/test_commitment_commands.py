"""`convoca commitment …`: what is typed, what is printed, and errors as clear lines with exit 2."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from bot.commands.commitment import app
from civic.store import Store
from tests import factories

FILE = """
meeting: agua
commitments:
  - {id: pozos, text: Limpiar los pozos, entity: alcaldia, responsible: Aguas, due: 2027-03-31, indicator: 12 pozos}
  - {id: tarifas, text: Publicar las tarifas, entity: alcaldia}
"""


@pytest.fixture
def folder(tmp_path: Path, store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, beside a database with a convened meeting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_BOT_TOKEN", "42:token")
    monkeypatch.setenv("CONVOCA_LINK", "https://t.me/convoca_bot")

    def make(session: Session) -> None:
        factories.meeting(session)

    store.write(make)
    (tmp_path / "c.yaml").write_text(FILE, encoding="utf-8")
    return tmp_path


def run(*words: Any) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_from_a_file_to_an_update(folder: Path) -> None:
    assert run("import", "c.yaml").stdout == "pozos: new\ntarifas: new\n"
    assert run("publish", "agua", "pozos").stdout == "pozos: published, 0 people will be told\n"
    (folder / "acta.pdf").write_bytes(b"%PDF-1.7")
    done = run(
        "update", "agua", "pozos", "--status", "in_progress", "--progress", 40, "--note", "Van 5",
        "--evidence", "acta.pdf", "--evidence", "https://example.org/pozos",
        "--due", "2027-06-30", "--because", "Llovió",
    )  # fmt: skip
    assert done.stdout == "pozos: updated, 0 people will be told\n"
    lines = run("list", "agua").stdout.splitlines()
    assert lines[0] == "pozos\tpublished\tin_progress 40 %\t2027-06-30\tLimpiar los pozos"
    assert lines[1] == "tarifas\tdraft\t-\tno due date\tPublicar las tarifas"
    assert lines[2:] == [f"  tarifas.{what}: is missing (M13)" for what in ("responsible", "due", "indicator")]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["import", "nada.yaml"], "the file: nada.yaml is no file"),
        (["import", "."], "the file: . is no file"),
        (["list", "nada"], "there is no meeting nada"),
        (["publish", "nada"], "there is no meeting nada"),
        (["publish", "agua"], "tarifas.responsible: is missing (M13)"),
        (["publish", "agua", "x"], "x: agua has no such commitment"),
        (["update", "agua", "pozos"], "say at least one of --status"),
        (["update", "agua", "pozos", "--progress", "5"], "pozos is a draft: publish it first"),
        (["update", "agua", "pozos", "--due", "mañana"], "--due: mañana is no date"),
        (["update", "agua", "pozos", "--note", "\udcff"], "note: is not text in UTF-8"),
        (["update", "agua", "pozos", "--evidence", "nada.pdf"], "--evidence: nada.pdf is no file"),
    ],
)
def test_bad_input_is_a_line_and_exit_2(folder: Path, words: list[str], fault: str) -> None:
    del folder
    run("import", "c.yaml")
    done = run(*words)
    assert done.exit_code == 2
    assert done.stderr.startswith(fault)
    assert done.stdout == ""


def test_a_bad_file_prints_every_fault_and_changes_nothing(folder: Path) -> None:
    (folder / "bad.yaml").write_text("meeting: agua\ncommitments:\n  - {id: A, text: t, entity: e, due: x}\n")
    done = run("import", "bad.yaml")
    assert done.exit_code == 2
    places = ["commitments[1].id", "commitments[1].due", "commitments[1].entity"]
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == places
    assert run("list", "agua").stdout == ""
