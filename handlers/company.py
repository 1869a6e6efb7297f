"""How many companions somebody means, in free words."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from handlers.nearness import is_near, sound, tokens
from messages.company_words import (
    AGES,
    ALONE,
    CORRECTING,
    COUNTING,
    JUST_ME,
    MONTHS,
    NUMBERS,
    ONE,
    PAIRS,
    SEVERAL,
    STRAIGHT,
    TOTAL,
    UNSURE,
    WITHOUT,
)
from messages.wordlists import listed

MOST: Final = 200
"""Characters of an answer."""
FEW: Final = 3
"""Words between a number and what it counts."""


def companions_said(text: str) -> int | None:
    """Say how many come with somebody, in her words: «con mi esposo y mis dos hijos» are 3; None where unclear."""
    said = [] if len(text) > MOST or "?" in text else _corrected(text)
    if not said:
        return None
    padded = f" {' '.join(said)} "
    counted = _counted(said)
    unsure = not UNSURE.isdisjoint(said)
    if _means_nobody(padded, WITHOUT if unsure else (*WITHOUT, *JUST_ME)):
        return 0
    if unsure:
        return None
    if (total := _total(said)) is not None:
        return total
    just_her = any(f" {each} " in padded for each in JUST_ME)
    lonely = [
        place
        for place, word in enumerate(said)
        if word in ALONE - _NOBODY and _NOT_ALONE.isdisjoint(said[place + 1 : place + 2])
    ]
    if counted:  # «no voy sola, voy con mi hija» counts; «con mi esposo iba, ahora voy sola» is unclear
        denied = bool(lonely) and not _DENYING.isdisjoint(said[max(lonely[0] - 2, 0) : lonely[0]])
        clear = denied if lonely or just_her else _DENYING.isdisjoint(said)
        return counted if clear else None
    alone = not ALONE.isdisjoint(said) or just_her
    return 0 if alone and counted is not None else None


def _means_nobody(padded: str, phrases: Sequence[str]) -> bool:
    """Tell whether one of the phrases is said, and nobody is named beside it."""
    said = [each for each in phrases if f" {each} " in padded]
    return any(_counted(padded.replace(f" {each} ", " ").split()) == 0 for each in said)


def _apart(text: str) -> list[str]:
    """Take a text apart into words; what counts people in a roundabout way is said straight: «party of three»."""
    said = " ".join(tokens(text))
    for written, straight in _STRAIGHT:
        said = written.sub(straight, said)
    return said.split()


_NOT_ALONE: Final = listed("mi mis con un una persona my one with dos the el la")
"""After «solo» and «sola»: somebody comes, and nobody beside."""
_STRAIGHT: Final = tuple((re.compile(rf"\b{written}\b"), straight) for written, straight in STRAIGHT.items())


def _corrected(text: str) -> list[str]:
    """Take a text apart, without the «no» before what is right («no, son 3»), and what was before a «but»."""
    last = _BUT.split(text)[-1]
    if last != text and companions_said(last) is not None:
        return _apart(last)
    first, _, rest = text.partition(",")
    if rest.strip() and tokens(first) != [] and CORRECTING.issuperset(tokens(first)):
        said = _apart(rest)
    else:
        said = _apart(text)
        said = said[1:] if said[1:2] != [] and said[0] in CORRECTING and said[1] in COUNTING else said
    return said[1:] if said[1:2] != [] and said[0] == "son" and _number(said, 1) is not None else said


_BUT: Final = re.compile(r"\b(?:pero|but)\b", re.IGNORECASE)


def speaks_of_company(text: str) -> bool:
    """Tell whether a text says who comes along, wherever it stands: «voy con mi mamá», «somos 3», «voy sola»."""
    said = set(tokens(text))
    if companions_said(text) == 0 or {"of", "us"} <= said:
        return True
    return not _COMING.isdisjoint(said) or not (TOTAL - _ENGLISH_TOTAL).isdisjoint(said)


_ADDING_TO: Final = frozenset({"agregar", "agregue", "agrego", "sumar", "sume", "anadir", "incluir", "incluya", "add"})
"""Said of who comes beside those who come already."""
_COMING: Final = _ADDING_TO | frozenset(
    {"voy", "vengo", "llevo", "llevar", "llevare", "traigo", "acompana", "acompanan", "bring", "bringing"}
)
_ENGLISH_TOTAL: Final = frozenset({"are", "we", "re", "us", "total", "nosotros", "nosotras"})


def adds(text: str) -> bool:
    """Tell whether a text speaks of somebody more than those who come already."""
    return not _ADDING_TO.isdisjoint(tokens(text))


def _total(said: Sequence[str]) -> int | None:
    """Read a number that counts herself, too: «somos 4», «we are four»."""
    numbers = [(place, number) for place, word in enumerate(said) if (number := _number(said, place)) is not None]
    for place, number in numbers:
        before = said[place - 1] if place else ""
        after = said[place + 1] if place + 1 < len(said) else ""
        near = [*said[max(place - FEW, 0) : place], *said[place + 1 : place + 1 + FEW]]
        adds = before in {"con", "with"} or after in {"mas", "more", "others"} or _noun(after) == "one"
        adds = adds or (_noun(after) == "several" and after not in _PEOPLE and set(near) & TOTAL == {"are"})
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


_DENYING: Final = frozenset({"no", "not", "sin", "without", "don"})
_NOBODY: Final = frozenset({"nadie", "ninguno", "ninguna", "nobody", "none"})
_PEOPLE: Final = frozenset({"people", "persons", "adults"})
_ARTICLES: Final = frozenset({"un", "una", "a", "an", "another", "otro", "otra", "uno", "one"})
_ADDING: Final = frozenset({"mas", "more", "others", "otros", "otras", "people", "personas"})


def _number(said: Sequence[str], place: int) -> int | None:
    word = said[place].lstrip("+")
    if place + 1 < len(said) and said[place + 1] in AGES:
        return None
    if said[place - 1 : place] in (["is"], ["tiene"], ["cumplio"], ["lleva"]) and word not in _ARTICLES:
        return None  # how old somebody is
    if not MONTHS.isdisjoint(said[place + 1 : place + 3]):
        return None
    if word.isascii() and word.isdigit() and len(word) < 3:  # noqa: PLR2004 - of a hundred no party is
        return int(word)
    if word in {"a", "an"} and not (place + 1 < len(said) and _noun(said[place + 1])):
        return None
    return NUMBERS.get(word)


def is_person(word: str) -> bool:
    """Tell whether a word is one of a family or party, or several: «mujer», «hijos»."""
    return _noun(word) is not None


def _noun(word: str) -> str | None:
    """Say whether a word is one person, two or several."""
    if word in _COMING:
        return None
    heard = _DEAR.sub(r"\1", sound(word))
    for kind, words in _nouns().items():
        if heard in words:
            return kind
    if any(is_near(heard, each) for each in _nouns()["one"] if len(each) > 5):  # noqa: PLR2004 - letters of a long word
        return "several" if heard.endswith("s") else "one"
    return None


_DEAR: Final = re.compile(r"(?<=..)(?:s?it)([ao]s?)$")
"""As dear ones are called: «mamita», «hermanito»."""


@cache
def _nouns() -> dict[str, frozenset[str]]:
    named = {"one": ONE, "pair": PAIRS, "several": SEVERAL}
    return {kind: frozenset(map(sound, words)) for kind, words in named.items()}
