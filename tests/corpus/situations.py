"""The situations in which somebody writes: a town with its meetings, and people brought as far as a situation says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic import commitments, conversation, meetings, offers, people, registration, support, versions
from civic.audit import BY_COMMAND, Actor
from civic.commitment_file import CommitmentDraft, CommitmentFile
from civic.conversation import Incoming, Reply
from civic.people import ATTEND_VERSION, FOLLOW_VERSION
from civic.schema import CommitmentUpdate, Consent, Entity, Meeting, Person, Question, Registration, Staff
from handlers.signup import asked_next
from tests.corpus.listening import BOT
from tests.factories import NOW, meeting, person

EARLIER: Final = NOW - timedelta(hours=2)
"""When somebody last wrote before something was told to her unprompted."""
LONG_AGO: Final = NOW - timedelta(days=12)
ASKED: Final = ("companions", "name", "needs", "topics", "attr:zone", "attr:gender", "attr:age_band", "phone")
"""What a sign-up asks, in its order."""
TOPICS: Final = ("Cobertura por vereda", "Calidad del agua", "Tarifas")
FAQ: Final = (
    ({"es": "¿Dan almuerzo o refrigerio?", "en": "Is there food or lunch?"}, {"es": "Refrigerio.", "en": "A snack."}),
    (
        {"es": "¿Hay transporte desde las veredas?", "en": "Is there a bus from the countryside?"},
        {"es": "Sale una chiva a las 7.", "en": "A bus leaves at 7."},
    ),
    ({"es": "¿Puedo llevar a mi mascota?", "en": "May I bring my pet?"}, {"es": "Mejor no.", "en": "Better not."}),
    ({"es": "¿Qué hay que llevar?", "en": "What should I bring?"}, {"es": "Solo su cédula.", "en": "Just your ID."}),
)


@dataclass(frozen=True)
class Town:
    """The meetings of the corpus, by their ids, and what was published."""

    agua: int
    full: int
    waited: int
    moved: int
    past: int
    questions: dict[str, int]
    """Of feedback, by kind."""
    published: int


@dataclass
class Somebody:
    """Who writes, brought to a situation: her chat, and who she is once she is known."""

    chat: int
    language: str
    person_id: int | None = None
    registration_id: int | None = None
    updates: int = field(default=0)

    def incoming(self) -> Incoming:
        """Give her next update."""
        self.updates += 1
        return Incoming(BOT, self.chat * 100 + self.updates, self.chat, self.chat, self.language)


def open_town(session: Session) -> int:
    """Let there be the one meeting that people may go to; give its id."""
    topics = [{"capacity": 30, "topic": topic} for topic in TOPICS]
    made = meeting(
        session,
        capacity=9_000,
        workshops=topics,
        faq=[{"question": question, "answer": answer} for question, answer in FAQ],
        needs=["wheelchair", "sign_language", "childcare"],
        attributes={
            "zone": ["urbana", "rural"],
            "gender": ["mujer", "hombre", "otro"],
            "age_band": ["18-28", "29-59", "60+"],
        },
    )
    return made.id


def whole_town(session: Session, agua: int) -> Town:
    """Let there be the other meetings too: full ones, one that moved, and one that was, with its commitment."""
    full = meeting(session, code="lleno", capacity=1, workshops=[{"capacity": 1}])
    waited = meeting(session, code="espera", capacity=1, workshops=[{"capacity": 1}])
    for each in (full, waited):
        _sign_up(session, each.id, person(session, telegram_id=90_000 + each.id))
    moved = meeting(session, code="mudanza", capacity=9_000, workshops=[{"capacity": 30}])
    moved.starts_at += timedelta(days=2)
    moved.ends_at += timedelta(days=2)
    versions.move(session, moved, now=NOW)
    past = meeting(session, code="pasado", starts_in=-timedelta(days=1), capacity=9_000, now=NOW)
    slugs = {"scale": "heard", "yes_no": "come_again", "text": "in_your_words"}
    questions = [
        Question(meeting_id=past.id, number=number, slug=slug, kind=kind, text=None, options=[])
        for number, (kind, slug) in enumerate(slugs.items(), 1)
    ]
    session.add_all(questions)
    session.flush()
    draft = CommitmentDraft("pozos", "Limpiar los pozos", "alcaldia", "Aguas", date(2027, 3, 31), "Pozos limpios", ())
    commitments.import_commitments(session, CommitmentFile("pasado", (draft,)), actor=BY_COMMAND, now=NOW)
    commitments.publish(session, "pasado", None, actor=BY_COMMAND, now=NOW)
    published = session.scalars(select(CommitmentUpdate.id)).one()
    by_kind = {each.kind: each.id for each in questions}
    return Town(agua, full.id, waited.id, moved.id, past.id, by_kind, published)


# People --------------------------------------------------------------------------------------------------------------


def _known(session: Session, who: Somebody) -> Person:
    made = person(session, "María", telegram_id=who.chat, language=who.language, consented=False)
    entity = session.scalars(select(Entity.id)).one()
    for purpose, version in (("attend", ATTEND_VERSION), ("follow", FOLLOW_VERSION)):
        session.add(
            Consent(
                person_id=made.id,
                entity_id=entity,
                purpose=purpose,
                version=version,
                language=who.language,
                given_at=LONG_AGO,
            )
        )
    session.flush()
    who.person_id = made.id
    return made


def _sign_up(session: Session, meeting_id: int, who: Person, *, asked: int = len(ASKED)) -> Registration:
    """Sign somebody up, with the first questions answered: so many."""
    actor = Actor(who.id, "chat")
    own = registration.register(session, meeting_id, who.id, name=who.name or "", actor=actor, now=NOW)
    own.answered = list(ASKED[:asked])
    session.flush()
    return own


def _says(session: Session, who: Somebody, *replies: Reply) -> None:
    """Let the bot have said something to her, last."""
    update_ = who.incoming()
    standing = conversation.look(session, update_)
    conversation.handle(session, update_, standing, lambda _session: replies, now=EARLIER)


def _told(session: Session, who: Somebody, reply: Reply) -> None:
    """Tell her something unprompted, long after she last wrote."""
    _says(session, who, Reply("mine", {"page": 0}))
    conversation.told(session, BOT, [(who.chat, reply)], now=NOW)


def _new(_session: Session, _town: Town | int, _who: Somebody) -> None:
    """Nothing was said yet."""


def _card(session: Session, _town: Town | int, who: Somebody) -> None:
    _says(session, who, Reply("welcome"), Reply("card", {"code": "agua"}))


def _consent(session: Session, town: Town | int, who: Somebody) -> None:
    agua = town if isinstance(town, int) else town.agua
    _says(session, who, Reply("welcome"), Reply("card", {"code": "agua"}))
    _says(session, who, Reply("consent", {"meeting": agua}))


def _asked(what: str, *, health: bool = False) -> "Bringing":
    """Bring somebody to where a question of the sign-up is asked."""

    def bring(session: Session, town: Town | int, who: Somebody) -> None:
        agua = town if isinstance(town, int) else town.agua
        own = _sign_up(session, agua, _known(session, who), asked=ASKED.index(what))
        who.registration_id = own.id
        assert who.person_id is not None
        if health:
            support.accept(session, own.id, person_id=who.person_id, now=NOW)
        _says(session, who, *asked_next(session, own.id, who.person_id, NOW))

    return bring


def _placed(session: Session, town: Town | int, who: Somebody) -> None:
    agua = town if isinstance(town, int) else town.agua
    own = _sign_up(session, agua, _known(session, who))
    who.registration_id = own.id
    _says(session, who, Reply("answered", {"registration": own.id}))


def _quiet(session: Session, town: Town | int, who: Somebody) -> None:
    _placed(session, town, who)
    people.hush(session, who.person_id, actor=Actor(who.person_id, "chat"), now=NOW)
    _says(session, who, Reply("hushed"))


def _reminded(session: Session, town: Town | int, who: Somebody) -> None:
    _placed(session, town, who)
    agua = town if isinstance(town, int) else town.agua
    _told(session, who, Reply("reminder", {"meeting": agua, "what": "15d"}))


def _moved(session: Session, town: Town, who: Somebody) -> None:
    own = _sign_up(session, town.moved, _known(session, who))
    who.registration_id = own.id
    own.known_version = 2
    session.flush()
    _told(session, who, Reply("moved", {"meeting": town.moved, "version": 2, "known": 1}))


def _waiting(session: Session, town: Town, who: Somebody) -> None:
    own = _sign_up(session, town.waited, _known(session, who))
    who.registration_id = own.id
    assert own.state == "waiting"
    _says(session, who, Reply("place", {"registration": own.id}))


def _offered(session: Session, town: Town, who: Somebody) -> None:
    own = _sign_up(session, town.full, _known(session, who))
    who.registration_id = own.id
    session.execute(update(Meeting).where(Meeting.id == town.full).values(capacity=Meeting.capacity + 1))
    (made,) = offers.serve(session, meetings.lock(session, town.full), NOW)
    _told(session, who, Reply("offer", {"offer": made.id}))


def _attended(session: Session, town: Town, who: Somebody, state: str = "attended") -> int:
    """Let her have been at the meeting that was."""
    made = _known(session, who)
    own = Registration(
        meeting_id=town.past,
        party_id=registration.new_party(session, session.get_one(Meeting, town.past)),
        person_id=made.id,
        name=made.name,
        code=registration.new_code(session),
        state=state,
        registered_at=LONG_AGO,
        attributes={},
        answered=list(ASKED),
    )
    session.add(own)
    session.flush()
    who.registration_id = own.id
    return own.id


def _came(session: Session, town: Town, who: Somebody) -> None:
    _attended(session, town, who, "registered")
    _told(session, who, Reply("feedback", {"meeting": town.past}))


def _feedback(kind: str) -> "Bringing":
    def bring(session: Session, town: Town, who: Somebody) -> None:
        own, question = _attended(session, town, who), town.questions[kind]
        step = f"fb:{own}:{question}" if kind == "text" else None
        _says(session, who, Reply("fb_question", {"registration": own, "question": question}, step))

    return bring


def _news(session: Session, town: Town, who: Somebody) -> None:
    _attended(session, town, who)
    _told(session, who, Reply("published", {"update": town.published}))


def _organiser(session: Session, _town: Town, who: Somebody) -> None:
    session.add(Staff(role="organiser", person_id=_known(session, who).id))
    session.flush()
    _says(session, who, Reply("org_meetings", {"page": 0}))


Bringing = Callable[[Session, Any, Somebody], None]
ALONE: Final[dict[str, Bringing]] = {
    "new": _new,
    "card": _card,
    "consent": _consent,
    **{
        what.removeprefix("attr:"): _asked(what)
        for what in ("companions", "name", "needs", "topics", "attr:zone", "attr:gender", "phone")
    },
    "age": _asked("attr:age_band"),
    "needs_list": _asked("needs", health=True),
    "placed": _placed,
    "reminded": _reminded,
    "quiet": _quiet,
}
"""Situations of who knows one meeting alone, as when there is no other."""
AMONG: Final[dict[str, Bringing]] = {
    "moved": _moved,
    "offered": _offered,
    "waiting": _waiting,
    "came": _came,
    "scale": _feedback("scale"),
    "yes_no": _feedback("yes_no"),
    "text": _feedback("text"),
    "news": _news,
    "organiser": _organiser,
}
"""Situations in a town with several meetings."""


def bring(session: Session, situation: str, town: Town | int, chats: Sequence[int], language: str) -> list[Somebody]:
    """Bring as many people as there are chats to a situation."""
    found = [Somebody(chat, language) for chat in chats]
    for each in found:
        (ALONE | AMONG)[situation](session, town, each)
    return found
