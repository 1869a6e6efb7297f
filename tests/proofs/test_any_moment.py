"""At any moment of the conversation: whatever comes gets one clear answer with a way on, and does nothing by accident.

Every kind that asks something (each with the steps that it leaves open), as the scenes of all kinds show it, in a
world with names that would break careless HTML. What comes are words that answer nothing, media, and buttons of which
nothing is left. In `make test` each moment hears some of them, in turn; `make prove` lets it hear all.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from aiogram.types import Contact, Dice, Document, Location, MessageOriginHiddenUser, PhotoSize, Sticker, Video, Voice
from sqlalchemy.orm import Session

from civic import conversation
from civic.conversation import Incoming, Reply
from civic.schema import Conversation, Person
from civic.store import Store
from handlers.chat import ASKING
from handlers.filters import Answering, Chose
from handlers.routers import ROUTERS
from messages.message import Message
from simulator.entities import parse_html, units
from tests.corpus.entries import harmless
from tests.corpus.judging import acts_since, last_act
from tests.corpus.listening import BOT, Listening
from tests.factories import NOW
from tests.messages.scenes import Scene, everything
from tests.messages.test_kinds import ASKED_FOR
from tests.proofs.conftest import Found
from tests.proofs.scale import SMALL, Scale

MOST: Final = 600
"""Characters of an answer that nobody asked for as a list."""
REPLIES: Final = 3
"""At most: what is answered, a channel for complaints, and what was asked."""
IN_TURN: Final = 3
"""What each moment hears of each sort in `make test`."""
WHOLE: Final = ASKED_FOR | {
    "org_meetings",
    "consent",
    "party_consent",
    "follow_consent",
    "card",
    "place",
    "party",
    "invitation",
}
"""Lists, permissions and cards: what somebody asked for, whole."""
GOES: Final = frozenset({"registration", "offer", "companion", "commitment", "act", "announcement"})
"""What may be gone while somebody is still asked about it."""
NOBODY: Final = 999_999
"""An id of nothing."""
PHONE: Final = re.compile(r"\+57 \d{3} \d{3} \d{4}")
STEPS: Final = {
    "name": ("question", "name:{registration}"),
    "topics": ("question", "topics:{registration}"),
    "companions": ("companions", "companions:{registration}"),
    "needs": ("needs", "needs:{registration}"),
    "phone": ("phone", "phone:{registration}"),
    "companion": ("companion_name", "companion:{companion}"),
    "fb": ("fb_question", "fb:{registration}:{question}"),
    "ocn": ("org_new", "ocn:{meeting}"),
    "ocf": ("org_ask", "ocf:{commitment}:{field}"),
    "ouf": ("org_update_ask", "ouf:{commitment}:{field}"),
    "oaf": ("org_act_ask", "oaf:{act}:{field}"),
    "ont": ("org_say_ask", "ont:{announcement}"),
    "other": ("other_name", "other:{meeting}:0"),
}
"""Steps that take free words: the kind that asks, and the step with its ids."""
AGREED: Final = {"other": {"consents"}}
"""Acts for which the word was given one step before: who was asked agreed, and her name is all that is missing."""
NOISE: Final = (
    "asdf qwer",
    "…",
    "🙃",
    "no sé",
    "ya no",
    "si dios quiere",
    "no puedo más con la calle dañada",
    "cancelen ese contrato corrupto",
    "baja el volumen que aturde",
    "q se vayan a la mierda",
    "¿y eso con qué se come?",
    "12345678901234567890",
    "<b>&</b> \u202e %s {name}",
    "palabra tras palabra " * 190,
    "\u200d",
    *harmless(),
)
"""Words that ask for nothing dangerous, and mostly for nothing at all; those of the corpus among them."""
MEDIA: Final[tuple[dict[str, Any], ...]] = (
    {"voice": Voice(file_id="v", file_unique_id="v", duration=3)},
    {
        "sticker": Sticker(
            file_id="s", file_unique_id="s", type="regular", width=9, height=9, is_animated=False, is_video=False
        )
    },
    {"photo": [PhotoSize(file_id="p", file_unique_id="p", width=9, height=9)]},
    {"photo": [PhotoSize(file_id="p", file_unique_id="p", width=9, height=9)], "caption": "BAJA"},
    {"video": Video(file_id="w", file_unique_id="w", width=9, height=9, duration=3)},
    {"document": Document(file_id="d", file_unique_id="d", file_name="a.pdf")},
    {"location": Location(latitude=4.6, longitude=-74.1)},
    {"contact": Contact(phone_number="+57 311 555 0000", first_name="Otra", user_id=1)},
    {"dice": Dice(emoji="🎲", value=3)},
    {"text": "asdf", "forward_origin": MessageOriginHiddenUser(date=NOW, sender_user_name="Otra")},
)
AT_ONCE: Final = frozenset({"hush", "changes", "alta", "eraseyes"})
"""Verbs that need no id: pressing one is asking for it."""


@dataclass(frozen=True)
class Moment:
    """Something was said to somebody, and may be waiting for words."""

    scene: Scene
    step: str | None

    @property
    def asks(self) -> tuple[str, str, str]:
        """Say what is asked, of whomever: the kind, the step's word, and of which thing."""
        return self.scene.kind, (self.step or "").partition(":")[0], str(self.scene.params.get("what", ""))


def moments(scenes: Sequence[Scene]) -> Iterator[Moment]:
    """Give every moment at which something is asked, each kind and step at least once."""
    for scene in scenes:
        open_ = [step.format(**scene.params) for kind, step in STEPS.values() if _asks_so(scene, kind, step)]
        if scene.kind in ASKING or open_:
            yield from (Moment(scene, step) for step in (open_ or (None,)))


def _asks_so(scene: Scene, kind: str, step: str) -> bool:
    named = set(re.findall(r"{(\w+)}", step)) <= set(scene.params)
    return scene.kind == kind and named and scene.params.get("what", step.partition(":")[0]) == step.partition(":")[0]


def _gone(moment: Moment) -> Moment:
    """Give a moment at which what was asked about is gone: settled, lapsed or erased since."""
    params = {name: NOBODY if name in GOES else value for name, value in moment.scene.params.items()}
    step = next((step.format(**params) for kind, step in STEPS.values() if _asks_so(moment.scene, kind, step)), None)
    return Moment(replace(moment.scene, params=params), step if moment.step else None)


def steps_of_the_code() -> set[str]:
    """Give the steps that handlers wait for."""
    waiting = {
        each.callback.step
        for router in ROUTERS
        for handler in router.message.handlers
        for each in handler.filters or ()
        if isinstance(each.callback, Answering)
    }
    return waiting | {"fb"}


def verbs() -> list[str]:
    """Give all that any button begins with."""
    return sorted(
        verb
        for router in ROUTERS
        for handler in router.message.handlers
        for each in handler.filters or ()
        if isinstance(each.callback, Chose)
        for verb in each.callback.verbs
    )


class Moments:
    """The bot, and who is put before it at a moment."""

    def __init__(self, store: Store) -> None:
        """Take a store with the scenes' world."""
        self.store = store
        self.bot = Listening(store)
        self.updates = itertools.count(1)
        self.strangers = itertools.count(800_001)
        self.faults: list[str] = []

    def puts(self, session: Session, moment: Moment) -> tuple[Incoming, int]:
        """Put somebody at a moment; give her next update, and the newest act before it."""
        person = session.get(Person, moment.scene.person_id) if moment.scene.person_id else None
        chat = person.chat_id if person and person.chat_id else next(self.strangers)
        who = person.telegram_id if person and person.telegram_id else chat
        said = {"kind": moment.scene.kind, "params": moment.scene.params, "step": moment.step}
        key = f"{BOT}:{chat}"
        talk = session.get(Conversation, key) or Conversation(key=key, chat_id=chat)
        talk.state, talk.data, talk.touched_at = moment.step, {"language": "es", "asked": said}, moment.scene.now
        session.add(talk)
        self.bot.now = moment.scene.now
        self.bot.heard.clear()
        return Incoming(BOT, next(self.updates), chat, who, "es"), last_act(session)

    async def hears(self, moment: Moment, content: dict[str, Any]) -> None:
        """Let words or media come in at a moment."""
        incoming, before = self.store.write(self.puts, moment)
        await self.bot.write(incoming, **content)
        self.looked_at(moment, content, incoming, before)

    async def feels(self, moment: Moment, data: str) -> None:
        """Let a button be pressed of which nothing is left."""
        incoming, before = self.store.write(self.puts, moment)
        await self.bot.press(incoming, data)
        self.looked_at(moment, {"data": data}, incoming, before)

    def looked_at(self, moment: Moment, content: dict[str, Any], incoming: Incoming, before: int) -> None:
        """Look for one clear answer with a way on, within 600 characters, and for what was done by accident."""
        replies, acts = self.store.read(
            lambda session: (conversation.look(session, incoming).repeated or (), acts_since(session, before))
        )
        self.faults += [
            f"{moment.scene.kind} ({moment.step}), {content}: {fault}"
            for fault in self._faults_of(moment, replies, acts)
        ]

    def _faults_of(self, moment: Moment, replies: Sequence[Reply], acts: frozenset[str]) -> Iterator[str]:
        kinds = [reply.kind for reply in replies]
        agreed = AGREED.get((moment.step or "").partition(":")[0], set())
        if acts - agreed:
            yield f"did by accident: {sorted(acts)}"
        if not 1 <= len(replies) <= REPLIES or len(self.bot.heard) != len(replies):
            yield f"{len(self.bot.heard)} said of {kinds}"
        for reply, messages in zip(replies, self.bot.heard, strict=False):
            if reply.kind not in WHOLE and reply.kind != moment.scene.kind:
                long = sum(units(parse_html(message.text).text) for message in messages)
                if long > MOST:
                    yield f"{reply.kind} has {long} characters"
        if not _has_a_way_on(replies, self.bot.heard):
            yield f"no way on from {kinds}"


def _has_a_way_on(replies: Sequence[Reply], heard: Sequence[Sequence[Message]]) -> bool:
    """Tell whether the answer has a button, a question in words, or a phone."""
    messages = [message for each in heard for message in each]
    return any(message.rows or message.contact or PHONE.search(message.text) for message in messages) or bool(
        replies[-1].step
    )


def _share(everything_: Sequence[Any], number: int, *, whole: bool) -> Sequence[Any]:
    """Give all of it, or so much as a moment hears in its turn."""
    if whole:
        return everything_
    return [everything_[(number * IN_TURN + each) % len(everything_)] for each in range(IN_TURN)]


@pytest.mark.asyncio
async def test_at_any_moment(store: Store, database_kind: str, scale: Scale, found: Found) -> None:
    here = Moments(store)
    every = list(moments(store.write(everything)))
    assert {moment.scene.kind for moment in every} >= ASKING
    assert {(moment.step or "").partition(":")[0] for moment in every} >= steps_of_the_code()  # a new one is in STEPS
    whole = scale != SMALL
    stale = [f"{verb}:999999" for verb in verbs() if verb not in AT_ONCE] + ["", "zzz", "bring:x:y", "fb:a:1"]
    put = list({moment.asks: moment for moment in every}.values())
    for moment in put:
        await here.hears(_gone(moment), {"text": NOISE[0]})
    for number, moment in enumerate(put):
        for text in _share(NOISE, number, whole=whole):
            await here.hears(moment, {"text": text})
        for media in _share(MEDIA, number, whole=whole):
            if not ("document" in media and moment.scene.kind.startswith("org_")):  # there files are kept
                await here.hears(moment, media)
        for data in _share(stale, number, whole=whole):
            await here.feels(moment, data)
    assert not here.faults, "\n".join(here.faults)
    found(
        "Anything at any moment of the conversation",
        database=database_kind,
        moments=len(put),
        answers=next(here.updates) - 1,
        done_by_accident=0,
    )
