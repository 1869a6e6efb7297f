"""What stands around an answer: greetings, titles and thanks; and a plain yes, no or «none», however it is put."""

import re
from functools import cache
from itertools import pairwise
from typing import Final

from handlers.nearness import tokens
from handlers.understanding import plain
from messages.wordlists import listed
from messages.words import AGREEING, BLESSINGS, COURTESIES, GREETED, GREETING, NONE, REFUSING, SKIPPING, THANKING


def core(text: str) -> list[str]:
    """Give the words of a text without greetings and courtesies."""
    said = tokens(text)
    return [
        word
        for place, word in enumerate(said)
        if word not in COURTESIES and not (word == "por" and said[place + 1 : place + 2] == ["favor"])
    ]


def agrees(text: str) -> bool:
    """Tell whether a whole text is a yes."""
    return not AGREEING.isdisjoint({plain(text), " ".join(core(text))})


def refuses(text: str) -> bool:
    """Tell whether a whole text is a no."""
    return not REFUSING.isdisjoint({plain(text), " ".join(core(text))})


def is_none(text: str) -> bool:
    """Tell whether a whole text means none of these, or no."""
    return not NONE.isdisjoint({plain(text), " ".join(core(text))}) or refuses(text)


def needs_nothing(text: str) -> bool:
    """Tell whether a whole text says that nothing is needed: «no gracias, estoy bien», «ninguna necesidad»."""
    said = tokens(text)
    unwell = any(word in _NOTHING and after in _BEING_WELL for word, after in pairwise(said))
    first = not _NOTHING.isdisjoint([word for word in said if word not in COURTESIES][:1])
    return first and not unwell and set(said) <= COURTESIES | _NOTHING | _WELL


_BEING_WELL: Final = frozenset({"estoy", "estamos", "bien", "fine", "ok", "okay", "well"})
_NOTHING: Final = frozenset({"no", "nada", "ninguno", "ninguna", "nothing", "none", "nadie", "nobody"})
_WELL: Final = listed(
    "necesito necesitamos necesita necesitan requiero requerimos ocupo necesidad ayuda apoyo estoy estamos bien"
    " yo mi nosotros por ahora a dios muchas mil need any support i we m am re fine ok okay well at all"
)


def skips(text: str) -> bool:
    """Tell whether a whole text leaves a question out."""
    return not SKIPPING.isdisjoint({plain(text), " ".join(core(text))})


def is_thanks(text: str) -> bool:
    """Tell whether a text is thanks and courtesies alone."""
    said = tokens(text)
    return not THANKING.isdisjoint(said) and set(said) <= COURTESIES | BLESSINGS


def is_greeting(text: str) -> bool:
    """Tell whether a text is a greeting and courtesies alone, however long the «holaaa» is."""
    said = [_once(word) for word in tokens(text)]
    return not _greeting().isdisjoint(said) and set(said) <= _greeting() | _around()


def _once(word: str) -> str:
    """Write a letter that is drawn out once: «holaaa»."""
    return re.sub(r"(.)\1+", r"\1", word)


@cache
def _greeting() -> frozenset[str]:
    return frozenset(map(_once, GREETING))


@cache
def _around() -> frozenset[str]:
    return frozenset(map(_once, COURTESIES | GREETED))
