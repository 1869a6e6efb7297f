"""`convoca outbox` and `convoca updates`, typed by an operator: what was given up, why, since when; and once more."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import true_now
from civic import delivery, retention, updates
from civic.schema import Audit, Outbox
from civic.store import Store
from tests.factories import NOW, person


@pytest.fixture(autouse=True)
def _settings(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands find the test's database."""
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_BOT_TOKEN", "4242:a-token-of-the-tests")


def convoca(*words: str) -> str:
    """Run a command that works."""
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def give_up(session: Session, /, **columns: Any) -> int:
    """Give up a message to somebody; give its row."""
    row = Outbox(
        person_id=person(session, name="Hermelinda").id,
        **{"cause": "u9", "kind": "published", "params": {"update": 9}, "priority": 3, "due_at": NOW, "attempts": 40}
        | {"state": "dead", "reason": "Internal Server Error", "settled_at": NOW}
        | columns,
    )
    session.add(row)
    session.flush()
    return row.id


def rows(store: Store) -> dict[int, tuple[str, int, str | None]]:
    every = store.read(lambda session: session.scalars(select(Outbox)).all())
    return {row.id: (row.state, row.attempts, row.reason) for row in every}


def test_what_was_given_up_is_listed_with_its_reason_and_without_people(store: Store) -> None:
    assert convoca("outbox", "list") == ""
    row_id = store.write(give_up)
    store.write(give_up, state="pending")
    listed = convoca("outbox", "list")
    assert listed == f"{row_id}\tpublished\tu9\t40\t{NOW:%Y-%m-%d %H:%M}Z\tInternal Server Error\n"


def test_one_row_or_all_are_owed_anew_and_that_is_kept(store: Store) -> None:
    one, two, three = (store.write(give_up, cause=f"u{number}") for number in (1, 2, 3))
    assert convoca("outbox", "retry", str(two), "12345") == "1\n"
    assert rows(store)[two] == ("pending", 0, None)
    assert rows(store)[one] == ("dead", 40, "Internal Server Error")
    assert convoca("outbox", "retry") == "2\n"
    assert {rows(store)[each] for each in (one, two, three)} == {("pending", 0, None)}
    assert convoca("outbox", "retry") == "0\n"
    acts = store.read(lambda session: session.scalars(select(Audit).order_by(Audit.id)).all())
    assert [(act.act, act.subject) for act in acts] == [("retry", f"x{each}") for each in (two, one, three)]


def test_what_is_late_by_then_is_dropped_rather_than_said(store: Store) -> None:
    late = store.write(give_up, until=true_now() - timedelta(minutes=1))
    convoca("outbox", "retry")
    now = true_now()
    claimed = store.write(delivery.claim, holder="one", now=now, true_now=now, zone="America/Bogota")
    assert claimed == []
    assert rows(store)[late] == ("dropped", 0, "late")


def test_a_failed_update_is_shown_with_its_trace_for_seven_days(store: Store) -> None:
    store.write(updates.failed, 7, 41, "ab12cd\nhere.py:1 work\nValueError", counted=False, now=NOW)
    for _ in range(3):
        store.write(updates.failed, 7, 42, "ef34ab\nKeyError", counted=False, now=NOW + timedelta(minutes=1))
    assert convoca("updates", "failed") == (
        f"42\t3 tries\tlet go {NOW + timedelta(minutes=1):%Y-%m-%d %H:%M}Z\nef34ab\nKeyError\n\n"
        "41\t1 tries\tto be tried again\nab12cd\nhere.py:1 work\nValueError\n\n"
    )
    store.write(retention.let_go, now=NOW + timedelta(days=7))
    assert convoca("updates", "failed").count("tries") == 2
    store.write(retention.let_go, now=NOW + timedelta(days=7, minutes=2))
    assert convoca("updates", "failed") == ""


@pytest.mark.parametrize("number", ["99999999999999999999", "0", "uno"])
def test_a_number_that_no_row_has_is_refused_in_words(store: Store, number: str) -> None:
    store.write(give_up)
    result = CliRunner().invoke(app, ["outbox", "retry", number])
    assert (result.exit_code, "Invalid value for" in result.stderr, type(result.exception)) == (2, True, SystemExit)
