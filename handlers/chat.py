"""A chat with one person, while one update of it is handled."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import structlog
from aiogram import Bot
from sqlalchemy.orm import Session

from civic import conversation, in_question, wards
from civic.audit import Actor
from civic.conversation import Answer, Incoming, Reply, Standing, UseCase
from civic.errors import NothingOpen, Problem
from civic.meeting_file import DEFAULT_ZONE
from civic.store import Store
from handlers import standing
from messages import catalogue
from messages.errors import unable
from messages.for_whom import FOR
from messages.kind import Who
from messages.message import Message
from messages.voice import Links

log = structlog.get_logger(__name__)

PATIENCE = 2
"""Times in a row that somebody is not understood before she is told whom to call."""
DIGITS = 15
"""More than any id or page of ours has, and few enough for a database."""
ASKING = frozenset(
    {
        "question",
        "moved",
        "moved_all",
        "leaving",
        "ranking",
        "consent",
        "companions",
        "companions_meant",
        "about_which",
        "hush_ask",
        "pass_ask",
        "bring_split",
        "drop_which",
        "companion_name",
        "leave_whom",
        "party_consent",
        "who_are_you",
        "erase",
        "language",
        "offer",
        "feedback",
        "nudge",
        "fb_question",
        "follow_consent",
        "org_delete",
        "org_import",
        "org_import_report",
        "org_act_ask",
        "org_act_preview",
        "org_say_whom",
        "org_say_ask",
        "org_say_preview",
        "org_entity",
        "org_update_ask",
        "needs",
        "needs_ticked",
        "phone",
        "ask_again",
        "other_where",
        "other_who",
        "other_own",
        "other_consent",
        "other_together",
        "handover",
        "org_invited",
    }
)
"""Kinds of reply that ask something."""
FREELY = frozenset({"fb", "ont"})
"""Steps whose answer is whatever somebody wants to say: an opinion, a message to people. A greeting is part of it."""
_HERS = frozenset({"registration", "companion", "offer", "meeting", "subject", "since"})
"""What replies name that are about somebody's own affairs."""
_OF_ANYBODY = frozenset({"map", "report", "pqrsd", "forward"})
"""Kinds of reply that name a meeting, and say the same to everybody."""


def interrupting(kind: str, asked: Reply, /, *, step: str | None = None, **params: Any) -> Reply:
    """Say something that does not end what was said before: the words of its buttons are still understood."""
    return Reply(kind, {**params, "interrupted": asdict(interrupted(asked) or asked)}, step)


def interrupted(said: Reply) -> Reply | None:
    """Give what something interrupted, if it did."""
    before = said.params.get("interrupted")
    return Reply(**before) if before else None


def _for_her(use_case: UseCase, ward: int, session: Session) -> list[Reply]:
    """Run a use case for somebody signed up from this phone: what is said about what is hers says so."""
    return [
        replace(reply, params={"for": ward, **reply.params})
        if reply.kind not in _OF_ANYBODY and not _HERS.isdisjoint(reply.params)
        else reply
        for reply in use_case(session)
    ]


def _said_back(use_case: UseCase, meant: Reply, session: Session) -> list[Reply]:
    """Say what near words were taken to mean, before what came of it."""
    return [meant, *use_case(session)]


class Speaker(Protocol):
    """What puts a reply on its way."""

    async def __call__(self, bot: Bot, chat_id: int, messages: Sequence[Message], *, tapped: int | None) -> bool:
        """Send the messages; False when they could not be sent now and are still owed."""
        ...


@dataclass(frozen=True)
class Services:
    """What handlers are given: nothing is global."""

    store: Store
    clock: Callable[[], datetime]
    links: Links
    speak: Speaker
    zone: str = DEFAULT_ZONE
    """Of a meeting whose file names none (CONVOCA_TIMEZONE)."""


@dataclass(frozen=True)
class Choice:
    """A tapped button, or the same in words: `verb:arg:arg`."""

    verb: str
    args: tuple[str, ...]
    ward: int | None = None
    """For whom it acts who was signed up from this phone; None: for who taps."""
    meant: str | None = None
    """The label of the button that words were taken to mean, where they were not its very words."""
    rest: str | None = None
    """What else was said in the same message: maybe an answer to what is asked next."""

    @classmethod
    def parse(cls, text: str) -> "Choice":
        """Read a button's data; NothingOpen for one that acts for nobody whom we could have meant."""
        said, sign, ward = text.partition(FOR)
        verb, *args = said.split(":")
        return cls(verb, tuple(args), cls(verb, (ward,)).number() if sign else None)

    def number(self, place: int = 0) -> int:
        """Give an argument that is an id or a page; NothingOpen for a button that is not of ours."""
        said = self.args[place] if place < len(self.args) else ""
        if not (said.isascii() and said.isdigit() and len(said) <= DIGITS):
            raise NothingOpen
        return int(said)


@dataclass
class Chat:
    """One update of one person's chat: where it stands, and the way to answer."""

    services: Services
    bot: Bot
    incoming: Incoming
    now: datetime
    first_name: str
    """Her name as Telegram has it; stored nowhere before consent."""
    tapped: int | None = None
    """The message whose button was tapped."""
    words: str | None = None
    """What she wrote."""
    choice: Choice | None = None
    """The button that was tapped, or that her words mean."""
    along: Callable[[UseCase, Session], Sequence[Reply]] | None = None
    """Runs a use case, and does what else was said in the same message."""
    meant: Reply | None = None
    """What near words were taken to mean, to be said back before what came of it."""
    found: Standing | None = None
    """Where the chat stands, once that was looked at: before a handler of words, within `do` for one of taps."""
    ward: int | None = None
    """For whom this update acts who was signed up from this phone, as it says itself; None: for who writes."""
    answering: str | None = None
    """The step that words were taken to answer; where another one is open by then, they answer nothing."""
    acts_for: int | None = None
    """The same, once `do` has seen that it may: who writes answers for her."""

    @property
    def standing(self) -> Standing:
        """Where the chat stands. A tap asks for it within `do` alone: one look in the transaction that acts."""
        if self.found is None:
            raise LookupError("where a tap's chat stands is known within `do`")
        return self.found

    @property
    def person_id(self) -> int | None:
        """Who she is, once she has consented to anything; or for whom she acts within `do`, on her phone."""
        return self.standing.person_id if self.acts_for is None else self.acts_for

    @property
    def asked_for(self) -> int | None:
        """For whom what was asked last is who was signed up from this phone; None: for who writes."""
        asked = self.open_question or self.standing.asked
        return asked.params.get("for") if asked else None

    @property
    def speaks_freely(self) -> bool:
        """Whether what is written now is said whole to somebody, greetings and thanks too."""
        return (self.standing.step or "").split(":")[0] in FREELY

    @property
    def open_question(self) -> Reply | None:
        """What was asked last and waits for an answer: worth saying again after something else was said."""
        asked = self.standing.asked
        if asked and asked.kind == "lost":
            asked = interrupted(asked)
        return asked if asked and (asked.step or asked.kind in ASKING) else None

    def asked_about(self) -> int:
        """Say which registration the open step is about; raises NothingOpen where it names none."""
        return Choice.parse(self.standing.step or "").number()

    @property
    def said_before(self) -> Reply | None:
        """What was said last, or what that interrupted."""
        asked = self.standing.asked
        return (interrupted(asked) or asked) if asked else None

    def meetings_in_question(self, session: Session) -> list[int]:
        """List the ids of the meetings that she may speak of: one where that is clear."""
        said = (self.said_before, *reversed(self.standing.beside), self.standing.news)
        found = in_question.meetings_in_question(session, said, self.person_id, self.now)
        return [each.id for each in found]

    def at_a_loss(self, session: Session, said: Reply, *, kindly: bool = False) -> list[Reply]:
        """Say that she was not understood, and what was asked; twice in a row, whom to call. Part of a use case.

        `kindly`: what is said names whom to call itself.
        """
        asked = self.open_question
        before = asked or self.said_before
        if conversation.misunderstood(session, self.standing) >= PATIENCE and not kindly:
            about: dict[str, Any] = {"meetings": self.meetings_in_question(session)}
            return [interrupting("lost", before, step=before.step, **about) if before else Reply("lost", about)]
        if asked:
            return [said, asked]
        return [interrupting(said.kind, before, **said.params) if before else said]

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return Actor(self.standing.person_id, "chat")

    async def do(self, use_case: UseCase) -> None:
        """Run one use case in one transaction, once however often the update comes, and answer after the commit.

        A Problem undoes all it did, and is answered in words; after an unclear answer the question stays open.
        """
        try:
            answer, messages = await self._handle(use_case)
        except Problem as problem:
            await self.refuse(problem)
        else:
            self.answering = None
            await self._answer(answer, messages)

    async def refuse(self, problem: Problem) -> None:
        """Say that something cannot be done, why, and how what it was about stands."""
        self.ward, self.acts_for = self.acts_for, None  # for nobody whom she does not answer for
        self.answering = None
        await self._answer(*await self._handle(lambda session: standing.refused(session, self, problem)))

    async def reply(self, kind: str, *, step: str | None = None, **params: Any) -> None:
        """Answer with something that changes nothing but the open question."""
        await self.do(lambda _session: [Reply(kind, params, step)])

    async def repeat(self, replies: Sequence[Reply]) -> None:
        """Say again what this update was answered before."""
        answer = Answer(tuple(replies), self.standing.person_id, self.standing.language)
        await self._answer(answer, await self.services.store.reading(self._first, answer))

    async def _handle(self, use_case: UseCase) -> tuple[Answer, Sequence[Message]]:
        """Run a use case, once; give its answer, and the first reply in words."""

        def act(session: Session) -> Answer:
            self.found = conversation.look(session, self.incoming)
            does = use_case
            if self.ward is not None and self.found.repeated is None:
                self.acts_for = wards.acted_for(session, self.found.person_id, self.ward).id
                does = partial(_for_her, use_case, self.acts_for)
            if self.along is not None:
                does = partial(self.along, does)
            if self.meant is not None:
                does = partial(_said_back, does, self.meant)
            return conversation.handle(session, self.incoming, self.found, does, answering=self.answering, now=self.now)

        return await self.services.store.answering(act, self._first)

    async def _answer(self, answer: Answer, messages: Sequence[Message]) -> None:
        """Say replies in the person's language as the world is now; what cannot be sent now becomes an owed row."""
        for number, reply in enumerate(answer.replies):
            if number:
                messages = await self.services.store.reading(self._render, answer, reply)
            tapped = None if number else self.tapped
            if not await self.services.speak(self.bot, self.incoming.chat_id, messages, tapped=tapped):
                owed = answer.replies[number:]
                await self.services.store.transaction(conversation.owe, self.incoming, owed, now=self.now)
                log.warning("reply.owed", kind=reply.kind, update_id=self.incoming.update_id)
                return

    def _first(self, session: Session, answer: Answer) -> Sequence[Message]:
        return self._render(session, answer, answer.replies[0]) if answer.replies else ()

    def _render(self, session: Session, answer: Answer, reply: Reply) -> Sequence[Message]:
        who = Who(answer.person_id, answer.language)
        params = {**reply.params, **reply.unkept}
        said = catalogue.render(session, who, reply.kind, params, now=self.now, links=self.services.links)
        if said or reply is not answer.replies[-1] or any(each.kind == "pqrsd" for each in answer.replies[:-1]):
            return said  # who complains is told where by itself
        gone = unable(NothingOpen())  # what was asked is settled since, and cannot be asked again
        return catalogue.render(session, who, "unable", gone, now=self.now, links=self.services.links)
