"""How somebody is called, in free words: introduced, or beside other answers; and what is no name at all."""

import re
from collections.abc import Sequence
from typing import Final

from civic.errors import AnswerUnclear
from handlers.company import companions_said, is_person, speaks_of_company
from handlers.complaints import is_complaint
from handlers.nearness import tokens
from handlers.understanding import plain
from messages.company_words import (
    AFTER_A_NAME,
    ASKED_INTRODUCING,
    INTRODUCING,
    KEEPING,
    MAYBE_INTRODUCING,
    NO_NAMES,
    NUMBERS,
    PUTTING,
)
from messages.other_words import COMMANDS, NOT_IN_A_NAME
from messages.wordlists import listed
from messages.words import COURTESIES, OPTIONS

NAME_WORDS: Final = range(2, 6)
"""Words of a whole name that is not introduced."""
TOLD: Final = 4
"""Words from which on a name without a capital may be something that was told."""


def _after(leads: Sequence[str]) -> re.Pattern[str]:
    return re.compile(
        r"(?:^|[,.;:!\n]\s*|\b(?:y|and)\s+)(?:(?:hola,?|yo|mejor|pues|pero|bueno)\s+)?(?:"
        + "|".join(map(re.escape, sorted(leads, key=len, reverse=True)))
        + r")\s+([^,.;!\n]+)",
        re.IGNORECASE,
    )


_INTRODUCED: Final = _after(INTRODUCING)
_MAYBE: Final = _after(MAYBE_INTRODUCING)
_ASKED: Final = _after((*MAYBE_INTRODUCING, *ASKED_INTRODUCING))
_PUT: Final = _after(PUTTING)
_ENDS: Final = re.compile(
    rf"\s+(?:(?:{'|'.join(AFTER_A_NAME)})\b|(?:pero|but|aunque)\b|(?:y|and)\s+(?:voy|vengo|vamos|somos|soy|llevo|traigo|tengo|vivo|sin|con|i|we|with|come|am|no)\b).*",
    re.IGNORECASE | re.DOTALL,
)


def introduced(text: str, *, asked: bool = False) -> str | None:
    """Take the name out of «me llamo Rosa», also within more; None where nobody introduces herself.

    «Soy Rosa» does by its capital; where a name is `asked` for, without one, too.
    """
    for pattern in (_INTRODUCED, *((_PUT, _ASKED) if asked else (_MAYBE,))):
        if found := pattern.search(text.strip()):
            name = _ENDS.sub("", found[1]).strip(" \t«»\"'")
            said = name.split()[:1]
            maybe = pattern is not _INTRODUCED and (is_person(*said) or not (asked or name[:1].isupper()))
            if pattern is _PUT and (maybe or not name[:1].isupper()):
                continue
            return name if _could_be_called(name) and not maybe else None
    return None


def named_in(text: str) -> str | None:
    """Take the name out of an answer to something else: introduced, or a whole name by itself between commas."""
    if name := introduced(text):
        return name
    parts = _parts(text)
    if len(parts) < 2:  # noqa: PLR2004 - the name, and the answer
        return None
    whole = [part for part in parts if len(part.split()) in NAME_WORDS and part.istitle() and _could_be_called(part)]
    return whole[0] if len(whole) == 1 else None


def called_in(text: str) -> tuple[str, str]:
    """Read the answer to how somebody is called: the name, and what else was said; raises AnswerUnclear for no name.

    «María Pérez, sin acompañantes», «Rosa, mujer» and «Rosa, y tengo una queja» say more than a name.
    """
    if name := introduced(text, asked=True):
        return name, text.replace(name, "", 1)
    name = _ENDS.sub("", _BEGINS.sub("", text)).strip(" ,;.")
    parts = _parts(name)
    names = [part for part in parts if _says_nothing_else(part) and _OF_PLACES.isdisjoint(plain(part).split()[:1])]
    if len(parts) > 1 and len(names) == 1:
        name = names[0]
    if not _says_nothing_else(name):
        raise AnswerUnclear
    return name, text.replace(name, "", 1)


def is_named(text: str) -> bool:
    """Tell whether a whole text looks like somebody's name, or introduces one where it is asked for."""
    words = _ENDS.sub("", text).strip(" .,!").split()
    whole = len(words) in range(2, 5) and all(word.istitle() for word in words)
    return (whole and _could_be_called(" ".join(words))) or introduced(text, asked=True) is not None


def keeps(text: str) -> bool:
    """Tell whether a text leaves the name as it is: «así está bien», «déjelo igual», «ese mismo»."""
    said = set(tokens(text))
    return plain(text) in KEEPING or (not _AS_IT_IS.isdisjoint(said) and said <= COURTESIES | _AS_IT_IS | _LEAVING_IT)


_AS_IT_IS: Final = listed("asi correcto siempre correct right igual mismo misma bien same fine")
_LEAVING_IT: Final = listed(
    "dejelo dejalo dejela dejela dejeme dejemelo deje esta es como el la ese esa que tiene tienen ya no mas nomas"
    " de it nombre me sirve si ok okay leave keep it as is like that s with the name that one"
)


def is_told(name: str) -> bool:
    """Tell whether what was taken for a name may be something told: no capital, and long or «the one from»."""
    return name.islower() and (len(name.split()) >= TOLD or not _OF_PLACES.isdisjoint(name.split()[:1]))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]


def _says_nothing_else(part: str) -> bool:
    """Tell whether words may be a name: no complaint, no company, no other answer of hers, no sentence."""
    said = plain(part).split()
    return (
        bool(said)
        and not is_complaint(part)
        and not any(map(str.isdigit, part))
        and not (companions_said(part) is not None and (speaks_of_company(part) or said[0] in NUMBERS))
        and " ".join(said) not in _ANSWERS
        and COMMANDS.isdisjoint(said[:1])
        and (NOT_IN_A_NAME | NO_NAMES).isdisjoint(said)
    )


_BEGINS: Final = re.compile(r"^\s*(?:(?:pues|bueno|hola|buenas|sí|si|yes|hi|hello|no|mejor)[\s,]+)+(?=[^\W\d_a-z])")
"""Before a name with a capital."""
_ANSWERS: Final = frozenset(word for option, words in OPTIONS.items() for word in (option, *words))


def _could_be_called(name: str) -> bool:
    words = plain(name).split()
    return bool(words) and len(words) < NAME_WORDS.stop and _says_nothing_else(name) and words[0] not in _OF_PLACES


_OF_PLACES: Final = frozenset(
    {"de", "del", "el", "la", "the", "from", "a", "an", "one", "vereda", "barrio", "finca", "corregimiento"}
)
"""First words of what somebody is, but is not called: «soy de la vereda»."""
