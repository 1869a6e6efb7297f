"""What counts as a clear permission: her yes in whole words, and nothing said beside it that could mean otherwise."""

from typing import Final

from handlers.nearness import tokens
from messages.company_words import ONE
from messages.wordlists import listed

ACCEPTS: Final = listed("acepto autorizo accept agree")
THEY_ACCEPT: Final = listed("acepta autoriza acepto accepts agrees accept agree")
"""Said of somebody else; «aceptó» without its accent, too."""
_BESIDE: Final = listed(
    "si claro que por supuesto yo y e soy mayor de edad mas tengo anos anitos con gusto lo la le todo eso listo bueno"
    " ok okay vale gracias senora senor doctora doctor mija mijo i am m over of age and yes sure course the it that to"
    " adult years old please thanks thank you"
)
_THEM: Final = listed("ella el mi es tiene esta he she they her him is are my") | ONE
OF_AGE: Final = 18


def permits_clearly(words: str, *, for_another: bool = False) -> bool:
    """Tell whether a text permits what was asked, and says no more than that she is of age: «tengo 72 y acepto».

    `for_another`: it is said of somebody else («sí, ella acepta»).
    """
    said = tokens(words)
    accepts = THEY_ACCEPT if for_another else ACCEPTS
    beside = _BESIDE | (_THEM if for_another else frozenset())
    others = [word for word in said if word not in accepts | beside]
    return "?" not in words and len(others) < len(said) and not accepts.isdisjoint(said) and all(map(_is_age, others))


def _is_age(word: str) -> bool:
    return word == "dieciocho" or (word.isascii() and word.isdigit() and len(word) < 4 and int(word) >= OF_AGE)  # noqa: PLR2004
