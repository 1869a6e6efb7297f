"""What is said once a day, in a world of hostile names: kind, person, parameters, moment."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from civic import commitments, files, following, registration, workshops
from civic.audit import BY_COMMAND, Actor
from civic.commitment_file import CommitmentDraft, CommitmentFile
from civic.schema import Answer, Meeting, Person, Question, Registration
from tests import factories
from tests.factories import NOW

NAME = 'Ana <b>"O\'Hara" & </i>Cía'
TITLE = 'Agua & <saneamiento> para "todas" las veredas, </b> incluidas las más altas del municipio'
LATER = NOW + timedelta(days=40)
Seen = tuple[str, int, dict[str, Any], datetime]


def seen(session: Session) -> list[Seen]:
    """Let there be days with one thing to say, with several, and on a phone that many share."""
    today = [_meeting(session, f"dia-{number}") for number in range(7)]
    past = _meeting(session, "dia-pasado", starts_in=timedelta(days=-4), attributes={})
    ana = factories.person(session, NAME)
    rows = [_come(session, each, ana) for each in today]
    registration.confirm(session, rows[1].id, person_id=ana.id, actor=BY_COMMAND, now=NOW)
    for each in today[1:3]:
        workshops.seat_everyone(session, each.id, now=NOW)
    went, came = (_went(session, past, state) for state in ("registered", "attended"))
    family = [factories.person(session, f"{NAME} {number}", chat_id=ana.chat_id) for number in range(3)]
    for one in family:
        _come(session, today[0], one)
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
        [_part(ana.id, "seated", each) for each in today[1:3]],
        [_part(ana.id, "seated", today[1]), *reminders[2:4]],
    )
    return [
        *(("day", ana.id, {"parts": parts}, NOW) for parts in days),
        ("confirmed_all", ana.id, {"registrations": [each.id for each in rows]}, NOW),
        *(("rhythm", ana.id, {"rhythm": rhythm}, NOW) for rhythm in ("weekly", "at_once")),
        *_week(session, ana, reminders[:1]),
        *_thanks(session, ana, reminders[:1]),
    ]


def _week(session: Session, who: Person, others: list[dict[str, Any]]) -> list[Seen]:
    """Let there be a week of commitments: with one, with some, and with many."""
    _meeting(session, "dia-semana")
    entity = factories.entity(session)
    consented = factories.person(session, NAME, rhythm="weekly")
    actor = Actor(consented.id, "chat")
    following.follow(session, consented.id, "e", entity.id, wants=True, actor=actor, now=NOW)
    weeks: list[Seen] = []
    for first, last in ((0, 1), (1, 4), (4, 16)):
        at = NOW + timedelta(days=30 + last)
        drafts = tuple(_draft(number) for number in range(first, last))
        imported = CommitmentFile("dia-semana", drafts)
        commitments.import_commitments(session, imported, actor=BY_COMMAND, now=at)
        commitments.publish(session, "dia-semana", None, actor=BY_COMMAND, now=at)
        week: dict[str, Any] = {"since": (at - timedelta(hours=1)).isoformat(), "until": at.isoformat()}
        weeks.append(("digest", consented.id, week, at))
        parts = [*others, {"person": consented.id, "kind": "digest", "params": week}]
        weeks.append(("day", who.id, {"parts": parts}, NOW))
    return [*weeks, ("followed", consented.id, {"page": 0}, NOW)]


def _draft(number: int) -> CommitmentDraft:
    return CommitmentDraft(
        slug=f"pozo-{number}",
        text=f"Limpiar {number} pozos {NAME} {TITLE}",
        entity="alcaldia",
        responsible="Secretaría <de> Aguas &",
        due_on=(NOW + timedelta(days=150)).date(),
        indicator="Pozos limpios, < 12",
        answers=(),
    )


def _thanks(session: Session, who: Person, others: list[dict[str, Any]]) -> list[Seen]:
    """Let a meeting be over with answers to all kinds of questions, and one with few."""
    much, little = (_meeting(session, f"dia-gracias-{number}", attributes={}) for number in range(2))
    kinds: list[tuple[str, Any, list[Any]]] = [
        ("scale", None, []),
        ("yes_no", TITLE, []),
        ("choice", TITLE, [f"<Agua> & {TITLE}", {"es": "Vías", "en": "Roads"}]),
        ("text", None, []),
    ]
    questions = [
        Question(meeting_id=much.id, number=n, slug=slug, kind=kind, text=text, options=options)
        for n, (slug, (kind, text, options)) in enumerate(zip(("heard", "b", "c", "in_your_words"), kinds, strict=True))
    ]
    session.add_all(questions)
    session.flush()
    came = [_went(session, much, "attended") for _ in range(6)]
    for number, row in enumerate(came):
        said = ("4", "yes", "0", NAME)
        session.add_all(
            Answer(registration_id=row.id, question_id=each.id, value=value)
            for each, value in zip(questions, said, strict=True)
        )
        row.arrived_at = NOW if number else None
    one = _went(session, little, "registered")
    session.flush()
    known: dict[str, Any] = {"meeting": much.id, "came": 6, "counted": True, "answered": 6}
    told: dict[str, Any] = {"meeting": little.id, "came": 1, "counted": False, "answered": 0}
    parts = [*others, {"person": came[0].person_id, "kind": "results", "params": known}]
    return [
        ("results", came[0].person_id or 0, known, LATER),
        ("results", one.person_id or 0, {**told, "was_there": False}, LATER),
        ("results", one.person_id or 0, {**told, "came": 0, "answered": 3}, LATER),
        ("day", who.id, {"parts": parts}, NOW),
    ]


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
