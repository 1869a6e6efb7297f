"""How many companions somebody means, and how she is called, in free words."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from handlers.complaints import is_complaint
from handlers.nearness import is_near, sound, tokens
from handlers.understanding import plain
from messages.company_words import (
    AGES,
    ALONE,
    INTRODUCING,
    JUST_ME,
    NUMBERS,
    ONE,
    PAIRS,
    SEVERAL,
    TOTAL,
    UNSURE,
    WITHOUT,
)

MOST: Final = 200
"""Characters of an answer."""
FEW: Final = 3
"""Words between a number and what it counts."""
NAME_WORDS: Final = range(2, 6)
"""Words of a whole name that is not introduced."""
_INTRODUCED: Final = re.compile(
    r"(?:^|[,.;:!\n]\s*|\b(?:y|and)\s+)(?:hola,?\s+|yo\s+)?(?:"
    + "|".join(map(re.escape, INTRODUCING))
    + r")\s+([^,.;!\n]+)",
    re.IGNORECASE,
)
_ENDS: Final = re.compile(
    r"\s+(?:y|and)\s+(?:voy|vengo|vamos|somos|llevo|traigo|sin|con|i|we|with|come|am|no)\b.*", re.IGNORECASE | re.DOTALL
)


def companions_said(text: str) -> int | None:
    """Say how many come with somebody, in her words: «con mi esposo y mis dos hijos» are 3; None where unclear."""
    said = tokens(text)
    if not said or len(text) > MOST or "?" in text:
        return None
    padded = f" {' '.join(said)} "
    if any(f" {each} " in padded for each in WITHOUT):
        return 0
    if not UNSURE.isdisjoint(said):
        return None
    if (total := _total(said)) is not None:
        return total
    counted = _counted(said)
    if counted:
        return None if {"no", "not", "sin", "without", "don"} & set(said) and ALONE.isdisjoint(said) else counted
    alone = not ALONE.isdisjoint(said) or any(f" {each} " in padded for each in JUST_ME)
    return 0 if alone and counted is not None else None


def _total(said: Sequence[str]) -> int | None:
    """Read a number that counts herself, too: «somos 4», «we are four»."""
    numbers = [(place, number) for place, word in enumerate(said) if (number := _number(said, place)) is not None]
    for place, number in numbers:
        before = said[place - 1] if place else ""
        after = said[place + 1] if place + 1 < len(said) else ""
        near = [*said[max(place - FEW, 0) : place], *said[place + 1 : place + FEW]]
        adds = before in {"con", "with"} or after in {"mas", "more", "others"} or _noun(after) == "one"
        if number and not TOTAL.isdisjoint(near) and not adds:
            return number - 1
        if before in {"los", "las"} and number > 1 and not _noun(after) and len(numbers) == 1:
            return number - 1
    return None


def _counted(said: Sequence[str]) -> int | None:
    """Add up whom the words name: 0 for nobody, None where it is unclear how many."""
    found, pending = 0, 0
    waited = 0
    for place, word in enumerate(said):
        number = _number(said, place)
        if number is not None:
            found += pending if word not in _ARTICLES and pending else 0
            pending, waited = number, 0
            continue
        waited += 1
        match _noun(word):
            case "one":
                found += max(pending, 1) if waited <= FEW else pending + 1
                pending = 0
            case "pair":
                found += pending or 2
                pending = 0
            case "several":
                if pending:
                    found += pending
                    pending = 0
                elif word not in _ADDING:
                    return None
    digits = [word for word in said if word.isascii() and word.isdigit()]
    return found + (pending if digits or (said[-1:] and _number(said, len(said) - 1) is not None) else 0)


_ARTICLES: Final = frozenset({"un", "una", "a", "an", "another", "otro", "otra", "uno", "one"})
_ADDING: Final = frozenset({"mas", "more", "others", "otros", "otras", "people", "personas"})


def _number(said: Sequence[str], place: int) -> int | None:
    word = said[place]
    if place + 1 < len(said) and said[place + 1] in AGES:
        return None
    if word.isascii() and word.isdigit() and len(word) < 3:  # noqa: PLR2004 - of a hundred no party is
        return int(word)
    if word in {"a", "an"} and not (place + 1 < len(said) and _noun(said[place + 1])):
        return None
    return NUMBERS.get(word)


def _noun(word: str) -> str | None:
    """Say whether a word is one person, two or several."""
    heard = sound(word)
    for kind, words in _nouns().items():
        if heard in words:
            return kind
    if any(is_near(heard, each) for each in _nouns()["one"] if len(each) > 5):  # noqa: PLR2004 - letters of a long word
        return "several" if heard.endswith("s") else "one"
    return None


@cache
def _nouns() -> dict[str, frozenset[str]]:
    named = {"one": ONE, "pair": PAIRS, "several": SEVERAL}
    return {kind: frozenset(map(sound, words)) for kind, words in named.items()}


def introduced(text: str) -> str | None:
    """Take the name out of «me llamo Rosa», also within more; None where nobody introduces herself."""
    found = _INTRODUCED.search(text.strip())
    if not found:
        return None
    name = _ENDS.sub("", found[1]).strip(" \t«»\"'")
    return name if _could_be_called(name) else None


def named_in(text: str) -> str | None:
    """Take the name out of an answer to something else: introduced, or a whole name by itself between commas."""
    if name := introduced(text):
        return name
    parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    if len(parts) < 2:  # noqa: PLR2004 - the name, and the answer
        return None
    whole = [part for part in parts if len(part.split()) in NAME_WORDS and part.istitle() and _could_be_called(part)]
    return whole[0] if len(whole) == 1 else None


def beside_the_name(text: str) -> str:
    """Leave out of a name what is said beside it: «María Pérez, sin acompañantes», «Rosa, y tengo una queja»."""
    parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    names = [part for part in parts if companions_said(part) is None and not is_complaint(part)]
    return names[0] if len(names) == 1 and len(parts) > 1 else text


def _could_be_called(name: str) -> bool:
    words = plain(name).split()
    return (
        bool(words)
        and not any(map(str.isdigit, name))
        and all(not _noun(word) for word in words[:1])
        and len(words) < NAME_WORDS.stop
    )
