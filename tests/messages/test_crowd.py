"""«Ya somos 87»: a true number, once it is a crowd, wherever somebody thinks of coming; and the door, last of all."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import registration
from civic.audit import BY_COMMAND
from civic.schema import Meeting, Party, Registration
from civic.store import Store
from messages import catalogue
from messages.kind import Who
from messages.voice import Links
from tests import factories
from tests.factories import NOW

LINKS = Links("https://t.me/convoca", None)


def coming(store: Store, people: int) -> tuple[int, int]:
    """Let so many have a place, and as many have given theirs up; give one's registration and person."""

    def make(session: Session) -> tuple[int, int]:
        made = factories.meeting(session, capacity=90)
        maria = factories.person(session)
        own = registration.register(session, made.id, maria.id, name="María", actor=BY_COMMAND, now=NOW)
        for number in range(1, people):
            party = Party(meeting_id=made.id, link=f"x{number}", choices=[])
            session.add(party)
            session.flush()
            for state in ("registered", "cancelled"):
                gone = NOW - timedelta(days=1) if state == "cancelled" else None
                session.add(
                    Registration(
                        meeting_id=made.id,
                        party_id=party.id,
                        state=state,
                        registered_at=NOW,
                        cancelled_at=gone,
                        attributes={},
                        answered=[],
                    )
                )
        return own.id, maria.id

    return store.write(make)


@pytest.mark.parametrize(("people", "said"), [(40, False), (41, True)])
def test_how_many_come_is_said_once_it_is_a_crowd(store: Store, people: int, said: bool) -> None:  # noqa: FBT001 - a table's column
    own, maria = coming(store, people)
    meeting = store.read(lambda session: session.scalars(select(Meeting.id)).one())
    for kind, params in (
        ("card", {"code": "agua"}),
        ("place", {"registration": own}),
        ("reminder", {"meeting": meeting, "what": "7d"}),
    ):
        (message,) = store.read(catalogue.render, Who(maria, "es"), kind, params, now=NOW, links=LINKS)
        assert (f"Ya somos {people}." in message.text) is said, kind


def test_the_number_is_not_said_of_what_has_begun(store: Store) -> None:
    own, maria = coming(store, 41)
    later = NOW + timedelta(days=20, hours=1)
    (message,) = store.read(catalogue.render, Who(maria, "es"), "place", {"registration": own}, now=later, links=LINKS)
    assert "Ya somos" not in message.text


@pytest.mark.parametrize("what", ["1d", "2h"])
def test_the_last_reminders_say_where_the_door_is(store: Store, what: str) -> None:
    """A day before, and the last call on that evening, which is told from it by its hour."""
    _, maria = coming(store, 1)
    meeting = store.read(lambda session: session.scalars(select(Meeting.id)).one())
    params = {"meeting": meeting, "what": what}
    now = NOW + timedelta(days=19)
    (message,) = store.read(catalogue.render, Who(maria, "es"), "reminder", params, now=now, links=LINKS)
    text = re.sub(r"\s", " ", message.text)
    assert "Calle 5 # 4-12 (frente al parque)" in text
    assert ("Su código:" in text) is (what == "2h")
    assert ("<b>Es mañana, 10:00 a. m.</b>: último recordatorio." in text) is (what == "2h")
