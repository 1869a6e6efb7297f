"""One world in which every kind of message has something to say, with names that would break careless HTML."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic import (
    commitments,
    files,
    following,
    invitations,
    leaving,
    meetings,
    offers,
    parties,
    questions,
    registration,
    versions,
    workshops,
)
from civic.audit import BY_COMMAND, Actor
from civic.commitment_file import CommitmentDraft, CommitmentFile
from civic.commitments import Change, Proof
from civic.errors import Problem
from civic.outbox import enqueue
from civic.schema import (
    Commitment,
    CommitmentUpdate,
    Evidence,
    Meeting,
    Offer,
    Outbox,
    Party,
    Person,
    Question,
    Registration,
    Staff,
    Workshop,
)
from tests import factories
from tests.factories import NOW
from tests.messages import (
    announcing_scenes,
    aside_scenes,
    day_scenes,
    meeting_scenes,
    organiser_people_scenes,
    organiser_scenes,
    others_scenes,
    settled_scenes,
    support_scenes,
)

HOSTILE = 'Ana <b>"O\'Hara" & </i>Cía'
TITLE = 'Agua & <saneamiento> para "todas" las veredas, </b> incluidas las más altas del municipio'
LATER = NOW + timedelta(days=21)
"""After the meetings."""


@dataclass(frozen=True)
class Scene:
    """Somebody to whom a kind of message is said, at a moment."""

    kind: str
    person_id: int | None
    params: dict[str, Any] = field(default_factory=dict)
    now: datetime = NOW


def everything(session: Session) -> list[Scene]:
    """Make the world and list its scenes: every kind at least once."""
    return [
        *_chat(),
        *_places(session),
        *_offers(session),
        *_companions(session),
        *_cancelled(session),
        *_moved(session),
        *_afterwards(session),
        *_commitments(session),
        *_alerts(session),
        *(Scene(*each) for each in organiser_scenes.seen(session)),
        *(Scene(*each) for each in announcing_scenes.seen(session)),
        *(Scene(*each) for each in organiser_people_scenes.seen(session)),
        *(Scene(*each) for each in support_scenes.seen(session)),
        *(Scene(*each) for each in aside_scenes.seen(session)),
        *(Scene(*each) for each in settled_scenes.seen(session)),
        *(Scene(*each) for each in day_scenes.seen(session)),
        *(Scene(*each) for each in meeting_scenes.seen(session)),
        *(Scene(*each) for each in others_scenes.seen(session)),
    ]


def _all_subclasses(of: type[Problem]) -> list[type[Problem]]:
    return [each for child in of.__subclasses__() for each in (child, *_all_subclasses(child))]


def _chat() -> list[Scene]:
    plain = (
        "language",
        "language_chosen",
        "erased",
        "welcome",
        "help",
        "not_understood",
        "not_understood_here",
        "no_media",
        "no_media_here",
        "thanks",
        "thanks_here",
        "unknown_link",
        "group",
        "fb_too_long",
        "mine",
        "open_meetings",
        "hushed",
        "only_changes",
        "leaving",
        "unhushed",
        "privacy",
        "erase",
        "pqrsd",
        "commitment_meetings",
    )
    return [
        *(Scene(kind, None) for kind in plain),
        *(Scene("unable", None, {"problem": problem.__name__}) for problem in _all_subclasses(Problem)),
        Scene("sorry", None, {"code": "a1b2c3"}),
        Scene("later", None),
        Scene("open_meetings", None, {"page": 9}),
    ]


def _meeting(session: Session, code: str, **columns: Any) -> Meeting:
    pdf = files.keep(session, b"%PDF-1.7 informe", "application/pdf")
    topics: Any = [TITLE, {"es": "Tarifas <b>", "en": "Prices &"}]
    return factories.meeting(
        session,
        **{
            "code": code,
            "title": f"{code} {TITLE}",
            "workshops": [{"capacity": 30, "topic": topic, "room": "Aula <1> & 2"} for topic in topics],
            "attributes": {"zone": ["urbana", "rural"], "oficio <b>": ["<Pesca> & río", "Otro"]},
            "report_name": "informe <1>.pdf",
            "report_sha256": pdf,
            "late_because": "Llovió <mucho> & más",
            **columns,
        },
    )


def _sign_up(session: Session, meeting: Meeting, name: str = HOSTILE, now: datetime = NOW) -> Registration:
    who = factories.person(session, name)
    return registration.register(session, meeting.id, who.id, name=name, actor=BY_COMMAND, now=now)


def _owner(row: Registration) -> int:
    assert row.person_id is not None
    return row.person_id


def _places(session: Session) -> list[Scene]:
    meeting = _meeting(session, "agua")
    early = _sign_up(session, meeting)
    ana = _sign_up(session, meeting)
    late_at = NOW + timedelta(days=14)
    scenes = [
        *(
            Scene(kind, early.person_id, params, NOW)
            for kind, params in (
                ("card", {"code": "agua"}),
                ("open_meetings", {"page": 0}),
                ("map", {"meeting": meeting.id}),
                ("report", {"meeting": meeting.id}),
                ("neighbour", {"meeting": meeting.id}),
                ("consent", {"meeting": meeting.id}),
                ("minor", {"meeting": meeting.id}),
                ("refused", {"meeting": meeting.id}),
                ("answered", {"registration": early.id}),
                ("changing", {"registration": early.id}),
                ("mine", {}),
                ("left", {"registration": early.id}),
                ("privacy", {}),
                ("my_data", {}),
                ("hushed", {}),
                ("only_changes", {}),
                ("leaving", {}),
                ("unhushed", {}),
                ("erase", {}),
                ("pqrsd", {}),
                ("pqrsd", {"meeting": meeting.id}),
            )
        ),
        *(
            Scene("question", early.person_id, {"registration": early.id, "what": what})
            for what in ("name", "attr:zone", "attr:oficio <b>")
        ),
        *(
            Scene("reminder", early.person_id, {"meeting": meeting.id, "what": what, **seated}, late_at)
            for what in ("15d", "3d", "2h")
            for seated in ({}, {"seated": True})
        ),
        *(Scene("reminder", ana.person_id, {"meeting": meeting.id, "what": what}, late_at) for what in ("3d", "2h")),
        Scene("card", None, {"code": "agua"}),
    ]
    said = enqueue(session, _owner(ana), cause=f"m{meeting.id}/2026-11-21/15d", kind="reminder", due_at=NOW)
    assert said
    session.execute(update(Outbox).values(state="sent"))
    wide = _meeting(session, "temas")
    own = _sign_up(session, wide)
    questions.answer_topics(session, own.id, [2, 1], person_id=_owner(own), actor=BY_COMMAND, now=NOW)
    many = _meeting(
        session, "muchos", capacity=12, workshops=[{"capacity": 1, "topic": f"{TITLE} {n}"} for n in range(12)]
    )
    lost = _sign_up(session, many)
    scenes += [
        Scene(kind, row.person_id, {"registration": row.id, "what": "topics"})
        for kind in ("question", "ranking")
        for row in (own, lost)
    ]
    rooms = session.scalars(select(Workshop.id).where(Workshop.meeting_id == meeting.id))
    session.add_all(Staff(role="facilitator", workshop_id=room, name=HOSTILE) for room in rooms)
    workshops.seat_everyone(session, meeting.id, now=late_at)
    registration.confirm(session, ana.id, person_id=_owner(ana), actor=BY_COMMAND, now=late_at)
    scenes += [
        Scene(kind, ana.person_id, {"registration": ana.id, "pin": True}, late_at)
        for kind in ("place", "ticket", "calendar", "reseated", "confirmed")
    ]
    scenes += [Scene("forward", ana.person_id, {"what": what, "meeting": meeting.id}, late_at) for what in "rs"]
    return [*scenes, Scene("seated", ana.person_id, {"meeting": meeting.id}, late_at)]


def _offers(session: Session) -> list[Scene]:
    meeting = _meeting(session, "lista", capacity=3)
    first = [_sign_up(session, meeting) for _ in range(3)]
    waiting = [_sign_up(session, meeting) for _ in range(4)]
    for row in first:
        registration.cancel(session, row.id, person_id=_owner(row), actor=BY_COMMAND, now=NOW)
    then = NOW + timedelta(minutes=3)
    made = {offer.party_id: offer for offer in offers.serve(session, meetings.lock(session, meeting.id), then)}
    taken, declined, _, last = waiting
    offer = made[declined.party_id]
    leaving.decline(session, offer.id, person_id=_owner(declined), actor=BY_COMMAND, now=then)
    session.flush()
    scenes = [
        Scene("offer", taken.person_id, {"offer": made[taken.party_id].id}, then),
        Scene("place", taken.person_id, {"registration": taken.id}, then),
        Scene("place", last.person_id, {"registration": last.id}, then),
        Scene("place", first[0].person_id, {"registration": first[0].id}, NOW),
        Scene("left", first[0].person_id, {"registration": first[0].id}, NOW),
        Scene("mine", last.person_id, {}, then),
        Scene("mine", taken.person_id, {}, then),
        Scene("passed", declined.person_id, {"offer": offer.id}, then),
        Scene("card", None, {"code": "lista"}, then),
    ]
    late = _meeting(session, "vencida", capacity=1)
    gone = _sign_up(session, late)
    slow, _ = _sign_up(session, late), _sign_up(session, late)
    registration.cancel(session, gone.id, person_id=_owner(gone), actor=BY_COMMAND, now=NOW)
    (one,) = offers.serve(session, meetings.lock(session, late.id), then)
    offers.lapse_due(session, late.id, one.expires_at)
    assert session.get_one(Offer, one.id).state == "lapsed"
    return [*scenes, Scene("lapsed", slow.person_id, {"offer": one.id}, one.expires_at)]


def _moved(session: Session) -> list[Scene]:
    """Let two meetings move in everything (day, hours, place), to people with and without a place, and on one phone."""
    scenes = []
    for capacity in (1, 2):
        meeting = _meeting(session, f"mudanza-{capacity}", capacity=capacity)
        rows = [_sign_up(session, meeting) for _ in range(2)]
        owner, ward = (session.get_one(Person, row.person_id) for row in rows)
        params: dict[str, Any] = {"meeting": meeting.id}
        meeting.starts_at += timedelta(days=2, hours=1)
        meeting.ends_at += timedelta(days=2, hours=2)
        meeting.venue = {"name": f"Salón {HOSTILE}", "address": "Carrera 7 <1> & 2"}
        versions.move(session, meeting, now=NOW)
        ward.chat_id, ward.telegram_id = owner.chat_id, None
        scenes += [
            Scene("forward", None, {"what": "v", "known": 1, **params}),
            *(Scene("moved", row.person_id, params) for row in rows),
            Scene("moved_all", owner.id, {**params, "others": [ward.id]}),
        ]
    return scenes


def _companions(session: Session) -> list[Scene]:
    meeting = _meeting(session, "familia", capacity=4)
    first = _sign_up(session, meeting)
    who: dict[str, Any] = {"person_id": _owner(first), "actor": BY_COMMAND, "now": NOW}
    parties.bring(session, first.id, 2, **who)
    ana, beto = (each for each in parties.of_party(session, first.party_id) if each.id != first.id)
    parties.name(session, ana.id, HOSTILE, **who)
    couple = _sign_up(session, meeting)
    parties.bring(session, couple.id, 1, person_id=_owner(couple), actor=BY_COMMAND, now=NOW)
    guest = factories.person(session, HOSTILE)
    link = {"link": session.get_one(Party, first.party_id).link}
    own, others = {"registration": first.id}, {"registration": couple.id}
    scenes = [
        *(
            Scene(kind, row.person_id, {"registration": row.id})
            for kind in (
                "companions",
                "brought",
                "drop_which",
                "party",
                "party_link",
                "tickets",
                "already_coming",
                "leave_whom",
            )
            for row in (first, couple)
        ),
        *(Scene("bring_split", first.person_id, {**own, "companions": number}) for number in (3, 4)),
        *(Scene(kind, None, link) for kind in ("invitation", "party_consent", "who_are_you")),
        Scene("companion_name", first.person_id, {"companion": beto.id}),
        Scene("place", first.person_id, own),
        Scene("place", couple.person_id, others),
        Scene("mine", first.person_id),
    ]
    took = invitations.join(session, link["link"], ana.id, person_id=guest.id, name=HOSTILE, actor=BY_COMMAND, now=NOW)
    parties.drop(session, beto.id, **who)
    session.flush()
    then = NOW + timedelta(minutes=3)
    (offer,) = offers.serve(session, meetings.lock(session, meeting.id), then)
    return [
        *scenes,
        Scene("joined", first.person_id, {"registration": took.id}),
        Scene("dropped", first.person_id, {"companion": beto.id}),
        Scene("offer", couple.person_id, {"offer": offer.id}, then),
    ]


def _cancelled(session: Session) -> list[Scene]:
    meeting = _meeting(session, "lluvia")
    row = _sign_up(session, meeting)
    meeting.state = "cancelled"
    meeting.cancelled_at = NOW
    meeting.cancelled_because = "Llueve <mucho> & más"
    session.flush()
    return [
        Scene("cancelled", row.person_id, {"meeting": meeting.id}),
        Scene("off", row.person_id, {"meeting": meeting.id, "others": [row.person_id]}),
        Scene("forward", row.person_id, {"what": "x", "meeting": meeting.id}),
        Scene("forward", row.person_id, {"what": "r", "meetings": [meeting.id, 1]}),
        Scene("place", row.person_id, {"registration": row.id}),
        Scene("card", row.person_id, {"code": "lluvia"}),
    ]


def _afterwards(session: Session) -> list[Scene]:
    meeting = _meeting(session, "pasado")
    kinds: list[tuple[str, str, Any, list[Any]]] = [
        ("heard", "scale", None, []),
        ("come_again", "yes_no", None, []),
        ("tema", "choice", HOSTILE, ["<Agua> & luz", {"es": "Vías", "en": "Roads"}]),
        ("in_your_words", "text", None, []),
    ]
    questions = [
        Question(meeting_id=meeting.id, number=number, slug=slug, kind=kind, text=text, options=options)
        for number, (slug, kind, text, options) in enumerate(kinds, 1)
    ]
    session.add_all(questions)
    session.flush()
    row = _sign_up(session, meeting)
    came = _sign_up(session, meeting)
    came.state = "attended"
    session.flush()
    own = {"registration": came.id}
    return [
        Scene("feedback", row.person_id, {"meeting": meeting.id}, LATER),
        Scene("nudge", row.person_id, {"meeting": meeting.id}, LATER),
        Scene("nudge", came.person_id, {"meeting": meeting.id}, LATER),
        Scene("fb_missed", row.person_id, {"registration": row.id}, LATER),
        *(Scene("fb_question", came.person_id, {**own, "question": each.id}, LATER) for each in questions),
        Scene("fb_list", came.person_id, own, LATER),
        Scene("fb_done", came.person_id, own, LATER),
        Scene("place", came.person_id, own, LATER),
        Scene("mine", came.person_id, {}, LATER),
        Scene("card", came.person_id, {"code": "pasado"}, LATER),
    ]


def _commitments(session: Session) -> list[Scene]:
    meeting = _meeting(session, "compromiso")
    row = _sign_up(session, meeting)
    draft = CommitmentDraft(
        slug="pozos",
        text=f"Limpiar los pozos {HOSTILE}",
        entity="alcaldia",
        responsible="Secretaría <de> Aguas &",
        due_on=date(2027, 3, 31),
        indicator="Pozos limpios, < 12",
        answers=(),
    )
    commitments.import_commitments(session, CommitmentFile("compromiso", (draft,)), actor=BY_COMMAND, now=NOW)
    commitments.publish(session, "compromiso", None, actor=BY_COMMAND, now=NOW)
    change = Change(
        status="in_progress",
        progress=40,
        note="Van <cinco> & medio",
        proofs=(
            Proof("acta <1>.pdf", b"%PDF-1.7 acta", "application/pdf"),
            Proof("foto", address="https://example.org/foto?a=1&b=2"),
        ),
    )
    commitments.update(session, "compromiso", "pozos", change, actor=BY_COMMAND, now=NOW + timedelta(days=1))
    one = session.scalars(select(Commitment)).one()
    news = session.scalars(select(CommitmentUpdate).order_by(CommitmentUpdate.number)).all()
    file = session.scalars(select(Evidence).where(Evidence.sha256.is_not(None))).one()
    person = _owner(row)
    assert session.get(Person, person)
    about = [{"subject": "c", "id": one.id}, {"subject": "m", "id": meeting.id}, {"subject": "e", "id": one.entity_id}]
    following.follow(session, person, "c", one.id, wants=True, actor=Actor(person, "chat"), now=NOW)
    return [
        Scene("published", person, {"update": news[0].id}),
        Scene("updated", person, {"update": news[1].id}, NOW + timedelta(days=1)),
        Scene("followed", person, {"page": 0}),
        Scene("news", person, {"updates": [each.id for each in news]}, NOW + timedelta(days=1)),
        Scene("commitments", person, {"meeting": meeting.id, "page": 0}),
        Scene("commitment_meetings", person, {"page": 0}),
        Scene("commitment", person, {"commitment": one.id}, NOW + timedelta(days=2)),
        Scene("evidence", person, {"evidence": file.id}),
        Scene("forward", person, {"what": "c", "commitment": one.id}, NOW + timedelta(days=2)),
        *(
            Scene(kind, person, each)
            for kind in ("follow_consent", "following", "unfollowed", "not_followed")
            for each in about
        ),
    ]


def _alerts(session: Session) -> list[Scene]:
    organiser = factories.person(session, HOSTILE)
    session.add(Staff(role="organiser", person_id=organiser.id))
    meeting = _meeting(session, "alerts")
    said: list[dict[str, Any]] = [
        {"what": "need", "need": "sign_language"},
        {"what": "need", "need": "<Lupa> & luz"},
        {"what": "need", "need": "<Lupa> & luz", "when": "convened"},
        *({"what": "need", "need": "<Lupa> & luz", "when": "week", "people": people} for people in (1, 3)),
        {"what": "rooms", "people": 3, "parties": 1, "rooms": 1},
        {"what": "rooms", "people": 30, "parties": 12, "rooms": 2},
    ]
    return [Scene("alert", organiser.id, {"meeting": meeting.id, **params}) for params in said]
