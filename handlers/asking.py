"""What somebody asks in between: understood by its words, answered first from the meeting's own `faq`."""

import re
from collections.abc import Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final

from civic.schema import Meeting
from handlers import patterns
from handlers.courtesy import core
from handlers.naming import wordings
from handlers.nearness import is_near, sound, tokens
from messages.question_words import AROUND_IT, ASKS, BETWEEN, GENERAL, KNOWING, LEADING, MAYS, OPENERS, PUTTING
from messages.wished_words import BETWEEN_CLAUSES

NEAR_THE_START: Final = 5
BRIEF: Final = 2
"""Words that can be a question without a sign of one: «parqueadero para moto»."""
TOGETHER: Final = 3
"""Questions that are answered at once."""
COVERED: Final = 0.6
"""Share of what a question of the `faq` is about that a text must name."""
OTHER: Final = "faq"
"""What is no topic of ours, but of the meeting's own questions."""


def topics(text: str, *, alone: bool = True) -> list[str]:
    """Say what a text asks about, in its order, at most three; nothing for what asks nothing that we know.

    `alone`: a word by itself asks, too («parqueo»), as nothing is open that takes words for its answer; where it is,
    what is told at length asks nothing.
    """
    return list(_asked(text, alone=alone))


def _asked(text: str, *, alone: bool) -> dict[str, set[int]]:
    """Find what a text asks about, in its order, each with the places of its words.

    Where its parts ask more than it does as a whole, they are several questions.
    """
    words = tokens(text)
    if not patterns.is_short_enough(text) or ("?" not in text and _knows(words)):
        return {}
    asking, brief = _is_put(text), alone or len(_about(text)) <= BRIEF
    whole = _chosen(_found(text, text, asking=asking, brief=brief, alone=alone))
    parts: dict[str, set[int]] = {}
    begins = 0
    for part in _AND.split(text):
        for topic, places in _chosen(_found(part, text, asking=asking, brief=brief, alone=alone)).items():
            parts.setdefault(topic, {begins + place for place in places})
        begins += len(tokens(part))
    return dict(list(parts.items())[:TOGETHER]) if len(parts) > len(whole) else whole


_AND: Final = re.compile(r"([?,;.\n]|\b(?:y|e|o|and|or)\b)", re.IGNORECASE)
"""Between two questions of a text."""


def _about(text: str) -> list[str]:
    """Give the words of a text that may say what it is about."""
    return [word for word in core(text) if word not in AROUND_IT]


def _found(part: str, text: str, *, asking: bool, brief: bool, alone: bool) -> "Finds":
    """Find what a part of a text asks about: for each topic how much of it there is, and where, each time."""
    words = tokens(part)
    said = [sound(word) for word in words]
    meant = [frozenset() if word in BETWEEN_CLAUSES else patterns.meant(sound(word)) for word in words]
    denied = set() if "?" in text else patterns.denies(words)
    short = _about(text)
    bare = alone and len(short) <= BRIEF and all(patterns.is_asked_about(sound(word)) for word in short)
    found: Finds = {}
    for topic, each in patterns.topics().items():
        for pattern in each:
            places = patterns.match(meant, pattern)
            if not places or _is_denied(places, denied) or (pattern.whole and not patterns.is_whole(words, places)):
                continue
            if asking or _has_a_question_word(words, places) or (bare if pattern.asking else brief):
                weight = len(places), sum(len(said[place]) for place in places)
                found.setdefault(topic, []).append((weight, places))
    return found


Finds = dict[str, list[tuple[tuple[int, int], set[int]]]]
"""By topic: how many words and letters of a text are about it, and the places of these words, each time."""


def _chosen(found: Finds) -> dict[str, set[int]]:
    """Choose of what was found what a text asks, at most so many, in its order: the most words decide."""
    best = {topic: max(each, key=itemgetter(0)) for topic, each in found.items()}
    covered = {topic: set[int]().union(*(places for _, places in each)) for topic, each in found.items()}
    kept = [
        topic
        for topic, (_, places) in best.items()
        if not any(_is_part(places, other) for name, other in covered.items() if name != topic)
    ]
    chosen: dict[str, set[int]] = {}
    for topic in sorted(kept, key=lambda topic: best[topic][0], reverse=True):
        _, places = best[topic]
        if all(places.isdisjoint(other) for other in chosen.values()) and len(chosen) < TOGETHER:
            chosen[topic] = places
    return dict(sorted(chosen.items(), key=lambda each: min(each[1])))


def _is_part(places: set[int], other: set[int]) -> bool:
    """Tell whether the words of a topic belong to another one: are among its words, or a single one between them."""
    return places < other or (len(places) == 1 < len(other) and min(other) < min(places) < max(other))


def _knows(words: Sequence[str]) -> bool:
    """Tell whether somebody says that she knows or has something already: «ya sé dónde es»."""
    said = [word for word in words[:NEAR_THE_START] if word not in BETWEEN]
    return len(said) > 1 and said[1] in KNOWING.get(said[0], ())


def _has_a_question_word(words: Sequence[str], places: set[int]) -> bool:
    """Tell whether a pattern was found by a word of asking: «a qué hora», but not «tengo que»."""
    return any(
        words[place] in ASKS
        or (words[place] == "que" and (place == min(places) or (words[place - 1], "que") in _BEFORE_WHAT))
        for place in places
    )


def _is_denied(places: set[int], denied: set[int]) -> bool:
    """Tell whether a «no» of another thought stands before the words of a pattern, or among them."""
    return any(min(places) - 1 <= place <= max(places) and place not in places for place in denied)


def asks_something(text: str) -> bool:
    """Tell whether a text asks, though we may not know what."""
    first = core(text)[:1]
    return patterns.is_short_enough(text) and len(core(text)) > 1 and ("?" in text or bool(first and first[0] in ASKS))


def sounds_like_a_question(text: str) -> bool:
    """Tell whether a text is put as a question, with or without its marks.

    A word of asking stands near its beginning or bears its accent; «hay», «toca», «is» at the very beginning.
    """
    told = "?" not in text and _CANNOT.search(text) is not None and ASKS.isdisjoint(tokens(text))
    return not told and (_is_put(text) or core(text)[:1] == ["que"])


def _is_put(text: str) -> bool:
    """Tell the same of a text that does not just begin with «que», as wishes and sighs do, too."""
    said = core(text)
    while said[:1] and said[0] in LEADING:
        said = said[1:]
    near = said[:NEAR_THE_START]
    return (
        "?" in text
        or _ACCENTED.search(text) is not None
        or (said[:1] != [] and said[0] in OPENERS and not _OF_HERSELF.search(text))
        or any(word in ASKS or (word in MAYS and near[n - 1 : n] != ["no"]) for n, word in enumerate(near))
        or not PUTTING.isdisjoint(tokens(text)[:NEAR_THE_START])
        or not _BEFORE_WHAT.isdisjoint({*pairwise(near)} & {*pairwise(tokens(text))})
    )


_ACCENTED: Final = re.compile(r"\b(?:quién(?:es)?|cuál(?:es)?|cómo|cuándo|a?dónde|cuánt[oa]s?)\b", re.IGNORECASE)
_CANNOT: Final = re.compile(r"\bcan(?:'|’)?(?:no)?t\b|\bcan not\b", re.IGNORECASE)
_OF_HERSELF: Final = re.compile(r"^\W*(?:me|nos)\s+toca\b", re.IGNORECASE)
"""«Me toca trabajar» is told, «toca llevar algo» asked."""
_BEFORE_WHAT: Final = frozenset((word, "que") for word in ("a", "en", "hasta", "desde", "para", "pa"))


def of_the_faq(text: str, asked: Sequence[str], meeting: Meeting) -> list[tuple[str, int | None]]:
    """Say for each topic asked about which of the meeting's own questions is on it.

    One that a text names comes instead of the topics that are in the same words.
    """
    faq = meeting.faq
    may = patterns.is_short_enough(text) and (asked or sounds_like_a_question(text))
    named, places = _most_named(text, faq) if may else (None, set[int]())
    if named is None:
        return [(topic, on_topic(topic, faq)) for topic in asked]
    places_of = _asked(text, alone=True)
    same = [topic for topic in asked if places_of.get(topic, places) & places]
    others = [(topic, on_topic(topic, faq)) for topic in asked if topic not in same]
    return [((same or [OTHER])[0], named), *(each for each in others if each[1] != named)]


def _most_named(text: str, faq: Sequence[dict[str, Any]]) -> tuple[int | None, set[int]]:
    """Find the question of which a text names most of what it is about, and the places of the words that do."""
    said = [sound(word) if _is_of_weight(word) else "" for word in tokens(text)]
    best: tuple[float, int | None, set[int]] = 0.0, None, set()
    for number, each in enumerate(faq):
        for wording in wordings(each["question"]):
            about = {sound(word) for word in core(wording) if _is_of_weight(word)}
            shared = {meant: _named(meant, said) for meant in about}
            places = {place for named in shared.values() for place in named}
            share = sum(map(bool, shared.values())) / len(about) if about else 0.0
            if share >= COVERED and share > best[0]:
                best = share, number, places
    return best[1], best[2]


def _named(meant: str, said: Sequence[str]) -> set[int]:
    return {n for n, word in enumerate(said) if word and (is_near(word, meant) or is_near(meant, word))}


def on_topic(topic: str, faq: Sequence[dict[str, Any]]) -> int | None:
    """Find the meeting's own question on a topic."""
    return next(
        (
            number
            for number, each in enumerate(faq)
            if any(topic in topics(_as_question(wording)) for wording in wordings(each["question"]))
        ),
        None,
    )


def _as_question(text: str) -> str:
    return text if "?" in text else f"{text}?"


def _is_of_weight(word: str) -> bool:
    """Tell whether a word of a question says what it is about: not «llevar» or «hay», which are in many."""
    return len(word) > 2 and word not in OPENERS | GENERAL  # noqa: PLR2004 - letters
