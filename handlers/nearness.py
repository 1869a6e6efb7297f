"""When words are near enough: folded to how they sound, then a letter or two apart (RapidFuzz)."""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from handlers.understanding import plain
from messages.question_words import COMMON, SHORT

EXACT: Final = 4
"""Letters up to which a word must be spelt as it is: another one of that length is too often one letter away."""
ONE_OFF: Final = 7
"""Letters up to which one may be wrong; beyond, two."""
_SOUNDS: Final = (
    ("sh", "\1"),
    ("ch", "\2"),
    ("h", ""),
    ("qu", "k"),
    ("ll", "y"),
    ("v", "b"),
    ("z", "s"),
    ("ce", "se"),
    ("ci", "si"),
    ("c", "k"),
    ("ge", "je"),
    ("gi", "ji"),
    ("gue", "ge"),
    ("gui", "gi"),
    ("w", "gu"),
    ("\1", "sh"),
    ("\2", "ch"),
)


@lru_cache(4096)
def sound(word: str) -> str:
    """Fold a plain word to how it is heard, so that what is written by ear falls together: «vus», «bus»."""
    for written, heard in _SOUNDS:
        word = word.replace(written, heard)
    kept = [letter for place, letter in enumerate(word) if letter.isdigit() or word[place - 1 : place] != letter]
    return "".join(kept)


def tokens(text: str) -> list[str]:
    """Take a text apart into plain words, those spelt out that people shorten."""
    return list(chain.from_iterable(SHORT.get(word, word).split() for word in plain(text).split()))


def sounds(text: str) -> list[str]:
    """Take a text apart into words as they are heard."""
    return [sound(word) for word in tokens(text)]


def is_near(said: str, word: str) -> bool:
    """Tell whether a word as it is heard may be a misspelling of another one (`ab*`: of its beginning)."""
    if word.endswith("*"):
        return said.startswith(word[:-1])
    if said == word:
        return True
    if len(word) <= EXACT or abs(len(said) - len(word)) > 2 or said in _common():  # noqa: PLR2004 - letters off
        return False
    most = 1 if len(word) <= ONE_OFF else 2
    return OSA.distance(said, word, score_cutoff=most) <= most


def near_ones(said: str, words: frozenset[str]) -> set[str]:
    """Find the words that one, as it is heard, may be a misspelling of."""
    if len(said) < EXACT:
        return set()
    found = process.extract(said, words, scorer=OSA.distance, score_cutoff=2, limit=None)
    return {word for word, _, _ in found if is_near(said, word)}


def closest(text: str, options: Sequence[Iterable[str]]) -> int | None:
    """Find the one option, each a few wordings, that a text is near to; None for none, or for two equally near."""
    said = " ".join(sounds(text))
    if len(said) <= EXACT - 1:
        return None
    scored = sorted(
        (
            (min((_apart(said, wording) for wording in wordings), default=1.0), number)
            for number, wordings in enumerate(options)
        ),
    )
    if not scored or scored[0][0] > _FAR or (len(scored) > 1 and scored[1][0] - scored[0][0] < _CLEAR):
        return None
    return scored[0][1]


_FAR: Final = 0.21
"""Share of its letters that may be wrong in an answer."""
_CLEAR: Final = 0.1
"""How much nearer the one meant must be than the next."""


def _apart(said: str, wording: str) -> float:
    """Say how far a text is from a wording: 0 the same, 1 nothing alike."""
    meant = " ".join(sounds(wording))
    if len(meant) <= EXACT - 1:
        return 0.0 if said == meant else 1.0
    if said != meant and (said in _common() or _digits(said) != _digits(meant)):
        return 1.0
    return float(OSA.normalized_distance(said, meant))


def _digits(text: str) -> list[str]:
    """Give the numbers of a text: one that is another number is no misspelling."""
    return re.findall(r"\d+", text, re.ASCII)


@cache
def _common() -> frozenset[str]:
    return frozenset(sound(word) for word in COMMON)
