"""What counts as a clear permission: her yes in whole words, and nothing said beside it that could mean otherwise.

And what does not give it: a no in whole words, or that she is not of age yet.
"""

import re
from typing import Final

from handlers.nearness import tokens
from handlers.numbers import numbers_in
from messages.number_words import LARGER, UNITS
from messages.permission_words import (
    ACCEPTING,
    ACCEPTS,
    AGED,
    AROUND_AGE,
    BESIDE,
    DENYING,
    GIVEN,
    GIVES,
    HERS,
    IF_NOT,
    MINOR,
    NO_LONGER,
    NOT_YET,
    OF_AGE_WORDS,
    REFUSES,
    THEM,
    THEY_ACCEPT,
)

OF_AGE: Final = 18
YOUNGEST: Final = 6
"""Years of who writes; less is a button's number."""
MOST: Final = 12
"""Words of a no; more is a story."""
_THEY_DID: Final = re.compile(r"\b(?:acept|autoriz|consinti|permiti)ó\b", re.IGNORECASE)
_THEIRS: Final = re.compile(
    r"\b(?:mi|la|el|su) (?:senora|senor|doctora|doctor|senorita)\b.*\b(?:acepto|autorizo|consiento)\b"
)
"""«Mi señora aceptó», written without its accents."""
_AGREED: Final = re.compile(r"\bde acuerdo\b")
_IF: Final = re.compile(rf"\b(?:acepto|autorizo|consiento|doy|acuerdo) (?:\w+ )?si (?!{'|'.join(sorted(IF_NOT))})\w")
"""«Acepto si…» is a condition; «acepto, sí señora» is none."""


def permits_clearly(words: str, *, for_another: bool = False) -> bool:
    """Tell whether a text permits what was asked, and says no more than that she is of age: «tengo 72 y acepto».

    `for_another`: it is said of somebody else («sí, ella acepta»).
    """
    said = tokens(words)
    spoken = " ".join(said)
    if "?" in words or _IF.search(spoken) or ((_THEY_DID.search(words) or _THEIRS.search(spoken)) and not for_another):
        return False
    accepts = THEY_ACCEPT if for_another else ACCEPTS
    beside = BESIDE | GIVES | GIVEN | (THEM if for_another else frozenset())
    others = [word for word in said if word not in accepts | beside]
    given = not GIVEN.isdisjoint(said) and (not GIVES.isdisjoint(said) or not HERS.isdisjoint(said))
    agreed = _AGREED.search(spoken) is not None
    return (not accepts.isdisjoint(said) or given or agreed) and all(map(_is_of_age, others))


def _is_of_age(word: str) -> bool:
    return word == "dieciocho" or (word.isascii() and word.isdigit() and len(word) < 4 and int(word) >= OF_AGE)  # noqa: PLR2004


def refuses_clearly(words: str) -> bool:
    """Tell whether a text does not permit what was asked, now or ever: «no autorizo», «I don't agree»."""
    said = tokens(words)
    if "?" in words or len(said) > MOST or not NO_LONGER.isdisjoint(said):
        return False
    spoken = f" {' '.join(said)} "
    if any(f" {each} " in spoken for each in REFUSES):
        return True
    return any(word in DENYING and not ACCEPTING.isdisjoint(said[place + 1 :]) for place, word in enumerate(said))


def is_under_age(words: str) -> bool:
    """Tell whether a text says that who writes is not 18 yet, and nothing else: «soy menor», «tengo 16»."""
    said = tokens(words)
    if "?" in words or not said or len(said) > MOST:
        return False
    ages = [each for each in numbers_in(words) if each >= YOUNGEST]
    known = AROUND_AGE | AGED | MINOR | OF_AGE_WORDS | NOT_YET | DENYING | set(LARGER) | set(UNITS)
    if not all(word in known or word.isdigit() for word in said) or len(ages) > 1:
        return False
    denied = not DENYING.isdisjoint(said)
    if ages and ages[0] == OF_AGE:
        return (denied and not AGED.isdisjoint(said)) or not NOT_YET.isdisjoint(said)
    if ages:
        return ages[0] < OF_AGE and not denied and (not AGED.isdisjoint(said) or len(said) == 1)
    return denied if not OF_AGE_WORDS.isdisjoint(said) else not MINOR.isdisjoint(said) and not denied
