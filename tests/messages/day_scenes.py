"""What is said once a day, in a world of hostile names: kind, person, parameters, moment."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from civic import files, registration, workshops
from civic.audit import BY_COMMAND
from civic.schema import Meeting, Person, Registration
from tests import factories
from tests.factories import NOW

NAME = 'Ana <b>"O\'Hara" & </i>Cía'
TITLE = 'Agua & <saneamiento> para "todas" las veredas, </b> incluidas las más altas del municipio'
Seen = tuple[str, int, dict[str, Any], datetime]


def seen(session: Session) -> list[Seen]:
    """Let there be days with one thing to say, with several, and on a phone that many share."""
    today = [_meeting(session, f"dia-{number}") for number in range(7)]
    past = _meeting(session, "dia-pasado", starts_in=timedelta(days=-4), attributes={})
    ana = factories.person(session, NAME)
    rows = [_come(session, each, ana) for each in today]
    registration.confirm(session, rows[1].id, person_id=ana.id, actor=BY_COMMAND, now=NOW)
    workshops.seat_everyone(session, today[1].id, now=NOW)
    went, came = (_went(session, past, state) for state in ("registered", "attended"))
    family = [factories.person(session, f"{NAME} {number}", chat_id=ana.chat_id) for number in range(3)]
    for each in family:
        _come(session, today[0], each)
    reminders = [_part(ana.id, "reminder", each, what="3d") for each in today]
    last = _part(ana.id, "reminder", today[2], what="1d")
    others = [
        _part(went.person_id, "nudge", past),
        _part(came.person_id, "nudge", past),
        _part(ana.id, "ask_again", today[3]),
    ]
    days = (
        reminders[:1],
        reminders[:2],
        [*reminders[:2], last],
        [reminders[0], *others],
        [_part(each.id, "reminder", today[0], what="1d") for each in (ana, *family)],
        [*reminders, *others],
    )
    return [("day", ana.id, {"parts": parts}, NOW) for parts in days]


def _part(person_id: int | None, kind: str, meeting: Meeting, **params: Any) -> dict[str, Any]:
    return {"person": person_id, "kind": kind, "params": {"meeting": meeting.id, **params}}


def _meeting(session: Session, code: str, **columns: Any) -> Meeting:
    sha256 = files.keep(session, b"%PDF-1.7 informe", "application/pdf")
    more = {"attributes": {"oficio <b>": ["<Pesca>", "Otro"]}, "reminders": ["3d", "1d"], "report_sha256": sha256}
    return factories.meeting(session, code=code, title=TITLE, report_name="informe.pdf", **{**more, **columns})


def _come(session: Session, meeting: Meeting, who: Person) -> Registration:
    return registration.register(session, meeting.id, who.id, name=who.name or "", actor=BY_COMMAND, now=NOW)


def _went(session: Session, meeting: Meeting, state: str) -> Registration:
    who = factories.person(session, NAME)
    before = meeting.starts_at - timedelta(days=1)
    row = registration.register(session, meeting.id, who.id, name=NAME, actor=BY_COMMAND, now=before)
    row.state = state
    session.flush()
    return row
