"""At any moment of the conversation: whatever comes gets one clear answer with a way on, and does nothing by accident.

Every kind that may have been said last, those that ask something with each of the steps that they leave open, as the
scenes of all kinds show it, in a world with names that would break careless HTML; in each language by turns. What comes
are words that answer nothing, commands, media, and buttons of which nothing is left. In `make test` each moment hears
some of them, in turn; `make prove` lets it hear all.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pytest
from sqlalchemy.orm import Session

from civic import conversation
from civic.conversation import Incoming, Reply
from civic.schema import Conversation, Person
from civic.store import Store
from handlers.chat import ASKING
from handlers.filters import Answering, Chose
from handlers.routers import ROUTERS
from locales import LANGUAGES
from messages.catalogue import KINDS
from messages.message import Message
from simulator.entities import parse_html, units
from tests.corpus.judging import acts_since, last_act
from tests.corpus.listening import BOT, Listening
from tests.messages.scenes import Scene, everything
from tests.messages.test_kinds import ASKED_FOR
from tests.proofs.conftest import Found
from tests.proofs.scale import SMALL, Scale
from tests.proofs.sent import ASIDE, COMMANDS, FORGED, MEDIA, NOISE, Sent

MOST: Final = 600
"""Characters of an answer that nobody asked for as a list."""
REPLIES: Final = 3
"""Messages of an answer at most: what is answered, a channel for complaints, and what was asked."""
FEW: Final = (2, 1, 1, 1)
"""What each moment at which something is asked hears of each sort in `make test`; any other hears one thing."""
MANY: Final = (99, 60, 99, 999)
"""The same in `make prove`."""
MORE: Final = 30
"""What any other moment hears there."""
WHOLE: Final = ASKED_FOR | {"followed", "moved", "org_meetings", "org_meeting", "org_say_preview", "place", "party"}
"""Lists, drafts, one's own place and what moved: what somebody asked for, whole."""
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
AGREED: Final = {"other": (re.compile(""), "consents"), "phone": (re.compile(r"\d{7}"), "consents")}
"""By step, what words permit: a name, of who was asked and agreed one step before; a number, where it is asked for."""
AT_ONCE: Final = frozenset({"hush", "changes", "alta", "eraseyes"})
"""Verbs that need no id: pressing one is asking for it."""


@dataclass(frozen=True)
class Moment:
    """Something was said to somebody, and may be waiting for words."""

    scene: Scene
    step: str | None

    @property
    def is_open(self) -> bool:
        """Tell whether something is asked."""
        return self.step is not None or self.scene.kind in ASKING

    @property
    def asks(self) -> tuple[str, str, str]:
        """Say what is asked, of whomever: the kind, the step's word, and of which thing."""
        what = str(self.scene.params.get("what", "")) if self.is_open else ""
        return self.scene.kind, (self.step or "").partition(":")[0], what


def moments(scenes: Sequence[Scene]) -> Iterator[Moment]:
    """Give every moment: each kind said last, with each step that it leaves open."""
    for scene in scenes:
        open_ = [step.format(**scene.params) for kind, step in STEPS.values() if _asks_so(scene, kind, step)]
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
        """Put somebody at a moment, in the other language than last; give her next update, and the newest act."""
        number = next(self.updates)
        language = LANGUAGES[number % len(LANGUAGES)]
        person = session.get(Person, moment.scene.person_id) if moment.scene.person_id else None
        chat = person.chat_id if person and person.chat_id else next(self.strangers)
        who = person.telegram_id if person and person.telegram_id else chat
        said = {"kind": moment.scene.kind, "params": moment.scene.params, "step": moment.step}
        key = f"{BOT}:{chat}"
        talk = session.get(Conversation, key) or Conversation(key=key, chat_id=chat)
        talk.state, talk.data, talk.touched_at = moment.step, {"language": language, "asked": said}, moment.scene.now
        session.add(talk)
        if person:
            person.language = language
        self.bot.now = moment.scene.now
        self.bot.heard.clear()
        return Incoming(BOT, number, chat, who, language), last_act(session)

    async def hears(self, moment: Moment, sent: Sent) -> None:
        """Let words, media or a button of which nothing is left come in at a moment, and look what comes of it."""
        incoming, before = self.store.write(self.puts, moment)
        if "data" in sent:
            await self.bot.press(incoming, sent["data"])
        else:
            await self.bot.write(incoming, **sent)
        replies, acts = self.store.read(
            lambda session: (conversation.look(session, incoming).repeated or (), acts_since(session, before))
        )
        self.faults += [
            f"{moment.scene.kind} ({moment.step}), {incoming.language}, {str(sent)[:200]}: {fault}"
            for fault in self._faults_of(moment, sent, replies, acts)
        ]

    def _faults_of(self, moment: Moment, sent: Sent, replies: Sequence[Reply], acts: frozenset[str]) -> Iterator[str]:
        """Look for one clear answer with a way on, within 600 characters, and for what was done by accident."""
        kinds = [reply.kind for reply in replies]
        words, agreed = AGREED.get((moment.step or "").partition(":")[0], (None, ""))
        if acts - ({agreed} if words and words.search(sent.get("text", "")) else set()):
            yield f"did by accident: {sorted(acts)}"
        said = sum(map(len, self.bot.heard))
        if not replies or len(self.bot.heard) != len(replies) or not 1 <= said <= REPLIES:
            yield f"{said} said of {kinds}"
            return
        long = sum(
            units(parse_html(message.text).text)
            for reply, messages in zip(replies, self.bot.heard, strict=True)
            if reply.kind not in WHOLE and reply.kind != moment.scene.kind
            for message in messages
        )
        if long > MOST:
            yield f"{kinds} have {long} characters"
        as_before = not moment.is_open and kinds[-1] == moment.scene.kind
        if not (as_before or replies[-1].step or any(map(_leads_on, self.bot.heard[-1]))):
            yield f"no way on from {kinds}"


def _leads_on(message: Message) -> bool:
    """Tell whether a message has a button or a phone, or is the file that was asked for."""
    return bool(message.rows or message.contact or message.document or PHONE.search(message.text))


def _turn(of: Sequence[Sent], number: int, most: int) -> Sequence[Sent]:
    """Give so much of something as a moment hears in its turn."""
    return [of[(number * most + each) % len(of)] for each in range(min(most, len(of)))]


@pytest.mark.asyncio
async def test_at_any_moment(store: Store, database_kind: str, scale: Scale, found: Found) -> None:
    here = Moments(store)
    every = list(moments(store.write(everything)))
    assert {moment.scene.kind for moment in every} == set(KINDS)
    assert {(moment.step or "").partition(":")[0] for moment in every} >= steps_of_the_code()  # a new one is in STEPS
    stale = [f"{verb}:{NOBODY}" for verb in verbs() if verb not in AT_ONCE]
    texts, aside = [{"text": text} for text in (*NOISE, *COMMANDS)], [{"text": text} for text in ASIDE]
    sorts: list[Sequence[Sent]] = [texts, aside, MEDIA, [{"data": data} for data in (*stale, *FORGED)]]
    anything = [sent for sort in sorts for sent in sort]
    often, seldom = (FEW, 1) if scale == SMALL else (MANY, MORE)
    put = list({moment.asks: moment for moment in every}.values())
    for number, moment in enumerate(put):
        if moment.is_open:
            await here.hears(_gone(moment), {"text": NOISE[0]})
            heard = [sent for sort, most in zip(sorts, often, strict=True) for sent in _turn(sort, number, most)]
        else:
            heard = [*_turn(anything, number, seldom)]
        for sent in heard:
            await here.hears(moment, sent)
    assert not here.faults, "\n".join(here.faults)
    found(
        "Anything at any moment of the conversation",
        database=database_kind,
        moments=len(put),
        answers=next(here.updates) - 1,
        done_by_accident=0,
    )
