"""Patterns of words: in their order, each maybe misspelt, with a few others between (`messages.asked_words`)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Final

from handlers.complaints import is_complaint
from handlers.nearness import is_near, near_ones, sound
from handlers.understanding import plain
from messages.asked_words import TOPICS
from messages.desk_words import DESK
from messages.wished_words import DENYING, FILLING, WISHES
from messages.words import COURTESIES

GAP: Final = 2
"""Other words that may stand between two of a pattern."""
WIDE_GAP: Final = 5
"""The same where a pattern says so."""
MOST: Final = 400
"""Characters of a question or a wish; more is a text."""
DIGITS: Final = 7
"""So many digits are a phone number."""
NEVER: Final = ("nunca", "tampoco", "jamas")
"""May stand for a «no» of a pattern."""
_TABLES: Final = (TOPICS, WISHES, DESK)


@dataclass(frozen=True)
class Pattern:
    """Words in order, each one of several, as they are heard."""

    words: tuple[frozenset[str], ...]
    asking: bool
    """It counts only in what sounds like a question."""
    whole: bool
    """It counts only where hardly anything else is said."""
    denying: bool
    """A «no» is part of it."""
    gap: int
    """How many other words may stand between two of them."""


Patterns = Mapping[str, tuple[Pattern, ...]]


def meant(word: str) -> frozenset[str]:
    """Say which of the patterns' words a word may be, as it is heard: itself, else those that it may misspell."""
    whole, beginnings = _vocabulary()
    found = {word} & whole or near_ones(word, whole)
    return frozenset(found | {each for each in beginnings if is_near(word, each)})


def is_asked_about(word: str) -> bool:
    """Tell whether a word, as it is heard, is one of those that are asked about."""
    return not _asked_about().isdisjoint(meant(word))


def match(said: Sequence[frozenset[str]], pattern: Pattern) -> set[int]:
    """Find a pattern's words in their order: their places, none where it is not there."""
    for start in range(len(said)):
        if (places := _from(said, pattern.words, range(start, start + 1), pattern.gap)) is not None:
            return set(places)
    return set()


def _from(
    said: Sequence[frozenset[str]], words: Sequence[frozenset[str]], where: range, gap: int
) -> tuple[int, ...] | None:
    """Find words in their order, the first of them in one of some places."""
    for place in where:
        if words[0].isdisjoint(said[place]):
            continue
        after = range(place + 1, min(len(said), place + 2 + gap))
        rest = _from(said, words[1:], after, gap) if words[1:] else ()
        if rest is not None:
            return (place, *rest)
    return None


def denies(words: Sequence[str]) -> set[int]:
    """Find the words that say that something is not so, or not wanted: their places."""
    places = {place for place, word in enumerate(words) if word in DENYING}
    return places | {n for n in range(1, len(words)) if (words[n - 1], words[n]) == ("can", "t")}


def is_whole(words: Sequence[str], places: set[int]) -> bool:
    """Tell whether hardly anything else is said than the words of a pattern."""
    return all(place in places or word in FILLING | COURTESIES for place, word in enumerate(words))


def is_short_enough(text: str) -> bool:
    """Tell whether a text may ask or wish: no long one, no phone number, no complaint."""
    return len(text) <= MOST and len(re.findall(r"\d", text, re.ASCII)) < DIGITS and not is_complaint(text)


@cache
def topics() -> Patterns:
    """Give the patterns of what is asked."""
    return _read_all(TOPICS)


@cache
def wishes() -> Patterns:
    """Give the patterns of what is wished."""
    return _read_all(WISHES)


@cache
def desk() -> Patterns:
    """Give the patterns of what organisers wish."""
    return _read_all(DESK)


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    """Give every word of the patterns, and every beginning of one."""
    written = chain.from_iterable(chain.from_iterable(table.values()) for table in _TABLES)
    words = frozenset(chain.from_iterable(chain.from_iterable(_read(each).words for each in written)))
    beginnings = frozenset(word for word in words if word.endswith("*"))
    return words - beginnings, beginnings


@cache
def _asked_about() -> frozenset[str]:
    return frozenset(chain.from_iterable(chain.from_iterable(each.words for each in chain(*topics().values()))))


def _read_all(written: Mapping[str, tuple[str, ...]]) -> Patterns:
    return {name: tuple(map(_read, each)) for name, each in written.items()}


def _read(written: str) -> Pattern:
    signs, words = _SIGNS.match(written), tokens_of(written)
    sign = signs[0] if signs else ""
    return Pattern(
        tuple(
            frozenset(
                f"{sound(each[:-1])}*" if each.endswith("*") else sound(plain(each))
                for each in (*word, *(NEVER if "no" in word else ()))
            )
            for word in words
        ),
        asking="?" in sign,
        whole="$" in sign,
        denying=any(each in DENYING or each == "t" for word in words for each in word),
        gap=0 if "=" in sign else WIDE_GAP if "~" in sign else GAP,
    )


_SIGNS: Final = re.compile(r"[?=~$]*")


def tokens_of(written: str) -> list[list[str]]:
    """Take a pattern apart: for each of its words, what it may be."""
    return [word.split("|") for word in written.lstrip("?=~$").split()]
