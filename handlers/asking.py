"""What somebody asks in between: understood by its words, answered first from the meeting's own `faq`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise
from typing import Any, Final

from civic.columns import Text
from civic.schema import Meeting
from handlers.complaints import is_complaint
from handlers.courtesy import core
from handlers.nearness import is_near, near_ones, sound, sounds, tokens
from handlers.understanding import plain
from messages.asked_words import AROUND_IT, ASKS, BETWEEN, KNOWING, LEADING, MAYS, OPENERS, PUTTING, TOPICS
from messages.company_words import ONE, SEVERAL
from messages.wished_words import CONDITIONS, LATER, WISHES
from messages.wordlists import listed

GAP: Final = 2
"""Other words that may stand between two of a pattern."""
WIDE_GAP: Final = 5
"""The same where a pattern says so."""
NEAR_THE_START: Final = 5
BRIEF: Final = 2
"""Words that can be a question without a sign of one: «parqueadero para moto»."""
MOST: Final = 400
"""Characters of a question; more is a text."""
DIGITS: Final = 7
"""So many digits are a phone number."""
TOGETHER: Final = 2
"""Questions that are answered at once."""
COVERED: Final = 0.6
"""Share of what a question of the `faq` is about that a text must name."""
OTHER: Final = "faq"
"""What is no topic of ours, but of the meeting's own questions."""


@dataclass(frozen=True)
class Pattern:
    """Words in order, each one of several, as they are heard."""

    words: tuple[frozenset[str], ...]
    asking: bool
    """It counts only in what sounds like a question."""
    gap: int
    """How many other words may stand between two of them."""


def topics(text: str, *, alone: bool = True) -> list[str]:
    """Say what a text asks about, in its order, at most two; nothing for what asks nothing that we know.

    `alone`: a word by itself asks, too («parqueo»), as nothing is open that takes words for its answer; where it is,
    what is told at length asks nothing.
    """
    words = tokens(text)
    if not _may_ask(text) or ("?" not in text and _knows(words)):
        return []
    said = [sound(word) for word in words]
    meant = [_meant(word) for word in said]
    denied = set() if "?" in text else {place for place, word in enumerate(words) if word in _NOT}
    asking = _is_put(text)
    said_of_it = [word for word in core(text) if word not in AROUND_IT]
    brief = alone or len(said_of_it) <= BRIEF
    bare = alone and len(said_of_it) <= TOGETHER and all(_meant(sound(word)) for word in said_of_it)
    found: dict[str, set[int]] = {}
    letters: dict[str, int] = {}
    covered: dict[str, set[int]] = {}
    for topic, patterns in _patterns().items():
        for pattern in patterns:
            places = _match(meant, pattern)
            if not places or _is_denied(places, denied):
                continue
            if not (asking or _has_a_question_word(words, places) or (bare if pattern.asking else brief)):
                continue
            covered[topic] = covered.get(topic, set()) | places
            weight = sum(len(said[place]) for place in places)
            if (len(places), weight) > (len(found.get(topic, ())), letters.get(topic, 0)):
                found[topic], letters[topic] = places, weight
    kept = [
        topic
        for topic, places in found.items()
        if not any(_is_part(places, other) for name, other in covered.items() if name != topic)
    ]
    firsts: dict[frozenset[int], str] = {}
    for topic in kept:
        firsts.setdefault(frozenset(found[topic]), topic)
    chosen = sorted(firsts.values(), key=lambda topic: (-len(found[topic]), -letters[topic]))[:TOGETHER]
    if len(chosen) > 1 and found[chosen[0]] & found[chosen[1]]:
        chosen = chosen[:1]
    return sorted(chosen, key=lambda topic: min(found[topic]))


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
    return _may_ask(text) and len(core(text)) > 1 and ("?" in text or bool(first and first[0] in ASKS))


def sounds_like_a_question(text: str) -> bool:
    """Tell whether a text is put as a question, with or without its marks.

    A word of asking stands near its beginning or bears its accent; «hay», «toca», «is» at the very beginning.
    """
    return _is_put(text) or core(text)[:1] == ["que"]


def _is_put(text: str) -> bool:
    """Tell the same of a text that does not just begin with «que», as wishes and sighs do, too."""
    said = core(text)
    while said[:1] and said[0] in LEADING:
        said = said[1:]
    near = said[:NEAR_THE_START]
    return (
        "?" in text
        or _ACCENTED.search(text) is not None
        or (said[:1] != [] and said[0] in OPENERS)
        or not (ASKS | MAYS).isdisjoint(near)
        or not PUTTING.isdisjoint(tokens(text)[:NEAR_THE_START])
        or any(pair in _BEFORE_WHAT for pair in pairwise(near))
    )


_ACCENTED: Final = re.compile(r"\b(?:quién(?:es)?|cuál(?:es)?|cómo|cuándo|a?dónde|cuánt[oa]s?)\b", re.IGNORECASE)
_BEFORE_WHAT: Final = frozenset((word, "que") for word in ("a", "en", "hasta", "desde", "para", "pa"))


def wishes(text: str) -> list[str]:
    """Say what somebody may wish in her own words, as choices or their beginnings; none in a question or condition."""
    if not _may_ask(text) or "?" in text or not CONDITIONS.isdisjoint(tokens(text)):
        return []
    said = tokens(text)
    refused = denies(text) or not LATER.isdisjoint(said)
    meant = [_meant(word) for word in sounds(text)]
    found = [
        choice
        for choice, patterns in _wishes().items()
        if not (refused and choice in _WILLING) and any(_match(meant, each) for each in patterns)
    ]
    theirs = _of_somebody_else(said) and not _OF_A_PLACE.isdisjoint(found)
    return ["mine", *(set(found) - _OF_A_PLACE)] if theirs else found


def _of_somebody_else(said: Sequence[str]) -> bool:
    """Tell whether somebody speaks of another person's place: «confirmo la de la vecina»."""
    return any(
        word in _PEOPLE and not _OF.isdisjoint(said[max(place - 2, 0) : place]) for place, word in enumerate(said)
    )


def denies(text: str) -> bool:
    """Tell whether a text says that something is not so, or not wanted."""
    return not _NOT.isdisjoint(tokens(text))


_NOT: Final = listed("no not don nunca tampoco never ni sin without couldn didn won")
_WILLING: Final = frozenset({"signup", "alta", "confirm", "take", "came"})
_OF_A_PLACE: Final = frozenset({"confirm", "take", "pass", "came", "missed"})
"""Wishes about a place, her own."""
_PEOPLE: Final = ONE | SEVERAL | {"ella", "ellos", "ellas", "her", "him", "them"}
_OF: Final = frozenset({"de", "del", "por", "para", "a", "al", "for", "of"})


def of_the_faq(text: str, asked: Sequence[str], meeting: Meeting) -> list[tuple[str, int | None]]:
    """Say for each topic asked about which of the meeting's own questions is on it; one of them may cover all."""
    faq = meeting.faq
    named = _most_named(text, faq) if _may_ask(text) and (asked or sounds_like_a_question(text)) else None
    if named is not None:
        return [(asked[0] if asked else OTHER, named)]
    return [(topic, on_topic(topic, faq)) for topic in asked]


def _most_named(text: str, faq: Sequence[dict[str, Any]]) -> int | None:
    """Find the question whose words a text names: more than a topic's own words, and most of what it is about."""
    said = _content(text)
    best: tuple[float, int] | None = None
    for number, each in enumerate(faq):
        for wording in _wordings(each["question"]):
            about = _content(wording)
            shared = sum(any(is_near(word, meant) or is_near(meant, word) for word in said) for meant in about)
            share = shared / len(about) if about else 0.0
            if share >= COVERED and (best is None or share > best[0]):
                best = share, number
    return best[1] if best else None


def on_topic(topic: str, faq: Sequence[dict[str, Any]]) -> int | None:
    """Find the meeting's own question on a topic."""
    return next(
        (
            number
            for number, each in enumerate(faq)
            if any(topic in topics(_as_question(wording)) for wording in _wordings(each["question"]))
        ),
        None,
    )


def _as_question(text: str) -> str:
    return text if "?" in text else f"{text}?"


def _wordings(text: Text) -> list[str]:
    return [text] if isinstance(text, str) else [each for each in text.values() if each]


def _content(text: str) -> set[str]:
    """Give the words of a text that say what it is about, as they are heard."""
    return {sound(word) for word in core(text) if len(word) > 2 and word not in OPENERS | _FILLING}  # noqa: PLR2004


_FILLING: Final = listed(
    "que los las del una uno unos unas por para con sin hay ser era fue son esta este esto eso ese esa ahi the"
    " and for you your with there this that from have has"
)


def _may_ask(text: str) -> bool:
    return len(text) <= MOST and len(re.findall(r"\d", text, re.ASCII)) < DIGITS and not is_complaint(text)


def _meant(word: str) -> frozenset[str]:
    """Say which of the patterns' words a word may be, as it is heard: itself, else those that it may misspell."""
    whole, beginnings = _vocabulary()
    found = {word} & whole or near_ones(word, whole)
    return frozenset(found | {each for each in beginnings if is_near(word, each)})


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    """Give every word of the patterns, and every beginning of one."""
    patterns = chain.from_iterable((*_patterns().values(), *_wishes().values()))
    words = frozenset(chain.from_iterable(chain.from_iterable(each.words for each in patterns)))
    beginnings = frozenset(word for word in words if word.endswith("*"))
    return words - beginnings, beginnings


def _match(meant: Sequence[frozenset[str]], pattern: Pattern) -> set[int]:
    """Find a pattern's words in their order: their places, none where it is not there."""
    for start, each in enumerate(meant):
        if pattern.words[0].isdisjoint(each):
            continue
        places: list[int] = []
        last = start - 1
        for place, word in enumerate(pattern.words):
            until = len(meant) if place else start + 1
            until = min(until, last + 2 + pattern.gap)
            at = next((n for n in range(last + 1, until) if not word.isdisjoint(meant[n])), None)
            if at is None:
                break
            places.append(at)
            last = at
        else:
            return set(places)
    return set()


@cache
def _patterns() -> dict[str, tuple[Pattern, ...]]:
    return {topic: tuple(map(_read, written)) for topic, written in TOPICS.items()}


@cache
def _wishes() -> dict[str, tuple[Pattern, ...]]:
    return {choice: tuple(map(_read, written)) for choice, written in WISHES.items()}


def _read(written: str) -> Pattern:
    words = written.lstrip("?=~").split()
    return Pattern(
        tuple(
            frozenset(f"{sound(each[:-1])}*" if each.endswith("*") else sound(plain(each)) for each in word.split("|"))
            for word in words
        ),
        asking=written.startswith("?"),
        gap={"=": 0, "~": WIDE_GAP}.get(written[0], GAP),
    )
