"""What a text names: topics in their order, a need, a telephone number."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from civic.columns import Text
from civic.errors import AnswerUnclear
from handlers.courtesy import core
from handlers.nearness import closest, is_near, sounds, tokens
from handlers.numbers import numbers_in
from handlers.understanding import plain
from messages.company_words import NUMBERS
from messages.manner_words import GIVEN_SO, GIVING, NOT_GIVING
from messages.number_words import OLD_AGE
from messages.wordlists import listed
from messages.words import COURTESIES, ORDINALS

FEWEST: Final = 7
"""Digits of a telephone number."""
_PHONE: Final = re.compile(r"\+?\d[\d\s().-]{5,}\d", re.ASCII)
_BETWEEN: Final = re.compile(r"\s*(?:[,;.&+\n]|\b(?:y|e|and|then|luego|despues|después)\b)\s*", re.IGNORECASE)
_LETTERS: Final = 4
"""Of a word that says what a topic is about."""


def wordings(text: Text) -> list[str]:
    """List a text of a meeting in all its languages."""
    return [text] if isinstance(text, str) else [each for each in text.values() if each]


def names(text: str, wording: str) -> bool:
    """Tell whether a text names something whole, maybe misspelt."""
    said, meant = sounds(text), sounds(wording)
    width = len(meant)
    return width > 0 and any(
        all(is_near(heard, word) for heard, word in zip(said[start : start + width], meant, strict=True))
        for start in range(len(said) - width + 1)
    )


def topics_named(text: str, offered: Mapping[int, Sequence[str]]) -> list[int]:
    """Read a ranking in words: «tarifas y calidad»; raises AnswerUnclear when a part names no topic, or two."""
    found: list[int] = []
    for part in filter(None, _BETWEEN.split(text.strip())):
        named = _topic(part, offered)
        if named is None:
            raise AnswerUnclear
        found.append(named)
    if not found:
        raise AnswerUnclear
    return list(dict.fromkeys(found))


def _topic(part: str, offered: Mapping[int, Sequence[str]]) -> int | None:
    if (number := ordinal(part)) is not None:
        return number if number in offered else None
    numbers = list(offered)
    place = closest(part, [offered[number] for number in numbers])
    if place is not None:
        return numbers[place]
    said = [word for word in sounds(" ".join(core(part))) if len(word) >= _LETTERS]
    scores = {
        number: max(
            sum(any(is_near(word, heard) for heard in sounds(each)) for word in said) for each in offered[number]
        )
        for number in numbers
    }
    best = max(scores.values(), default=0)
    hits = [number for number, score in scores.items() if score == best and best]
    return hits[0] if len(hits) == 1 else None


_NUMBER: Final = re.compile(
    r"(?:(?:la|el|lo|the|opcion|option|numero|number|punto|answer|respuesta|n|tema) )*(\d{1,2})"
)
_SHORT: Final = 2
_COUNTED: Final = frozenset({"uno", "una", "one"})
_AROUND: Final = listed("numero number opcion option punto respuesta answer la el lo the tema topic")


_ASKED: Final = frozenset({"pregunta", "preguntica", "preguntita", "consulta", "favor", "momento", "momentico"})
"""Words before which «una» is no number."""


def ordinal(text: str) -> int | None:
    """Read «la segunda», «opción 2», «the first one»."""
    said = " ".join(core(text))
    if found := _NUMBER.fullmatch(said):
        return int(found[1])
    words = tokens(text)
    left = [
        word
        for place, word in enumerate(words)
        if word not in _AROUND | COURTESIES - _COUNTED and _ASKED.isdisjoint(words[place + 1 : place + 2])
    ]
    if len(left) == 2 and left[0] in ORDINALS and left[1] == "one":  # noqa: PLR2004 - «the second one»
        return ORDINALS[left[0]]
    if len(left) != 1:
        return None
    return ORDINALS.get(left[0]) or (NUMBERS.get(left[0]) if left[0] in _COUNTED or len(left[0]) > _SHORT else None)


_OH: Final = re.compile(r"(?<=\d)[oO](?=[oO\d\s])|(?<=\d[oO])[oO](?=[\d\s])", re.ASCII)
"""A letter typed for a nought: «3oo 555»."""


def number_in(text: str) -> str:
    """Take the one telephone number out of a text; the text itself where there is none, or several."""
    text = _OH.sub("0", text)
    found = [each for each in _PHONE.findall(text) if len(re.sub(r"\D", "", each)) >= FEWEST]
    return str(found[0]) if len(found) == 1 else text


def gives_no_number(text: str) -> bool:
    """Tell whether a text says that she has or gives no telephone number: «no tengo celular propio»."""
    said = set(tokens(text))
    about = not GIVING.isdisjoint(said) or bool(_KEPT.search(plain(text)))
    denied = not NOT_GIVING.isdisjoint(said) and GIVEN_SO.isdisjoint(said)
    later = _LATER.search(plain(text)) is not None
    return "?" not in text and (later or (denied and about)) and not any(map(str.isdigit, text))


_LATER: Final = re.compile(
    r"\b(?:luego|despues|otro dia|mas tarde) (?:se )?(?:lo|le|la) \w+|\b(?:give|tell) it(?: to you)? later\b"
)
_KEPT: Final = re.compile(
    r"\b(?:asi esta bien|estoy bien asi|asi estoy bien)\b|\b(?:prefiero que|prefiero|prefer|rather) (?:no|not)\b"
    r"|asi no mas|no se lo"
)
_RANGE: Final = re.compile(r"(\d{1,3})\s*(?:[-–]|a|to)\s*(\d{1,3})|(\d{1,3})\s*\+")
"""An option that is a range: «29-59», «60+»."""
_OLDEST: Final = 130
_YEARS: Final = frozenset({"naci", "nacida", "nacido", "nacimiento", "born", "modelo"})
_OF_A_YEAR: Final = re.compile(r"\bdel (?:ano )?\d{2}(?:\d{2})?\b", re.ASCII)


def in_range(text: str, labels: Sequence[str]) -> int | None:
    """Find the one range of numbers in which the numbers of a text lie: «tengo 34 años»."""
    numbers = [int(each) for each in re.findall(r"\d{1,3}", text, re.ASCII)] or numbers_in(text)
    numbers = numbers or [age for words, age in OLD_AGE.items() if words in plain(text)]
    if not _YEARS.isdisjoint(tokens(text)) or _OF_A_YEAR.search(plain(text)):
        return None  # when she was born
    hits = [
        place
        for place, label in enumerate(labels)
        if (found := _RANGE.search(label))
        and all(int(found[1] or found[3]) <= number <= int(found[2] or _OLDEST) for number in numbers)
    ]
    return hits[0] if numbers and len(hits) == 1 else None
