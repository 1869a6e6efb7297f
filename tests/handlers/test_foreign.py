"""Every choice there is, with ids of another person: answered kindly, saying nothing of her, and changing nothing."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from aiogram import Bot
from aiogram.types import Update
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import (
    announcements,
    handovers,
    invitations,
    inviting,
    needs,
    offers,
    on_behalf,
    parties,
    places,
    planned_acts,
    support,
    update_drafts,
)
from civic.audit import Actor
from civic.commitments import Proof
from civic.conversation import Incoming
from civic.registration import register
from civic.schema import Base, Commitment, Evidence, Meeting, Party, Question, Registration, Staff
from handlers.chat import Services
from handlers.filters import Chose
from handlers.routers import ROUTERS, dispatcher
from messages.message import Message
from messages.voice import Links
from tests import factories
from tests.civic import test_commitments as made
from tests.factories import NOW
from tests.handlers.conftest import Talking

THEN = NOW + places.HOLD
AFTER = NOW + timedelta(days=21)
SECRETS = ("Mariana", "Rosaura", "Zacarías", "Yolanda", "Ximena", "3105550199", "callado", "prueba.txt")
"""Names, a phone, and what others draft: said to nobody here."""
OWN_AFFAIRS = frozenset(
    {"hush", "changes", "alta", "lang", "help", "m", "privacy", "data", "erase", "eraseyes"}
) | frozenset({"here", "oops", "which", "hushask", "signup", "clearly", "wonder", "rhythm", "week"})
"""Choices that name nothing of anybody's, or what is public."""
PUBLIC = (
    "go",
    "yes",
    "wown",
    "minor",
    "no",
    "map",
    "report",
    "pqrsd",
    "nb",
    "cm",
    "cs",
    "c",
    "f",
    "fy",
    "fn",
    "u",
    "fill",
    "about",
)
"""Choices about what anybody may see, once it is published."""
_update_ids = itertools.count(9_500_000)


class World(NamedTuple):
    """Ids of others, and of what is not published."""

    own: int
    companion: int
    claimed: int
    waits: int
    offer: int
    meeting: int
    hidden: int
    published: int
    draft: int
    evidence: int
    question: int
    link: str
    need: str
    act: int
    waiting: int
    theirs: int = 1
    ward: int = 1
    handover: int = 1
    role: int = 1
    said: int = 1
    saying: int = 1


class Heard:
    """Takes down all that is said, files and links too."""

    def __init__(self) -> None:
        self.said = ""

    async def __call__(self, bot: Bot, chat_id: int, messages: Sequence[Message], *, tapped: int | None) -> bool:
        """Write the messages down."""
        del bot, chat_id, tapped
        self.said += repr(messages)
        return True


def _world(session: Session) -> World:
    """Let there be a family with places, somebody with an offer, and what an organiser drafts."""
    meeting = factories.meeting(session, capacity=3, needs=["wheelchair"], attributes={"zone": ["urbana", "rural"]})
    question = Question(meeting_id=meeting.id, number=1, slug="heard", kind="scale", text=None, options=[])
    session.add(question)
    mariana = factories.person(session, "Mariana Zacarías", phone="3105550199")
    who: dict[str, Any] = {"person_id": mariana.id, "actor": Actor(mariana.id, "chat"), "now": NOW}
    own = _comes(session, meeting.id, mariana.id, "Mariana Zacarías")
    parties.bring(session, own.id, 2, **who)
    companion, claimed = (each for each in parties.of_party(session, own.party_id) if each.id != own.id)
    parties.name(session, companion.id, "Yolanda Zacarías", **who)
    for each in (own, companion):
        support.accept(session, each.id, person_id=mariana.id, now=NOW)
        support.answer(session, each.id, ["wheelchair"], **who)
    link = session.get_one(Party, own.party_id).link
    ximena = factories.person(session, "Ximena")
    joining: dict[str, Any] = {"person_id": ximena.id, "actor": Actor(ximena.id, "chat"), "now": NOW}
    invitations.join(session, link, None, name="Ximena", **joining)
    waits = _comes(session, meeting.id, factories.person(session, "Zacarías").id, "Zacarías")
    meeting.capacity = 4
    session.flush()
    (offer,) = offers.serve(session, meeting, NOW)
    session.add(Staff(role="organiser", person_id=mariana.id))
    made.take_in(session)
    made.publish(session)
    made.update(session, status="in_progress", progress=50, proofs=(Proof("acta.txt", b"y", "text/plain"),))
    published = session.scalars(select(Commitment)).one()
    columns: dict[str, Any] = {"meeting_id": meeting.id, "entity_id": published.entity_id, "answers": []}
    draft = Commitment(slug="otro", text="Un borrador callado", **columns)
    session.add(draft)
    session.flush()
    update_drafts.write(session, published.id, actor=who["actor"], now=NOW, note="Un avance callado")
    proof = Proof("prueba.txt", b"x", "text/plain")
    update_drafts.add_evidence(session, draft.id, proof, actor=who["actor"], now=NOW)
    hidden = factories.meeting(session, code="oculto", state="draft", title="Encuentro callado")
    return World(
        own=own.id,
        companion=companion.id,
        claimed=claimed.id,
        waits=waits.id,
        offer=offer.id,
        meeting=meeting.id,
        hidden=hidden.id,
        published=published.id,
        draft=draft.id,
        evidence=session.scalars(select(Evidence.id)).one(),
        question=question.id,
        link=link,
        need=needs.key("wheelchair"),
        **_shared(session, who["actor"]),
        role=inviting.invite(session, meeting.id, None, actor=who["actor"], now=NOW)[0].id,
        **_acts(session, meeting, who["actor"]),
    )


def _acts(session: Session, meeting: Meeting, actor: Actor) -> dict[str, int]:
    """Let an organiser be about to cancel a meeting, and another's move wait."""
    act = planned_acts.begin(session, meeting.id, "cancel", actor=actor, now=NOW)
    planned_acts.write(session, act.id, actor=actor, now=NOW, because="Un motivo callado")
    planned_acts.show(session, act.id, actor=actor, now=NOW)
    other = factories.meeting(session, code="otro", title="Otro encuentro")
    moved = planned_acts.begin(session, other.id, "move", actor=actor, now=NOW)
    planned_acts.write(session, moved.id, actor=actor, now=NOW, day=date(2026, 12, 1))
    sign = planned_acts.show(session, moved.id, actor=actor, now=NOW).sign or ""
    planned_acts.confirm(session, moved.id, sign, actor=actor, now=NOW)
    return {"act": act.id, "waiting": moved.id, **_said(session, meeting, actor)}


def _said(session: Session, meeting: Meeting, actor: Actor) -> dict[str, int]:
    """Let an organiser be about to write to everybody, and what they wrote before wait."""
    ids = []
    for _ in range(2):
        row = announcements.begin(session, meeting.id, "all", actor=actor, now=THEN)
        announcements.write(session, row.id, "Un aviso callado", actor=actor)
        ids.append(row.id)
        if len(ids) == 1:
            announcements.confirm(session, row.id, announcements.sign_of(session, row), actor=actor, now=THEN)
    return {"said": ids[0], "saying": ids[1]}


def _shared(session: Session, actor: Actor) -> dict[str, int]:
    """Let somebody be signed up from another's phone, and ask for her place from her own."""
    meeting = factories.meeting(session, code="vecinos", title="Encuentro de vecinos")
    owner = actor.person_id or 0
    own = on_behalf.sign_up(session, meeting.id, "Rosaura", owner_id=owner, together=False, actor=actor, now=NOW)
    said, asked = handovers.ask(session, own.code or "", Incoming(1, 1, 77, 77, "es"), now=NOW)
    assert (said, asked is not None) == ("asked", True)
    return {"theirs": own.id, "ward": own.person_id or 0, "handover": asked.id if asked else 0}


def _comes(session: Session, meeting_id: int, person_id: int, name: str) -> Registration:
    return register(session, meeting_id, person_id, name=name, actor=Actor(person_id, "chat"), now=NOW)


def _stranger(session: Session, chat: int, world: World) -> None:
    """Let who taps be known: she waits for the same meeting, and organises another one."""
    who = factories.person(session, "Nadie", telegram_id=chat)
    _comes(session, world.meeting, who.id, "Nadie")
    session.add(Staff(role="organiser", person_id=who.id, meeting_id=factories.meeting(session, code="otra").id))


def _choices(world: World) -> Iterator[str]:
    """Go through the choices about registrations, parties, offers and drafts, with ids of others."""
    w = world
    for one in (w.own, w.companion, w.claimed, w.waits):
        for verb in (
            *("place", "ticket", "ics", "back", "confirm", "ca", "next", "change", "name", "topics", "keep", "ranked"),
            *("with", "party", "plink", "tickets", "drop", "undrop", "pname", "noname", "renew", "leave"),
            *("needs", "nyes", "nnone", "nrest", "nskip", "ndone", "phone", "nophone", "rmphone"),
        ):
            yield f"{verb}:{one}"
        yield from (f"leave:{one}:all", f"can:{one}:1", f"takes:{one}:any", f"rank:{one}:2.1", f"ranked:{one}:none")
        yield from (f"bring:{one}:0", f"bring:{one}:4", f"bring:{one}:4:any", f"ask:{one}:0", f"attr:{one}:0:0")
        yield from (f"need:{one}:0:{w.need}", f"need:{one}:1:{w.need}")
        yield from (f"iam:{w.link[:-1]}:{one}", f"iam::{one}", f"iam:{one}")
    yield from (f"{verb}:{w.offer}" for verb in ("take", "pass", "unpass", "passask"))
    yield from (
        f"{verb}:{link}" for verb in ("join", "pyes") for link in (w.link[:-1], f"{w.link}x", "%", "_", "1", "")
    )
    for meeting in (w.meeting, w.hidden):
        yield from (f"{verb}:{meeting}" for verb in ("orgl", "org", "orgfb", "orgcm", "orgc", "ocn"))
        yield from (f"{verb}:{meeting}" for verb in ("oim", "oif", "oac", "oam", "oax", "och"))
        yield from (f"oam:{meeting}:day", "oim", "oif")
        yield from (f"{verb}:{meeting}" for verb in ("oqm", "oqu", "onw", "ona"))
        yield from (f"ona:{meeting}:all", f"ona:{meeting}:all:0:{w.saying}", f"onw:{meeting}:{w.saying}")
        yield from (f"{verb}:{meeting}" for verb in ("ogp", "ogi", "ogc", "ogx", "ogg", "oga"))
        yield from (f"ogi:{meeting}:1", f"ogc:{meeting}:1", f"oga:{meeting}:0:1")
    yield from (f"{verb}:{w.role}" for verb in ("ogok", "ogno", "ogr", "ogu"))
    for meeting in range(1, w.role + 9):  # her own is among them
        yield from (f"{verb}:{role}:{meeting}" for verb in ("ogr", "ogu") for role in (1, w.role))
    for said in (w.said, w.saying):
        yield from (f"{verb}:{said}" for verb in ("ont", "onp", "ongo", "onu", "ond"))
        yield f"ongo:{said}:0123456789"
    for act in (w.act, w.waiting):
        yield from (f"{verb}:{act}" for verb in ("oaw", "oaf", "oas", "oap", "oago", "oau", "oad"))
        yield from (f"oaf:{act}:because", f"oaf:{act}:report", f"oago:{act}:0123456789")
    for verb in PUBLIC:
        yield from (f"{verb}:{w.hidden}", f"{verb}:c:{w.draft}", f"{verb}:m:{w.hidden}")
    yield f"c:{w.draft}"
    yield from (f"fwd:{what}:{w.hidden}" for what in "rvxsot")
    yield from (f"fwd:a:{w.said}", f"fwd:a:{w.saying}", f"fwd:t:{w.meeting}", f"fwd:c:{w.published}:{w.draft}")
    yield from (f"fwd:c:{w.draft}", f"fwd:v:{w.meeting}:9", f"fwd:r:{w.meeting}:{w.hidden}", "fwd", "fwd:r", "fwd:q:1")
    yield from (f"ev:{w.evidence + more}" for more in (1, 2))
    for number in (w.draft, w.published):
        yield from (f"{verb}:{number}" for verb in ("oc", "ocv", "ocp", "ocd", "ou", "oux", "ouv", "ougo", "oud"))
        for verb in ("ocf", "ouf"):
            yield from (f"{verb}:{number}:{field}" for field in ("text", "note", "evidence", "entity"))
        yield from (f"oce:{number}:1", f"ocd:{number}:x", f"ous:{number}:fulfilled", f"oup:{number}:100")
    yield from (f"{verb}:{page}" for verb in ("mine", "leaving", "fl", "open") for page in (0, 1))
    yield from _on_anothers_phone(w)


def _on_anothers_phone(world: World) -> Iterator[str]:
    """Go through the choices about somebody who was signed up from another's phone, also as if from that phone."""
    w = world
    for verb in ("place", "ticket", "ics", "next", "change", "name", "keep", "party", "needs", "nyes", "leave"):
        yield from (f"{verb}:{w.theirs}", f"{verb}:{w.theirs}@{w.ward}", f"{verb}:{w.own}@{w.ward}")
    yield from (f"leave:{w.theirs}:all@{w.ward}", f"take:{w.offer}@{w.ward}", f"pass:{w.offer}@{w.ward}")
    for meeting in (w.meeting, w.hidden):
        for verb in ("other", "wgo", "wyes", "wminor", "wno", "go", "yes", "fill"):
            yield f"{verb}:{meeting}@{w.ward}"
        yield from (f"{verb}:{meeting}" for verb in ("other", "wgo", "wyes", "wminor", "wno"))
        yield from (f"wwith:{meeting}:1", f"wwith:{meeting}:0@{w.ward}", f"wwith:{meeting}:1@{w.ward}")
    yield from (
        f"{verb}@{w.ward}" for verb in ("privacy", "data", "erase", "eraseyes", "eraseyes:all", "mine", "hush", "oops")
    )
    yield from (
        "place:1@x",
        "place:1@",
        "@1",
        f"place:{w.theirs}@999999999999999999",
        "other",
        "code",
        "code:%",
        "mycode",
        "mycode:%",
    )
    yield from (f"{verb}:{number}" for verb in ("hask", "hyes", "hno") for number in (w.handover, w.handover + 1))


def _afterwards(world: World) -> Iterator[str]:
    """Go through the choices of feedback, with ids of others."""
    for one in (world.own, world.companion, world.claimed, world.waits):
        yield from (f"fb:{what}:{one}" for what in ("yes", "no", "list", "done"))
        yield from (f"fb:{what}:{one}:{world.question}" for what in ("q", "skip", "a"))
        yield f"fb:a:{one}:{world.question}:5"


def _verbs() -> set[str]:
    """Name every choice that any router waits for."""
    filters = (
        each.callback for router in ROUTERS for handler in router.message.handlers for each in handler.filters or ()
    )
    return {verb for each in filters if isinstance(each, Chose) for verb in each.verbs}


def _kept(session: Session) -> set[str]:
    """Give every row there is, but for where chats stand and which updates came."""
    tables = (table for name, table in Base.metadata.tables.items() if name not in {"conversation", "handled_update"})
    return {f"{table.name}: {row}" for table in tables for row in session.execute(select(table))}


def _codes(session: Session, chat: int) -> list[str]:
    """Give the codes at the desk of everybody who is not in this chat."""
    hers = select(Registration.id).where(
        Registration.person_id.in_(select(_person.c.id).where(_person.c.chat_id == chat))
    )
    return [row or "" for row in session.scalars(select(Registration.code).where(Registration.id.not_in(hers)))]


_person = Base.metadata.tables["person"]


async def test_every_choice_there_is_is_tried() -> None:
    world = World(1, 2, 3, 4, 1, 1, 2, 1, 2, 1, 1, "abc", "x", 1, 2)
    tried = {each.split(":")[0] for each in (*_choices(world), *_afterwards(world))}
    assert _verbs() - tried - OWN_AFFAIRS == set()


@pytest.mark.parametrize("known", [False, True], ids=["nobody", "somebody"])
async def test_another_persons_ids_say_nothing_of_her_and_change_nothing(talking: Talking, *, known: bool) -> None:
    world = talking.store.write(_world)
    talking.now = THEN
    chat = await talking.person("Nadie")
    if known:
        talking.store.write(_stranger, chat, world)
    await talking.say(chat, "/ayuda")
    hidden = [*SECRETS, world.link, *talking.store.read(_codes, chat)]
    before = talking.store.read(_kept)
    heard = Heard()
    links = Links("https://t.me/convoca_bot", "https://convoca.example.org")
    feed = dispatcher(Services(talking.store, talking.clock, links, heard)).feed_update
    who = {"id": chat, "is_bot": False, "first_name": "Nadie", "language_code": "es"}
    message = {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "private"}, "text": "…"}
    for now, choices in ((THEN, _choices(world)), (AFTER, _afterwards(world))):
        talking.now = now
        for data in choices:
            heard.said = ""
            query = {"id": "1", "from": who, "chat_instance": "1", "data": data, "message": message}
            update = {"update_id": next(_update_ids), "callback_query": query}
            await feed(talking.bot, Update.model_validate(update, context={"bot": talking.bot}))
            assert heard.said, data
            assert [each for each in hidden if each in heard.said] == [], data
        talking.now = THEN
        await talking.say(chat, "/ayuda")  # who was seen when is as it was
        after = talking.store.read(_kept)
        assert (before - after, after - before) == (set(), set())
