"""The README's meeting of one's own: its file and its commands, typed as they stand there, in both languages."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from civic import public_record
from civic.store import Store
from tests.factories import NOW

ROOT = Path(__file__).parents[2]
SECTIONS = {"README.md": "## Your own meeting in a minute", "README.es.md": "## Su propio encuentro en un minuto"}


def block(text: str, language: str) -> str:
    """Give the first block of code in a language."""
    return text.partition(f"```{language}\n")[2].partition("```")[0]


@pytest.mark.parametrize("name", SECTIONS)
def test_the_readmes_meeting_is_convened_as_typed(
    name: str, store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_BOT_TOKEN", "4242:a-token-of-the-tests")
    section = (ROOT / name).read_text(encoding="utf-8").partition(SECTIONS[name])[2].partition("\n## ")[0]
    file = block(section, "yaml")
    saved = re.search(r"`([a-z-]+\.yaml)`", section)
    assert saved is not None
    Path(saved[1]).write_text(file, encoding="utf-8")
    commands = [shlex.split(line, comments=True) for line in block(section, "sh").splitlines()]
    assert [each[2] for each in commands] == ["import", "convene", "show"]
    for program, *words in commands:
        assert program == ".venv/bin/convoca"
        result = CliRunner().invoke(app, words)
        assert (result.exit_code, result.exception) == (0, None)
        assert "warning" in result.stdout.lower()  # it says what more there is to say
    (row,) = store.read(public_record.all_meetings, NOW)
    assert f"code: {row.code}\n" in file
    assert f"/meetings/{row.code}>" in section
    assert row.state == "convened"
