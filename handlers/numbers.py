"""Numbers in words: «setenta y dos», «la primera y la tercera», «primero la tres y después la uno»."""

import re
from typing import Final

from handlers.courtesy import core
from handlers.nearness import tokens
from handlers.understanding import plain
from messages.number_words import ALL, AROUND_NUMBERS, FIRST_OF_ALL, LARGER, TENS, UNITS
from messages.words import COURTESIES, ORDINALS

DIGITS: Final = 3
"""Of an age; more is another number."""
_NAMED: Final = LARGER | TENS | UNITS
AROUND_ONE: Final = frozenset(ORDINALS) | {"last", "this", "that"}
"""Before «one», which is no number then: «the second one»."""
ARTICLES: Final = frozenset({"el", "la", "los", "las", "lo", "the"})


def numbers_in(text: str) -> list[int]:
    """Give the numbers that a text names, in digits or written out, up to three digits; articles are none."""
    found: list[int] = []
    words = _words(text)
    for place, word in enumerate(words):
        before = words[max(place - 2, 0) : place]
        if word.isascii() and word.isdigit():
            found += [int(word)] if len(word) <= DIGITS else []
        elif word in UNITS and found and UNITS[word] < 10 and _ten_before(before):  # noqa: PLR2004 - of the tens
            found[-1] += UNITS[word]
        elif word in _NAMED:
            found.append(_NAMED[word])
    return found


def listed_numbers(text: str) -> list[int] | None:
    """Read a list of numbers or ordinals, in its order; None for a text that says anything else."""
    words = _words(text)
    found: list[int] = []
    for place, word in enumerate(words):
        before, after = words[place - 1 : place], words[place + 1 : place + 2]
        if word in FIRST_OF_ALL and ARTICLES.isdisjoint(before) and (_number(after) or not ARTICLES.isdisjoint(after)):
            continue
        number = ORDINALS.get(word, _number([word]))
        if (number is None and word not in AROUND_NUMBERS | COURTESIES) or word in TENS:
            return None
        if number is not None and not (word == "one" and found and not AROUND_ONE.isdisjoint(before)):
            found.append(number)
    return found or None


def means_all(text: str, size: int) -> bool:
    """Tell whether a text means each of so many that are listed: «todas», «las tres»."""
    said = " ".join(core(text))
    counted = re.fullmatch(r"(?:todas |all )?(?:las|los|the|of) (\w+)", said)
    return plain(text) in ALL or said in ALL or bool(counted and _number([counted[1]]) == size > 1)


def _number(words: list[str]) -> int | None:
    """Read the first of some words as a number."""
    word = words[0] if words else ""
    return int(word) if word.isascii() and word.isdigit() and len(word) < DIGITS else _NAMED.get(word)


def _ten_before(words: list[str]) -> bool:
    """Tell whether a number of tens stands right before a unit, maybe with «y»."""
    return words[-1:] != [] and (words[-1] in TENS or (words[-1] in {"y", "and"} and words[0] in TENS))


def _words(text: str) -> list[str]:
    return tokens(_apart(text))


def _apart(text: str) -> str:
    """Part words that a hyphen joins: «seventy-one»."""
    return re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", text)
