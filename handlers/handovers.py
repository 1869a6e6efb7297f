"""A place signed up from another's phone, taken over: its code, said here, and the answer of who signed her up."""

import re
from dataclasses import replace
from typing import Final

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import handovers, parties, wards
from civic.conversation import Reply
from civic.errors import NothingOpen, RegistrationUnknown
from civic.registration import CODE_LENGTH, UNMISTAKABLE
from civic.schema import Registration
from handlers.chat import Chat, Choice
from handlers.filters import on_choice
from handlers.understanding import plain

router = Router(name="handovers")

_CODE: Final = re.compile(rf"[{UNMISTAKABLE}]{{{CODE_LENGTH}}}")
_CALLED: Final = frozenset({"codigo", "code"})
_BETWEEN: Final = re.compile(r"[\s.-]")
NO_CODES: Final = frozenset({"", "phone", "companions", "needs", "topics"})
"""Steps whose answers are never like a code; none is one of them."""
_NAMES: Final = frozenset({"name", "companion", "other"})
"""Steps whose answers may look like one: «FERNANDA»."""
_SAYING: Final = {
    "asked": "handover_asked",
    "wrong": "handover_wrong",
    "nobody": "handover_nobody",
    "already": "handover_already",
}
_ANSWERED: Final = {"given": "handover_given", "refused": "handover_kept", "gone": "handover_gone"}


def code_in(text: str) -> str | None:
    """Read a place's code that was written by itself: with a number in it, or in capitals; None for other words."""
    said = _BETWEEN.sub("", text.strip())
    code = said.upper()
    if not _CODE.fullmatch(code):
        return None
    return code if said == code or any(map(str.isdigit, code)) else None


def code_within(text: str) -> str | None:
    """Find the one code amid other words («mi código es 3WDEEN7P»); None where there is none, or several.

    One without a number in it is a code only beside that word, as a name may look like one.
    """
    named = not _CALLED.isdisjoint(plain(text).split())
    words = [word for word in re.findall(r"\w+", text) if not word.isdigit()]
    codes = [word.upper() for word in words if named or any(map(str.isdigit, word))]
    codes = [word for word in codes if _CODE.fullmatch(word)]
    return codes[0] if len(codes) == 1 and codes[0] != code_in(text) else None


class SaysCode(Filter):
    """A message that is a place's code, where it cannot be the answer to what was asked; amid names one that exists."""

    async def __call__(self, event: Message, chat: Chat, choice: Choice | None = None) -> bool:
        """Match text that is nothing else."""
        step = (chat.standing.step or "").split(":")[0]
        code = code_in(event.text or "") if choice is None else None
        if code is None or step not in NO_CODES | _NAMES:
            return False
        return step in NO_CODES or await chat.services.store.reading(_exists, code)


def _exists(session: Session, code: str) -> bool:
    return session.scalar(select(Registration.id).where(Registration.code == code)) is not None


@router.message(SaysCode())
async def said(event: Message, chat: Chat) -> None:
    """Show the place of a code that is hers to see; ask about any other, without saying what it is."""
    code = code_in(event.text or "") or ""
    await chat.do(lambda session: seen(session, chat, code))


@on_choice(router, "code")
async def named(_event: object, chat: Chat, choice: Choice) -> None:
    """Do the same with a code amid other words."""
    code = choice.args[0] if choice.args else ""

    def look(session: Session) -> list[Reply]:
        if not _CODE.fullmatch(code):
            raise NothingOpen
        return seen(session, chat, code)

    await chat.do(look)


@on_choice(router, "mycode")
async def ask(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask who signed her up."""

    def asked(session: Session) -> list[Reply]:
        code = choice.args[0] if choice.args else ""
        if not _CODE.fullmatch(code):
            raise NothingOpen
        incoming = replace(chat.incoming, language=chat.standing.language)
        came, made = handovers.ask(session, code, incoming, now=chat.now)
        if came == "here" and made is not None:
            return seen(session, chat, code)
        known = {"handover": made.id} if made is not None else {}
        return [Reply(_SAYING[came], known)]

    await chat.do(asked)


@on_choice(router, "hask")
async def question(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask again whether it is her, while that waits for an answer."""

    def asked(session: Session) -> list[Reply]:
        if handovers.waiting_for(session, choice.number(), chat.person_id) is None:
            raise NothingOpen
        return [Reply("handover", {"handover": choice.number()})]

    await chat.do(asked)


@on_choice(router, "hyes", "hno")
async def answer(_event: object, chat: Chat, choice: Choice) -> None:
    """Take the answer of who signed her up; a second one says what came of the first."""

    def answered(session: Session) -> list[Reply]:
        if chat.person_id is None:
            raise RegistrationUnknown
        done = handovers.answer(
            session,
            choice.number(),
            yes=choice.verb == "hyes",
            owner_id=chat.person_id,
            actor=chat.actor,
            now=chat.now,
        )
        return [Reply(_ANSWERED[done.state], {"handover": done.id})]

    await chat.do(answered)


def seen(session: Session, chat: Chat, code: str) -> list[Reply]:
    """Show a place by its code to who has it, or answers for her on this phone; ask anybody else what she wants."""
    own = chat.standing.person_id
    theirs = {each.id for each in wards.of(session, own)}
    found = session.scalar(select(Registration).where(Registration.code == code))
    if found is not None and own is not None and found.person_id == own:
        return [Reply("place", {"registration": found.id})]
    if found is not None and found.person_id in theirs:
        return [Reply("place", {"registration": found.id, "for": found.person_id})]
    by = found.registered_by if found is not None and found.person_id is None else None
    if found is not None and by is not None and by in {own, *theirs}:
        hers = parties.own_in(session, found.party_id, by)
        whose = {} if by == own else {"for": by}
        return [Reply("party", {"registration": hers.id, **whose}) if hers else Reply("mine", {"page": 0})]
    return [Reply("code_seen", {"code": code})]
