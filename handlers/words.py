"""Words that mean the same wherever the conversation is: BAJA and what it leaves, ALTA, thanks, a complaint."""

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic import offers, people, versions, wards
from civic.conversation import Reply
from handlers.changes import news
from handlers.chat import Chat, Choice
from handlers.complaints import Complains
from handlers.courtesy import is_thanks
from handlers.filters import on_choice
from handlers.understanding import plain
from messages.words import SILENCE, TALK_AGAIN, THANKS

router = Router(name="words")


class Says(Filter):
    """A whole message that is one of these words; inside a longer answer they are just words."""

    def __init__(self, words: frozenset[str], *, always: bool = False) -> None:
        """Take the words, and whether they count even where somebody gives her opinion in words."""
        self._words = words
        self._always = always

    async def __call__(self, event: Message, chat: Chat, choice: Choice | None = None) -> bool:
        """Match the whole text, in any case, accents and punctuation."""
        if plain(event.text or "") not in self._words:
            return False
        return self._always or (choice is None and not chat.speaks_freely)


@router.message(Says(SILENCE, always=True))
@on_choice(router, "hush")
async def hush(_event: object, chat: Chat) -> None:
    """Tell her nothing unprompted any more, and say that her places are still hers."""

    def silence(session: Session) -> list[Reply]:
        people.hush(session, chat.person_id, actor=chat.actor, now=chat.now)
        return [Reply("hushed")]

    await chat.do(silence)


@on_choice(router, "changes")
async def only_changes(_event: object, chat: Chat) -> None:
    """Tell her moves and cancellations alone, and at once those that she missed."""

    def choose(session: Session) -> list[Reply]:
        people.tell_changes(session, chat.person_id, actor=chat.actor, now=chat.now)
        return [Reply("only_changes"), *_missed(session, chat)]

    await chat.do(choose)


@on_choice(router, "leaving")
async def leaving(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask which place she leaves."""
    await chat.reply("leaving", page=choice.number() if choice.args else 0)


@router.message(Says(TALK_AGAIN, always=True))
@on_choice(router, "alta")
async def talk_again(_event: object, chat: Chat) -> None:
    """Tell her everything again, and at once what changed of her meetings meanwhile."""

    def resume(session: Session) -> list[Reply]:
        return told_again(session, chat)

    await chat.do(resume)


def told_again(session: Session, chat: Chat) -> list[Reply]:
    """Tell her everything again, say so, and what she missed that matters still. Part of a use case."""
    people.unhush(session, chat.person_id, actor=chat.actor, now=chat.now)
    offered = [
        Reply("offer", {"offer": offer, **({"for": ward} if ward else {})})
        for ward in _theirs(session, chat)
        for offer in offers.open_for(session, ward or chat.person_id or 0, chat.now)
    ]
    return [Reply("unhushed"), *_missed(session, chat), *offered]


def _theirs(session: Session, chat: Chat) -> list[int | None]:
    """List who is told on her phone: herself (None), if she is known, and who was signed up from it."""
    return [None, *(each.id for each in wards.of(session, chat.person_id))] if chat.person_id is not None else []


def _missed(session: Session, chat: Chat) -> list[Reply]:
    """Say which of her meetings moved or were called off while nothing was told on her phone, in their order."""
    missed = [
        (meeting, own, ward)
        for ward in _theirs(session, chat)
        for own, meeting in versions.missed(session, ward or chat.person_id or 0, now=chat.now)
    ]
    missed.sort(key=lambda each: each[0].id)
    return [
        reply for meeting, own, ward in missed for reply in news(session, meeting, chat, own.known_version, ward=ward)
    ]


class Thanks(Filter):
    """Thanks, with blessings and courtesies around them; an opinion in words is none."""

    async def __call__(self, event: Message, chat: Chat, choice: Choice | None = None) -> bool:
        """Match a text that says nothing else."""
        return choice is None and not chat.speaks_freely and is_thanks(event.text or "")


@router.message(Says(THANKS))
@router.message(Thanks())
async def thanks(_event: object, chat: Chat) -> None:
    """Answer a courtesy with a courtesy."""
    said = [Reply("thanks_here"), chat.open_question] if chat.open_question else [Reply("thanks")]
    await chat.do(lambda _session: said)


@router.message(Complains())
async def complaint(_event: object, chat: Chat) -> None:
    """Point a complaint to where somebody must answer it (M16)."""
    pointer = [Reply("pqrsd"), *([chat.open_question] if chat.open_question else [])]
    await chat.do(lambda _session: pointer)


@on_choice(router, "pqrsd")
async def complain(_event: object, chat: Chat, choice: Choice) -> None:
    """Point to the channel of the meeting in question, or of those that concern her (M16)."""
    await chat.do(lambda _session: [Reply("pqrsd", {"meeting": choice.number()} if choice.args else {})])
