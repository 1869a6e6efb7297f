"""What stands around an answer: greetings, titles and thanks; and a plain yes, no or «none», however it is put."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final

from handlers.nearness import tokens
from handlers.understanding import plain
from messages.manner_words import (
    ALL_THE_SAME,
    ALL_THE_SAME_AROUND,
    FINE,
    NEEDING,
    NEEDING_AROUND,
    NO,
    NO_AROUND,
    NONE_AROUND,
    NONE_OF,
    NOT_SAYING,
    NOT_SAYING_AROUND,
    NOTHING,
    PASSING,
    PASSING_AROUND,
    SAYING,
    YES,
    YES_AROUND,
    YOU_CHOOSE,
)
from messages.words import (
    AGREEING,
    BLESSINGS,
    COURTESIES,
    GREETED,
    GREETING,
    INDIFFERENT,
    NONE,
    REFUSING,
    SKIPPING,
    THANKING,
)


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
    return _is_one_of(text, AGREEING) or _says_only(text, YES, YES_AROUND)


def refuses(text: str) -> bool:
    """Tell whether a whole text is a no."""
    return _is_one_of(text, REFUSING) or _says_only(text, NO, NO_AROUND)


def is_none(text: str) -> bool:
    """Tell whether a whole text means none of these, or no."""
    return _is_one_of(text, NONE) or refuses(text) or _says_only(text, NONE_OF, NONE_AROUND)


def needs_nothing(text: str) -> bool:
    """Tell whether a whole text says that nothing is needed: «no gracias, estoy bien», «ninguna necesidad»."""
    said = [part for part in map(tokens, _PARTS.split(text)) if not COURTESIES.issuperset(part)]
    return bool(said) and all(is_none(" ".join(part)) or _needs_nothing(part) for part in said)


def _needs_nothing(said: Sequence[str]) -> bool:
    unwell = any(word in NOTHING and after in FINE | _BEING for word, after in pairwise(said))
    known = COURTESIES | NOTHING | NEEDING | NEEDING_AROUND | FINE
    needless = not NOTHING.isdisjoint(said) and not NEEDING.isdisjoint(said)
    fine = not FINE.isdisjoint(said)
    return known.issuperset(said) and not unwell and (needless or fine)


_BEING: Final = frozenset({"estoy", "estamos", "am", "re"})
_PARTS: Final = re.compile(r"[,.;:!\n]+")


def skips(text: str) -> bool:
    """Tell whether a whole text leaves a question out."""
    if _is_one_of(text, SKIPPING) or _says_only(text, PASSING, PASSING_AROUND):
        return True
    denied = not NOT_SAYING.isdisjoint(tokens(text))
    return denied and _says_only(text, SAYING, NOT_SAYING | NOT_SAYING_AROUND)


def is_all_the_same(text: str) -> bool:
    """Tell whether a whole text says that one is as good as another: «cualquiera», «el que toque»."""
    said = " ".join(core(text))
    chosen = any(re.fullmatch(pattern, each) for pattern in YOU_CHOOSE for each in (said, plain(text)))
    return _is_one_of(text, INDIFFERENT) or chosen or _says_only(text, ALL_THE_SAME, ALL_THE_SAME_AROUND)


def _is_one_of(text: str, wordings: frozenset[str]) -> bool:
    return not wordings.isdisjoint({plain(text), " ".join(core(text))})


def _says_only(text: str, meant: frozenset[str], around: frozenset[str]) -> bool:
    """Tell whether a text that asks nothing says what is meant, and nothing but what may stand around it."""
    said = set(tokens(text))
    return "?" not in text and not meant.isdisjoint(said) and said <= meant | around | COURTESIES


def is_thanks(text: str) -> bool:
    """Tell whether a text is thanks and courtesies alone."""
    said = tokens(text)
    return not THANKING.isdisjoint(said) and set(said) <= COURTESIES | BLESSINGS and NONE_OF.isdisjoint(said[:1])


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
