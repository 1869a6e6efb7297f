"""«Me equivoqué», in words, wherever the conversation is: what was given up last comes back."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from aiogram import Router
from sqlalchemy.orm import Session

from civic import leaving, parties, people, wards
from civic.conversation import Reply
from civic.schema import Registration
from handlers.chat import Chat
from handlers.courtesy import core
from handlers.filters import on_choice
from handlers.nearness import sound
from handlers.settled import QUESTIONS
from handlers.understanding import plain
from handlers.words import told_again
from messages.message import Button
from messages.mistake_words import AROUND, ITS_BUTTON, SAID

router = Router(name="mistakes")

MOST: Final = 12
"""Words of a text that says nothing else."""
BESIDES: Final = 2
"""Other words beside it, under the very button that takes something back."""


def is_mistake(text: str, *, besides: int = 0) -> bool:
    """Tell whether a whole text says that something was a mistake, and is about nothing else.

    `besides`: so many other words may stand beside it («me equivoqué con Rosa»).
    """
    words = [sound(word) for word in core(text)]
    if not 0 < len(words) <= MOST:
        return False
    said = f" {' '.join(words)} "
    rest = said
    for each in _said():
        rest = rest.replace(each, " ")
    return rest != said and len(set(rest.split()) - _around()) <= besides


def takes_back(buttons: Iterable[Button]) -> Button | None:
    """Find the button that takes back what was just done."""
    return next((each for each in buttons if not ITS_BUTTON.isdisjoint(map(plain, (each.label, *each.words)))), None)


@on_choice(router, "oops")
async def oops(_event: object, chat: Chat) -> None:
    """Take back what she did last, or for somebody on her phone: a place given up, BAJA; amid questions, an answer."""

    def back(session: Session) -> list[Reply]:
        asked = chat.open_question
        if asked:
            mine: dict[str, Any] = {
                word: asked.params[word] for word in ("registration", "for") if word in asked.params
            }
            return [Reply("changing", mine)] if asked.kind in QUESTIONS and "registration" in mine else [asked]
        found = leaving.given_up(session, chat.person_id, chat.now)
        given_up_at = found.cancelled_at if found is not None else None
        hushed_at = people.hushed_at(session, chat.person_id)
        if hushed_at is not None and hushed_at > (given_up_at or chat.now - leaving.REGRETTED):
            return told_again(session, chat)
        if found is None:
            return [Reply("nothing_back")]
        leaving.take_back(session, found, actor=chat.actor, now=chat.now)
        return [_shown(session, found, chat)]

    await chat.do(back)


def _shown(session: Session, found: Registration, chat: Chat) -> Reply:
    """Show what is hers again: her place, that of whom she signed up, or her companions."""
    if found.person_id is None:
        own = parties.own_in(session, found.party_id, chat.person_id) if chat.person_id is not None else None
        return Reply("party", {"registration": own.id}) if own else Reply("mine", {"page": 0})
    ward = (
        {}
        if found.person_id == chat.person_id
        else {"for": wards.acted_for(session, chat.person_id, found.person_id).id}
    )
    return Reply("place", {"registration": found.id, "pin": True, **ward})


@cache
def _said() -> tuple[str, ...]:
    heard = {f" {' '.join(map(sound, each.split()))} " for each in SAID}
    return tuple(sorted(heard, key=len, reverse=True))


@cache
def _around() -> frozenset[str]:
    return frozenset(map(sound, AROUND))
