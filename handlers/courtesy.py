"""What stands around an answer: greetings, titles and thanks; and a plain yes, no or «none», however it is put."""

import re
from functools import cache

from handlers.nearness import tokens
from handlers.understanding import plain
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
